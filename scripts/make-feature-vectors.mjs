/**
 * Writes spec/vectors/{grant,unsigned,passphrase,key,armor,recovery,sync}.json: `node scripts/make-feature-vectors.mjs`, by hand, after the format changed.
 * With node:crypto alone; core only writes the shapes. What is of suite rsa is randomized, and stays as it stands; `… rsa` makes
 * that anew. All else is the same in every run.
 */
import { decode, encode } from '../packages/core/dist/index.js'
import { armorVectors } from './vectors/armor.mjs'
import { base64, iso, make, NAMES, NOW, read, SUITES, text, write } from './vectors/features.mjs'
import { grantVectors } from './vectors/grants.mjs'
import { keyVectors } from './vectors/keys.mjs'
import { passphraseVectors } from './vectors/passphrases.mjs'
import { recoveryVectors } from './vectors/recovery.mjs'
import { syncVectors } from './vectors/sync.mjs'
import { signEd25519, UNSIGNED, wrapHpke, X25519 } from './vectors/x25519-by-hand.mjs'

const NOBODY = { signing: { fingerprint: Buffer.alloc(0) } }
const makesRsa = process.argv[2] === 'rsa'

/** Of suite rsa: as they stand in the file, or new ones. */
function grantsOf(suite) {
  if (suite !== 'rsa' || makesRsa) return grantVectors(suite)
  const { identities, positive, negative } = read('grant')
  const isRsa = (it) => it.suite === suite
  const kept = { positive: positive.filter(isRsa), negative: negative.filter(isRsa) }
  return { identities: identities[suite], ...kept }
}

const granted = Object.keys(SUITES).map((suite) => [suite, grantsOf(suite)])
write('grant', {
  description:
    'zkeb grants, version 1 (spec/grant.md). Alice seals to Bob and Mallory, and Bob grants to Carol; steps are hexadecimal. Private keys are here on purpose ' +
    'and protect nothing. Positive cases open as Carol, or with `passphrase`, from Alice, with the grant from Bob, at time `now`; every plaintext is "hello". ' +
    'Negative cases: as `as`, with the grant expected from `grantor` (null: no identity is found), at time `now`: it must fail with `code`. A grant that ' +
    'is text is to be read as it stands.',
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
    '"unsigned", Alice, or null: no identity is found. Must fail with `code`.',
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
    ['a signature is expected, and no sender found', null, plain, 'SIGNER_UNKNOWN'],
  ].map(([name, from, json, code]) => ({ name, from, json, code })),
})

write('passphrase', passphraseVectors())
write('key', keyVectors())
write('armor', armorVectors(base64(encode(signed))))
write('recovery', recoveryVectors())
write('sync', syncVectors())
