/** Backups as spec/backup.md says, with node:crypto and nothing of core; and backups that must be refused. */
import { createHmac, hkdfSync } from 'node:crypto'
import { contentDigest, jcs, opt, pae, rawId, sealContent, sha256, u64 } from './by-hand.mjs'
import { base64, bytesFor, hex, iso, makesRsa, NOW, read, SUITES, uuid } from './features.mjs'

const LABELS = ['backup', 'metadata', 'name', 'sync', 'device']
const USER = uuid('backup user')
const ACCOUNT = bytesFor('backup account', 32)
const MANIFESTS = ['first', 'second', 'third'].map((name) => bytesFor(`manifest ${name}`, 32))
const LAPTOP = uuid('backup laptop')
const PHONE = uuid('backup phone')
const STOLEN = uuid('backup stolen')
const GENERATION = 1
const SEALED_CHUNK = 16_400
const none = opt(undefined)

/** Byte i is (31·i + ⌊i/256⌋) mod 256. */
const pattern = (length) =>
  Buffer.from(Array.from({ length }, (_, i) => (31 * i + (i >> 8)) & 0xff))

/** account.md §2 */
const accountKey = (generation) => bytesFor(`backup account key ${generation}`, 32)
const keyOf = (purpose, generation, account = ACCOUNT) =>
  Buffer.from(
    hkdfSync(
      'sha256',
      accountKey(generation),
      '',
      pae([`zkeb/ak-${purpose}/v1`, account, u64(generation)]),
      32,
    ),
  )
const hmac = (key, pieces) => createHmac('sha256', key).update(pae(pieces)).digest()
const nameHash = (name, generation) =>
  hmac(keyOf('name', generation), ['zkeb/name/v1', name.normalize('NFC')])

/** §4, by the definition alone. */
function padme(length) {
  if (length < 2) return length
  const log = (n) => BigInt(n.toString(2).length - 1)
  const exponent = log(BigInt(length))
  const step = 1n << (exponent - (log(exponent) + 1n))
  return Number(((BigInt(length) + step - 1n) / step) * step)
}

/** The account on a machine of a test: what it holds, and what its chain says. */
function accountOf(suite) {
  const { person } = SUITES[suite]
  const devices = [
    [LAPTOP, 'alice', [0, 1], 'active'],
    [PHONE, 'bob', [1], 'active'],
    [STOLEN, 'carol', [0], 'revoked'],
  ]
  return {
    accountId: hex(ACCOUNT),
    userId: USER,
    generation: GENERATION,
    accountKeys: [0, 1].map((generation) => hex(accountKey(generation))),
    keys: [0, 1].map((generation) =>
      Object.fromEntries(LABELS.map((it) => [`zkeb/ak-${it}/v1`, hex(keyOf(it, generation))])),
    ),
    manifests: MANIFESTS.map(hex),
    devices: devices.map(([id, name, active, state]) => ({
      ...{ id, active, state },
      secret: person(name).line,
    })),
  }
}

