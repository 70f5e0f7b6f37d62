/** Unsigned envelopes; core only writes the shapes. */
import { decode, encode } from '../../packages/core/dist/index.js'
import { base64, iso, make, NAMES, NOW, SUITES, text } from './features.mjs'
import { signEd25519, UNSIGNED, wrapHpke, X25519 } from './x25519-by-hand.mjs'

const NOBODY = { signing: { fingerprint: Buffer.alloc(0) } }
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
/** The signed one among the negative cases, in the binary form. */
export const signedBinary = base64(encode(signed))

export const unsignedVectors = () => ({
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
