/**
 * Writes spec/vectors/{grant,unsigned,passphrase}.json: `node scripts/make-feature-vectors.mjs`, by hand, after the format changed.
 * With node:crypto alone; core only writes the shapes. RSA is randomized, so every run writes other grants of suite rsa.
 */
import { scryptSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { decode, encode } from '../packages/core/dist/index.js'
import {
  opt,
  pae,
  RSA,
  readIdentity,
  sealByHand,
  sha256,
  signPss,
  u64,
  wrapOaep,
} from './vectors/by-hand.mjs'
import {
  deriveKeyPair,
  makeIdentity,
  signEd25519,
  UNSIGNED,
  wrapHpke,
  X25519,
} from './vectors/x25519-by-hand.mjs'

const NOW = 1_790_000_000_123
const NAMES = ['alice', 'bob', 'carol', 'mallory']
const rsaLines = JSON.parse(
  readFileSync(new URL('../test/support/identities.json', import.meta.url), 'utf8'),
)
const SUITES = {
  rsa: {
    suite: RSA,
    wrap: wrapOaep,
    signMessage: signPss,
    person: (name) => ({ ...readIdentity(rsaLines[name]), line: rsaLines[name] }),
  },
  x25519: { suite: X25519, wrap: wrapHpke, signMessage: signEd25519, person: makeIdentity },
}
const NOBODY = { signing: { fingerprint: Buffer.alloc(0) } }
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const base64 = (bytes) => Buffer.from(bytes).toString('base64')
const iso = (time) => new Date(time).toISOString()
const bytesFor = (label, length) => sha256(Buffer.from(label)).subarray(0, length)
const write = (name, value) =>
  writeFileSync(
    new URL(`../spec/vectors/${name}.json`, import.meta.url),
    `${JSON.stringify(value, null, 1)}\n`,
  )

function uuid(label) {
  const bytes = Buffer.from(bytesFor(`id ${label}`, 16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function make(name, options) {
  return sealByHand({
    plaintext: Buffer.from('hello'),
    id: uuid(name),
    createdAt: NOW,
    cek: bytesFor(`cek ${name}`, 32),
    salt: bytesFor(`salt ${name}`, 24),
    ...options,
  })
}

const text = (steps) =>
  Object.fromEntries(Object.entries(steps).map(([step, value]) => [step, hex(value)]))

/** grant.md §3 */
function grantByHand({ suite, wrap, signMessage }, given) {
  const { name, envelope, steps, grantor, grantee, label, expiresAt, cek } = given
  const issuedAt = NOW + 1_000
  const aad = pae([steps.h, grantor.signing.fingerprint, grantee.encryption.fingerprint])
  const context = { info: Buffer.from('zkeb/grant/v1/hpke'), aad }
  const wrapped = wrap(
    cek ?? bytesFor(`cek ${name}`, 32),
    grantee.encryption,
    undefined,
    0,
    context,
  )
  const stanza = pae([suite.keyAlgorithm, opt(label), grantee.encryption.fingerprint, wrapped])
  const signedMessage = pae([
    'zkeb/grant/v1',
    steps.h,
    envelope.content.subarray(0, 24),
    envelope.content.subarray(24, 56),
    steps.digest,
    grantor.encryption.fingerprint,
    (given.signing ?? grantor.signing).fingerprint,
    suite.signatureAlgorithm,
    sha256(stanza),
    u64(issuedAt),
    opt(expiresAt === undefined ? undefined : u64(expiresAt)),
  ])
  const grant = {
    version: 'zkeb/grant/v1',
    envelopeId: envelope.id,
    issuedAt: iso(issuedAt),
    ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }),
    ...suite,
    grantorFingerprint: base64(grantor.encryption.fingerprint),
    recipient: {
      ...(label !== undefined && { receiverPublicKeyId: label }),
      fingerprint: base64(grantee.encryption.fingerprint),
      encryptedKey: base64(wrapped),
    },
    signature: base64(signMessage(signedMessage, given.signing ?? grantor.signing)),
  }
  return { grant, steps: { h: steps.h, stanza, signedMessage } }
}

function grantVectors(suiteName) {
  const rules = SUITES[suiteName]
  const people = Object.fromEntries(NAMES.map((name) => [name, rules.person(name)]))
  const { alice, bob, carol, mallory } = people
  const { suite, wrap, signMessage } = rules
  const sealed = (name, options = {}) => {
    const to = [{ keys: bob }, { keys: mallory }]
    return make(name, { suite, wrap, signMessage, from: alice, to, ...options })
  }
  const positive = [
    ['a grant', {}, {}],
    ['label and expiry', {}, { label: 'carol-1', expiresAt: NOW + 3_000 }],
    [
      'associated data and expiry of the envelope',
      { associatedData: [1], expiresAt: NOW + 9_000 },
      {},
    ],
  ].map(([title, options, more]) => {
    const name = `${suiteName}: ${title}`
    const { envelope, steps } = sealed(name, options)
    const granted = grantByHand(rules, {
      name,
      envelope,
      steps,
      grantor: bob,
      grantee: carol,
      ...more,
    })
    return {
      name,
      suite: suiteName,
      ...('associatedData' in options && { associatedData: options.associatedData }),
      envelope: decode(envelope).toJSON(),
      grant: granted.grant,
      steps: text(granted.steps),
    }
  })

  const name = `${suiteName}: negative`
  const { envelope, steps } = sealed(name, { expiresAt: NOW + 9_000 })
  const base = { name, envelope, steps, grantor: bob, grantee: carol, expiresAt: NOW + 5_000 }
  const { grant } = grantByHand(rules, base)
  const negative = []
  const add = (title, code, changed, options = {}) =>
    negative.push({
      name: `${suiteName}: ${title}`,
      code,
      suite: suiteName,
      envelope: decode(options.envelope ?? envelope).toJSON(),
      grant: { ...grant, ...changed },
      as: options.as ?? 'carol',
      grantor: options.grantor ?? 'bob',
      now: options.now ?? NOW + 2_000,
    })
  const forged = (more) => grantByHand(rules, { ...base, ...more }).grant
  add('another version', 'VERSION', { version: 'zkeb/grant/v2' })
  add('an unknown member', 'FORMAT', { extra: 1 })
  add('a time with microseconds', 'FORMAT', { issuedAt: grant.issuedAt.replace('Z', '000Z') })
  add('an algorithm of no suite', 'SUITE_NOT_ALLOWED', { keyAlgorithm: 'RSA1_5' })
  add('no signature', suiteName === 'rsa' ? 'SUITE_NOT_ALLOWED' : 'FORMAT', {
    signatureAlgorithm: '',
    signature: '',
  })
  add('a later expiry', 'SIGNATURE', { expiresAt: iso(NOW + 8_000) })
  add('another time of issue', 'SIGNATURE', { issuedAt: iso(NOW) })
  add('a label put on', 'SIGNATURE', {
    recipient: { ...grant.recipient, receiverPublicKeyId: 'x' },
  })
  add('another envelope', 'SIGNATURE', {}, { envelope: sealed(`${name} 2`).envelope })
  add('another envelope, by name', 'SIGNATURE', { envelopeId: uuid('other') })
  add('by nobody whom the envelope names', 'SIGNATURE', forged({ grantor: carol }), {
    grantor: 'carol',
  })
  add('signed by another recipient', 'SIGNATURE', forged({ signing: mallory.signing }))
  add('expected from another recipient', 'SIGNATURE', {}, { grantor: 'mallory' })
  add('for somebody else', 'NOT_RECIPIENT', {}, { as: 'alice' })
  add('for somebody else, who is a recipient', 'NOT_RECIPIENT', {}, { as: 'mallory' })
  add('expired', 'EXPIRED', {}, { now: NOW + 5_000 })
  add('the envelope expired', 'EXPIRED', { expiresAt: iso(NOW + 20_000) }, { now: NOW + 9_000 })
  add('another content key', 'OPEN', forged({ cek: Buffer.alloc(32, 1) }))
  const identities = Object.fromEntries(NAMES.map((who) => [who, people[who].line]))
  return { identities, positive, negative }
}

const granted = Object.keys(SUITES).map((suite) => [suite, grantVectors(suite)])
write('grant', {
  description:
    'zkeb grants, version 1 (spec/grant.md). Alice seals to Bob and Mallory, and Bob grants to Carol; steps are hexadecimal. Private keys are here on purpose ' +
    `and protect nothing. Positive cases open as Carol, from Alice, with the grant from Bob, at time ${NOW + 2_000}; every plaintext is "hello". ` +
    'Negative cases: as `as`, with the grant expected from `grantor`, at time `now`: it must fail with `code`.',
  now: NOW + 2_000,
  identities: Object.fromEntries(granted.map(([suite, it]) => [suite, it.identities])),
  positive: granted.flatMap(([, { positive }]) => positive),
  negative: granted.flatMap(([, { negative }]) => negative),
})

const { person } = SUITES.x25519
const [alice, bob, carol] = NAMES.map(person)
const unsigned = (name, options = {}) => {
  const nothing = () => Buffer.alloc(0)
  const rules = { suite: UNSIGNED, wrap: wrapHpke, signMessage: nothing, from: NOBODY }
  return make(name, { ...rules, to: [{ keys: bob }], ...options })
}
const unsignedCases = [
  ['unsigned', {}],
  ['two recipients', { to: [{ keys: carol }, { keys: bob, receiverPublicKeyId: 'bob-1' }] }],
  ['every field', { metadata: { a: 1 }, associatedData: null, expiresAt: NOW + 9_000 }],
].map(([name, options]) => {
  const { envelope, steps } = unsigned(name, options)
  return {
    name,
    ...('associatedData' in options && { associatedData: options.associatedData }),
    json: decode(envelope).toJSON(),
    binary: base64(encode(envelope)),
    steps: text({ core: steps.core, h: steps.h, commitment: steps.commitment }),
  }
})
const plain = decode(unsigned('negative').envelope).toJSON()
const signed = decode(
  make('negative', {
    ...{ suite: X25519, wrap: wrapHpke, signMessage: signEd25519 },
    ...{ from: alice, to: [{ keys: bob }] },
  }).envelope,
).toJSON()
const { signature, signatureAlgorithm } = signed
write('unsigned', {
  description:
    'Unsigned zkeb envelopes (spec/envelope.md §5.1), suite x25519. Every plaintext is "hello"; all are for Bob. Negative cases: open as Bob, `from` ' +
    '"unsigned" or Alice: must fail with `code`.',
  now: NOW + 2_000,
  identities: { alice: alice.line, bob: bob.line, carol: carol.line },
  positive: unsignedCases,
  negative: [
    ['a signature is expected', 'alice', plain, 'SIGNATURE'],
    ['no signature is expected', 'unsigned', signed, 'SIGNATURE'],
    [
      'signature taken off',
      'unsigned',
      { ...signed, signature: '', signatureAlgorithm: '' },
      'OPEN',
    ],
    ['signature put on', 'unsigned', { ...plain, signature, signatureAlgorithm }, 'SIGNATURE'],
    ['signature without algorithm', 'unsigned', { ...plain, signature }, 'FORMAT'],
    ['algorithm without signature', 'unsigned', { ...plain, signatureAlgorithm }, 'FORMAT'],
    ['of suite rsa', 'unsigned', { ...plain, keyAlgorithm: 'RSA-OAEP' }, 'SUITE_NOT_ALLOWED'],
    ['another time', 'unsigned', { ...plain, createdAt: iso(NOW + 1) }, 'OPEN'],
  ].map(([name, from, json, code]) => ({ name, from, json, code })),
})

/** Argon2id of these very inputs, by the package cryptography (Python, OpenSSL). */
const ARGON2ID_SEED = Buffer.from(
  '39354c35a154d40b1ef45245e07beb79c07c5af859b67485f0f1097d7adce23e',
  'hex',
)
const scryptSalt = bytesFor('salt scrypt', 16)
const b64 = (bytes) => base64(bytes).replaceAll('=', '')
const passphraseCases = [
  [
    'scrypt',
    `$scrypt$ln=15,r=8,p=1$${b64(scryptSalt)}`,
    scryptSync('correct horse', scryptSalt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 }),
  ],
  [
    'argon2id',
    `$argon2id$v=19$m=8192,t=4,p=1$${b64(bytesFor('salt argon2id', 16))}`,
    ARGON2ID_SEED,
  ],
].map(([name, receiverPublicKeyId, seed]) => {
  const encryption = deriveKeyPair(seed)
  const { envelope } = make(`passphrase ${name}`, {
    ...{ suite: X25519, wrap: wrapHpke, signMessage: signEd25519, from: alice },
    to: [{ keys: { encryption }, receiverPublicKeyId }],
  })
  const secretKey = encryption.der.subarray(-32)
  const steps = text({
    seed,
    secretKey,
    spki: encryption.spki,
    fingerprint: encryption.fingerprint,
  })
  return { name, passphrase: 'correct horse', json: decode(envelope).toJSON(), steps }
})
const relabelled = (receiverPublicKeyId) => {
  const encryption = deriveKeyPair(Buffer.alloc(32, 1))
  const { envelope } = make(`label ${receiverPublicKeyId}`, {
    ...{ suite: X25519, wrap: wrapHpke, signMessage: signEd25519, from: alice },
    to: [{ keys: { encryption }, receiverPublicKeyId }],
  })
  return decode(envelope).toJSON()
}
const salt = b64(bytesFor('salt', 16))
write('passphrase', {
  description:
    'Passphrases as recipients (spec/passphrase.md), suite x25519, sealed by Alice; every plaintext is "hello", steps are hexadecimal. Negative cases: open with `passphrase`: must ' +
    'fail with `code`.',
  now: NOW + 2_000,
  identities: { alice: alice.line },
  positive: passphraseCases,
  negative: [
    ['another passphrase', 'correct horsf', passphraseCases[0].json, 'OPEN'],
    [
      'the key of another passphrase',
      'correct horse',
      relabelled(`$scrypt$ln=15,r=8,p=1$${salt}`),
      'OPEN',
    ],
    ['no passphrase', 'x', relabelled('carol-1'), 'NOT_RECIPIENT'],
    ['a leading zero', 'x', relabelled(`$scrypt$ln=015,r=8,p=1$${salt}`), 'FORMAT'],
    ['a short salt', 'x', relabelled(`$scrypt$ln=15,r=8,p=1$${salt.slice(1)}`), 'FORMAT'],
    ['another r', 'x', relabelled(`$scrypt$ln=15,r=9,p=1$${salt}`), 'FORMAT'],
    ['version 0x10', 'x', relabelled(`$argon2id$v=16$m=65536,t=3,p=1$${salt}`), 'FORMAT'],
    [
      'a parameter twice',
      'x',
      relabelled(`$argon2id$v=19$m=65536,m=65536,t=3,p=1$${salt}`),
      'FORMAT',
    ],
    ['too much memory', 'x', relabelled(`$argon2id$v=19$m=1048577,t=1,p=1$${salt}`), 'LIMIT'],
    ['too many passes', 'x', relabelled(`$argon2id$v=19$m=65536,t=17,p=1$${salt}`), 'LIMIT'],
    ['too little', 'x', relabelled(`$argon2id$v=19$m=8192,t=3,p=1$${salt}`), 'LIMIT'],
    ['too little of scrypt', 'x', relabelled(`$scrypt$ln=14,r=8,p=1$${salt}`), 'LIMIT'],
  ].map(([name, passphrase, json, code]) => ({ name, passphrase, json, code })),
})