/** A backup, and every value on the way to it. Every part can be replaced, so that it makes bad ones as well. */
function sealBackup(title, options = {}) {
  const {
    suite,
    device = LAPTOP,
    by = 'alice',
    generation = GENERATION,
    name = 'Fotos/Z\u00fcrich',
    content = pattern(50),
    plaintext = Buffer.concat([content, Buffer.alloc(padme(content.length) - content.length)]),
    size = content.length,
    createdAt = NOW,
    expiresAt,
    clock,
    predecessor,
    manifest = MANIFESTS[1],
    metadata,
    hash = nameHash(name, generation),
    user = USER,
    account = ACCOUNT,
    suiteName = suite,
    metaLabel = 'zkeb/backup-meta/v1',
    label = 'zkeb/backup/v1/signature',
    alter = (it) => it,
    object = false,
  } = options
  const id = options.id ?? uuid(`backup ${title}`)
  const { person, signMessage } = SUITES[suite]
  const { signing } = person(by)
  const metaPieces = options.metaPieces ?? [
    metaLabel,
    name.normalize('NFC'),
    u64(size),
    opt(clock),
    opt(predecessor),
    manifest,
    opt(metadata === undefined ? undefined : jcs(metadata)),
  ]
  const sealedMeta = sealContent({
    cek: options.metaKey ?? keyOf('metadata', generation),
    salt: bytesFor(`meta salt ${title}`, 24),
    h: pae(['zkeb/backup-meta/v1', ACCOUNT, rawId(options.metaId ?? id)]),
    plaintext: pae(metaPieces),
  }).message
  const core = pae([
    'zkeb/backup/v1',
    suiteName,
    account,
    rawId(id),
    rawId(user),
    rawId(device),
    signing.fingerprint,
    hash,
    u64(generation),
    u64(createdAt),
    opt(expiresAt === undefined ? undefined : u64(expiresAt)),
    sha256(sealedMeta),
  ])
  const h = sha256(core)
  const sealed = sealContent({
    cek: options.contentKey ?? keyOf('backup', generation),
    salt: bytesFor(`salt ${title}`, 24),
    h,
    plaintext,
  })
  const message = alter(sealed.message)
  const digest = contentDigest(message)
  const signedMessage = pae([
    label,
    h,
    message.subarray(0, 24),
    message.subarray(24, 56),
    digest,
    u64(plaintext.length),
  ])
  const end = message.length - 16
  const row = {
    id,
    device_id: device,
    backup_name_hash: hash,
    ciphertext: message.subarray(0, object ? 56 : end),
    nonce: sealed.baseNonce,
    auth_tag: message.subarray(end),
    signature: signMessage(signedMessage, signing),
    crypto_suite: suiteName,
    key_generation: generation,
    size_bytes: message.length,
    content_digest: digest,
    object_ref: null,
    encrypted_metadata: sealedMeta,
    created_at: iso(createdAt),
    expires_at: expiresAt === undefined ? null : iso(expiresAt),
  }
  const steps = {
    metadata: pae(metaPieces),
    core,
    h,
    aesKey: sealed.key,
    commitment: sealed.commitment,
    signedMessage,
    backupDigest: sha256(signedMessage),
  }
  return { row, steps, object: object ? message.subarray(56, end) : undefined, message }
}

const texts = (row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? base64(value) : value,
    ]),
  )
const withObject = ({ row, object }) => ({
  row: texts(row),
  ...(object && { object: base64(object) }),
})

function backupsOfSuite(suite) {
  const make = (name, options) => sealBackup(`${suite}: ${name}`, { suite, ...options })
  return {
    account: accountOf(suite),
    positive: positives(suite, make),
    negative: suite === 'x25519' ? negatives(suite, make) : someNegatives(suite, make),
    // Of a revoked device: what stands on its list.
    accepted: acceptedOf(make),
  }
}

const STOLEN_BEFORE = { device: STOLEN, by: 'carol', generation: 0, manifest: MANIFESTS[0] }

function acceptedOf(make) {
  const { row, steps } = make('of a revoked device, on its list', STOLEN_BEFORE)
  return { deviceId: STOLEN, backups: [{ id: row.id, digest: hex(steps.backupDigest) }] }
}

function positives(suite, make) {
  const everyField = {
    name: 'e\u0301t\u00e9',
    clock: Buffer.from('0102', 'hex'),
    predecessor: bytesFor('predecessor', 32),
    metadata: { kind: 'film', n: 1 },
    expiresAt: NOW + 9_000,
    manifest: MANIFESTS[2],
  }
  const bare = (size) => ({ content: pattern(size), plaintext: pattern(size) })
  const cases = [
    ['50 bytes, padded to 52', {}],
    ['nothing', { content: Buffer.alloc(0) }],
    ['without padding', bare(51)],
    ['every field', everyField],
    ['of generation 0', { generation: 0, manifest: MANIFESTS[0] }],
    ['by another device', { device: PHONE, by: 'bob' }],
    ['of a revoked device, on its list', STOLEN_BEFORE],
    ['an object, 16384 bytes', { content: pattern(16_384), object: true }],
    ['an object, 20000 bytes', { content: pattern(20_000), object: true }],
    ['an object, 16500 bytes without padding', { ...bare(16_500), object: true }],
    ['an empty object', { content: Buffer.alloc(0), object: true }],
  ]
  return cases.map(([name, options]) => {
    const made = make(name, options)
    const { clock, predecessor, metadata, manifest = MANIFESTS[1] } = options
    return {
      ...{ name, suite, ...withObject(made) },
      expected: {
        name: (options.name ?? 'Fotos/Z\u00fcrich').normalize('NFC'),
        size: (options.content ?? pattern(50)).length,
        manifest: hex(manifest),
        ...(clock && { clock: hex(clock) }),
        ...(predecessor && { predecessor: hex(predecessor) }),
        ...(metadata && { metadata }),
      },
      steps: Object.fromEntries(Object.entries(made.steps).map(([it, value]) => [it, hex(value)])),
    }
  })
}

