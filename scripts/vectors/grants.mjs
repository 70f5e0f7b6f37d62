/** Grants as spec/grant.md says, with node:crypto alone, and grants that must be refused. */
import { decode } from '../../packages/core/dist/index.js'
import { opt, pae, sha256, u64 } from './by-hand.mjs'
import {
  base64,
  bytesFor,
  iso,
  make,
  makesRsa,
  NAMES,
  NOW,
  read,
  SUITES,
  text,
  uuid,
} from './features.mjs'
import { passphraseKey } from './passphrases.mjs'

/** grant.md §2, in UTF-16 code units. */
const MAX_CHARACTERS = 16_384

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

function grantsOfSuite(suiteName) {
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
      grantor: options.grantor === undefined ? 'bob' : options.grantor,
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
  const { rsa } = SUITES
  if (rules === rsa) return { identities, positive, negative }

  add('the keys of rsa, and no signature', 'SUITE_NOT_ALLOWED', {
    ...rsa.suite,
    ...{ signatureAlgorithm: '', signature: '' },
  })
  add('algorithms of rsa', 'FORMAT', rsa.suite)
  add('an algorithm that is null', 'FORMAT', { algorithm: null })
  add('an unknown member, and another version', 'VERSION', { version: 'zkeb/grant/v2', extra: 1 })
  add('the version of an envelope', 'VERSION', { version: 'zkeb/envelope/v1' })
  const { recipient } = grant
  add('an unknown member of the recipient', 'FORMAT', { recipient: { ...recipient, extra: 1 } })
  add('a wrapped key a byte short', 'FORMAT', {
    recipient: { ...recipient, encryptedKey: shorter(recipient.encryptedKey) },
  })
  add('a signature a byte short', 'FORMAT', { signature: shorter(grant.signature) })
  add('a fingerprint a byte short', 'FORMAT', {
    grantorFingerprint: shorter(grant.grantorFingerprint),
  })
  const unknown = { grantor: null }
  add('no grantor is found', 'SIGNER_UNKNOWN', {}, unknown)
  add('another envelope, and no grantor found', 'SIGNATURE', { envelopeId: uuid('x') }, unknown)
  const asText = (title, code, input) => {
    add(title, code, {})
    negative.at(-1).grant = input
  }
  // The label is one character and two code units, and those are what is counted.
  const long = forged({ label: '🔑' })
  const written = JSON.stringify(long)
  asText('text of 16385 code units', 'LIMIT', written.padEnd(MAX_CHARACTERS + 1))
  asText('not JSON', 'FORMAT', 'hello')
  asText('a list', 'FORMAT', '[]')
  asText('a member twice', 'FORMAT', written.replace('{', `{"envelopeId":"${envelope.id}",`))
  asText('text behind it', 'FORMAT', `${written}x`)

  const good = (title, options) => {
    const name = `${suiteName}: ${title}`
    const { envelope, steps } = sealed(name)
    const made = grantByHand(rules, { name, envelope, steps, grantor: bob, ...options })
    const opened = { name, suite: suiteName, envelope: decode(envelope).toJSON() }
    return { ...opened, grant: made.grant, steps: text(made.steps) }
  }
  const padded = good('text of 16384 code units', { grantee: carol, label: '🔑' })
  const passphrase = 'correct horse'
  const byPassphrase = passphraseKey(suiteName, passphrase, `salt grant ${suiteName}`)
  positive.push(
    { ...padded, grant: JSON.stringify(padded.grant).padEnd(MAX_CHARACTERS) },
    {
      ...good('to a passphrase', { grantee: byPassphrase, label: byPassphrase.label }),
      passphrase,
    },
  )
  return { identities, positive, negative }
}

/** The Base64 of bytes without the last one. */
function shorter(text) {
  return base64(Buffer.from(text, 'base64').subarray(0, -1))
}

/** Of suite rsa: as they stand in the file, or new ones. */
function grantsOf(suite) {
  if (suite !== 'rsa' || makesRsa) return grantsOfSuite(suite)
  const { identities, positive, negative } = read('grant')
  const isRsa = (it) => it.suite === suite
  const kept = { positive: positive.filter(isRsa), negative: negative.filter(isRsa) }
  return { identities: identities[suite], ...kept }
}

export function grantVectors() {
  const granted = Object.keys(SUITES).map((suite) => [suite, grantsOf(suite)])
  return {
    description:
      'zkeb grants, version 1 (spec/grant.md). Alice seals to Bob and Mallory, and Bob grants to Carol; steps are hexadecimal. Private keys are here on purpose ' +
      'and protect nothing. Positive cases open as Carol, or with `passphrase`, from Alice, with the grant from Bob, at time `now`; every plaintext is "hello". ' +
      'Negative cases: as `as`, with the grant expected from `grantor` (null: no identity is found), at time `now`: it must fail with `code`. A grant that ' +
      'is text is to be read as it stands.',
    now: NOW + 2_000,
    identities: Object.fromEntries(granted.map(([suite, it]) => [suite, it.identities])),
    positive: granted.flatMap(([, { positive }]) => positive),
    negative: granted.flatMap(([, { negative }]) => negative),
  }
}