const flip = (bytes, at) => {
  const out = Buffer.from(bytes)
  out[at < 0 ? out.length + at : at] ^= 1
  return out
}

function collector(suite) {
  const cases = []
  const add = (name, { row, object }, code, more = {}) =>
    cases.push({ name, suite, code, ...withObject({ row, object }), ...more })
  return { cases, add }
}

function someNegatives(suite, make) {
  const { cases, add } = collector(suite)
  const { row } = make('negative', {})
  add('signature altered', { row: { ...row, signature: flip(row.signature, 9) } }, 'SIGNATURE')
  add(
    'signature cut',
    { row: { ...row, signature: row.signature.subarray(9) } },
    suite === 'rsa' ? 'FORMAT' : 'FORMAT',
  )
  add('of another user', { row }, 'SIGNATURE', { userId: uuid('somebody') })
  return cases
}

function negatives(suite, make) {
  const { cases, add } = collector(suite)
  const good = make('negative', { expiresAt: NOW + 9_000 })
  const { row } = good
  const other = make('another', { name: 'other', createdAt: NOW + 1, expiresAt: NOW + 9_001 })
  const change = (name, changes, code, more) =>
    add(name, { row: { ...row, ...changes } }, code, more)

  // §7, step 1
  change('id with capitals', { id: row.id.toUpperCase() }, 'FORMAT')
  change('another suite', { crypto_suite: 'x448' }, 'SUITE_NOT_ALLOWED')
  change('a nonce of 13 bytes', { nonce: Buffer.alloc(13) }, 'FORMAT')
  change('a signature of 63 bytes', { signature: row.signature.subarray(1) }, 'FORMAT')
  change('size_bytes is another', { size_bytes: row.size_bytes + 1 }, 'FORMAT')
  change('size_bytes of full chunks', { size_bytes: 56 + SEALED_CHUNK }, 'TRUNCATED')
  change('size_bytes of no message', { size_bytes: 71 }, 'FORMAT')
  change('metadata beyond the limit', { encrypted_metadata: Buffer.alloc(8193) }, 'LIMIT')
  change('metadata of 71 bytes', { encrypted_metadata: Buffer.alloc(71) }, 'FORMAT')
  change('a generation of 2^32', { key_generation: 2 ** 32 }, 'FORMAT')
  change('expiry at creation', { expires_at: row.created_at }, 'FORMAT')
  change('created on February 30th', { created_at: '2026-02-30T00:00:00.000Z' }, 'FORMAT')

  // step 2
  change('a device that is not in the chain', { device_id: uuid('nobody') }, 'SIGNER_UNKNOWN')
  change('a generation above the head', { key_generation: 2 }, 'SIGNER_UNKNOWN')
  add(
    'a device that was not active in that generation',
    make('early phone', { device: PHONE, by: 'bob', generation: 0 }),
    'SIGNER_UNKNOWN',
  )
  add('of a revoked device, not on its list', make('thief', STOLEN_BEFORE), 'SIGNER_UNKNOWN')
  const listed = make('of a revoked device, on its list', STOLEN_BEFORE).row
  add(
    'of a revoked device, under an id on its list',
    make('thief again', { ...STOLEN_BEFORE, id: listed.id }),
    'SIGNER_UNKNOWN',
  )
  add(
    'of a revoked device, in the new generation',
    make('thief now', { device: STOLEN, by: 'carol' }),
    'SIGNER_UNKNOWN',
  )

  // step 3
  add('of another user', good, 'SIGNATURE', { userId: uuid('somebody') })
  add('of another account', make('account', { account: bytesFor('other', 32) }), 'SIGNATURE')
  change('the suite of another', { crypto_suite: 'pq', signature: Buffer.alloc(3373) }, 'SIGNATURE')
  for (const name of [
    ...['backup_name_hash', 'ciphertext', 'auth_tag', 'content_digest', 'signature'],
    ...['encrypted_metadata', 'created_at', 'expires_at', 'id'],
  ]) {
    change(`${name} of another`, { [name]: other.row[name] }, 'SIGNATURE')
  }
  change('no expiry', { expires_at: null }, 'SIGNATURE')
  change('another device', { device_id: PHONE }, 'SIGNATURE')
  change('another generation', { key_generation: 0 }, 'SIGNATURE')
  add('signed by another device', make('forged', { by: 'bob' }), 'SIGNATURE')
  add('signed as an envelope', make('label', { label: 'zkeb/envelope/v1/signature' }), 'SIGNATURE')
  add(
    'the name of another suite, with a signature of this one',
    make('suite', { suiteName: 'rsa' }),
    'FORMAT',
  )

  // step 4
  add('expired', good, 'EXPIRED', { now: NOW + 9_000 })

  // step 5
  const meta = (name, options, code) => add(name, make(name, options), code)
  meta('metadata of another backup', { metaId: uuid('x') }, 'OPEN')
  meta('metadata under another key', { metaKey: keyOf('backup', 1) }, 'OPEN')
  meta('metadata of the old generation', { metaKey: keyOf('metadata', 0) }, 'OPEN')
  meta('metadata of another version', { metaLabel: 'zkeb/backup-meta/v2' }, 'VERSION')
  meta('metadata of another label', { metaLabel: 'zkeb/backup/v1' }, 'FORMAT')
  meta('metadata of another version and shape', { metaPieces: ['zkeb/backup-meta/v9'] }, 'VERSION')
  meta('metadata that are no PAE', { metaPieces: [] }, 'FORMAT')
  meta('the hash of another name', { hash: nameHash('other', 1) }, 'FORMAT')
  meta('the hash of another generation', { hash: nameHash('Fotos/Z\u00fcrich', 0) }, 'FORMAT')
  const pieces = ['zkeb/backup-meta/v1', 'a', u64(50), none, none, MANIFESTS[1], none]
  const inside = (name, at, piece, code = 'FORMAT', more = {}) =>
    meta(
      name,
      { name: 'a', ...more, metaPieces: pieces.map((it, i) => (i === at ? piece : it)) },
      code,
    )
  inside('an empty name', 1, '')
  inside('a name of 1025 bytes', 1, 'a'.repeat(1025))
  inside('a name that is not NFC', 1, 'u\u0308', 'FORMAT', { hash: nameHash('u\u0308', 1) })
  inside('a name with U+0000', 1, 'a\0', 'FORMAT', { hash: nameHash('a\0', 1) })
  inside('a size that is too large', 2, u64(53))
  inside('a size that goes with another padding', 2, u64(51), 'FORMAT', {
    content: pattern(50),
    plaintext: pattern(50),
  })
  inside('a clock without its mark', 3, Buffer.of(2, 1))
  inside('a predecessor of 33 bytes', 4, opt(Buffer.alloc(33)))
  inside('a manifest of 31 bytes', 5, Buffer.alloc(31))
  inside('metadata that are no object', 6, opt('5'))
  inside('metadata that are not JCS', 6, opt('{"b":1,"a":1}'))
  meta('a piece more', { name: 'a', metaPieces: [...pieces, ''] }, 'FORMAT')
  meta('a writer who knew another chain', { manifest: bytesFor('hidden', 32) }, 'FORK')

  // steps 6 and 7
  change('another nonce', { nonce: flip(row.nonce, 0) }, 'OPEN')
  meta('content under another key', { contentKey: keyOf('metadata', 1) }, 'OPEN')
  meta('another commitment', { alter: (message) => flip(message, 30) }, 'OPEN')
  meta('another tag', { alter: (message) => flip(message, -1) }, 'OPEN')
  meta(
    'padding that is not zero',
    { plaintext: Buffer.concat([pattern(50), Buffer.of(0, 1)]) },
    'FORMAT',
  )

  // objects
  const big = make('big', { content: pattern(40_000), object: true })
  const chunk = (i) => big.object.subarray(i * SEALED_CHUNK, (i + 1) * SEALED_CHUNK)
  const objects = [
    ['an object altered', flip(big.object, 9), 'SIGNATURE'],
    ['an object cut', big.object.subarray(0, -9), 'SIGNATURE'],
    ['an object cut to full chunks', big.object.subarray(0, SEALED_CHUNK - 16), 'TRUNCATED'],
    ['an object of no bytes', Buffer.alloc(0), 'SIGNATURE'],
    ['an object longer', Buffer.concat([big.object, Buffer.of(0)]), 'SIGNATURE'],
    ['chunks exchanged', Buffer.concat([chunk(1), chunk(0), chunk(2)]), 'SIGNATURE'],
    ['the first chunk dropped', Buffer.concat([chunk(1), chunk(2)]), 'SIGNATURE'],
  ]
  for (const [name, object, code] of objects) add(name, { row: big.row, object }, code)
  add(
    'an object and another tag',
    { row: { ...big.row, auth_tag: flip(big.row.auth_tag, 0) }, object: big.object },
    'SIGNATURE',
  )
  add(
    'an object and another salt',
    { row: { ...big.row, ciphertext: flip(big.row.ciphertext, 0) }, object: big.object },
    'SIGNATURE',
  )
  add(
    'an object and another nonce',
    { row: { ...big.row, nonce: flip(big.row.nonce, 0) }, object: big.object },
    'OPEN',
  )
  return cases
}

function hashVectors() {
  const deviceName = (name, generation) => {
    const message = sealContent({
      cek: keyOf('metadata', generation),
      salt: bytesFor(`device name ${name}`, 24),
      h: pae(['zkeb/device-name/v1', ACCOUNT, rawId(LAPTOP)]),
      plaintext: Buffer.from(name),
    }).message
    return Buffer.concat([Buffer.of(0, 0, 0, generation), message])
  }
  const names = ['a', 'Fotos/Z\u00fcrich', 'Fotos/Zu\u0308rich']
  const sealedName = deviceName('Laptop', 1)
  return {
    names: names.map((name) => ({ name, hashes: [0, 1].map((g) => hex(nameHash(name, g))) })),
    scopes: names.map((scope) => ({
      scope,
      hash: hex(hmac(keyOf('sync', 0), ['zkeb/scope/v1', scope.normalize('NFC')])),
    })),
    devices: [LAPTOP, PHONE].map((id) => ({
      id,
      hash: hex(hmac(keyOf('device', 0), ['zkeb/device/v1', rawId(id)])),
    })),
    deviceNames: {
      positive: [
        ['Laptop', 1],
        ['Z\u00fcrich', 0],
        ['x'.repeat(255), 1],
      ].map(([name, g]) => ({ name, id: LAPTOP, sealed: base64(deviceName(name, g)) })),
      negative: [
        ['of another device', PHONE, sealedName, 'OPEN'],
        ['of a generation that is not there', LAPTOP, flip(flip(sealedName, 2), 3), 'OPEN'],
        ['of another generation', LAPTOP, flip(sealedName, 3), 'OPEN'],
        ['altered', LAPTOP, flip(sealedName, -1), 'OPEN'],
        ['too short', LAPTOP, sealedName.subarray(0, 76), 'FORMAT'],
        ['too long', LAPTOP, Buffer.alloc(332), 'FORMAT'],
        ['not NFC', LAPTOP, deviceName('u\u0308', 1), 'FORMAT'],
      ].map(([name, id, sealed, code]) => ({ name, id, sealed: base64(sealed), code })),
    },
    padded: [
      0,
      1,
      2,
      3,
      8,
      9,
      50,
      1000,
      1025,
      65_537,
      2 ** 26 - 1,
      2 ** 26,
      2 ** 40 + 1,
      2 ** 46 - 1,
    ].map((length) => [length, padme(length)]),
  }
}

/** Of suite rsa: as they stand in the file, or new ones. */
function vectorsOf(suite) {
  if (suite !== 'rsa' || makesRsa) return backupsOfSuite(suite)
  const { accounts, positive, negative } = read('backup')
  const isRsa = (it) => it.suite === suite
  const { accepted, ...account } = accounts[suite]
  return { account, accepted, positive: positive.filter(isRsa), negative: negative.filter(isRsa) }
}

export function backupVectors() {
  const made = Object.keys(SUITES).map((suite) => [suite, vectorsOf(suite)])
  return {
    description:
      'zkeb backups, version 1 (spec/backup.md). Keys, digests and steps are hexadecimal, columns and objects Base64. Private keys are here on purpose and protect ' +
      'nothing. Each suite has an account: its keys by generation, the digests of its manifests (the last is the head), and its devices: in which generations ' +
      'they were active, and what the head says of them. Positive cases open at time `now`; content byte i is (31·i + ⌊i/256⌋) mod 256. With `object` the chunks are ' +
      'there. Negative cases MUST fail with `code`, opened for `userId` at time `now` where they say so.',
    now: NOW + 2_000,
    accounts: Object.fromEntries(
      made.map(([suite, { account, accepted }]) => [suite, { ...account, accepted }]),
    ),
    positive: made.flatMap(([, { positive }]) => positive),
    negative: made.flatMap(([, { negative }]) => negative),
    hashes: hashVectors(),
  }
}
