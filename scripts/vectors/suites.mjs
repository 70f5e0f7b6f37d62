/** Envelopes of the suites over HPKE: those that open, and those that must be refused. All of it is the same in every run. */
import { decode, encode } from '../../packages/core/dist/index.js'
import { RSA } from './by-hand.mjs'
import {
  PQ,
  readPqIdentity,
  signComposite,
  signFirst,
  signSecond,
  wrapXWing,
  wrapXWingShare,
} from './pq-by-hand.mjs'
import { signEd25519, wrapHpke, wrapShare, X25519 } from './x25519-by-hand.mjs'

const NOW = 1_790_000_001_000
/** In bytes: where a signature over both kinds of keys has its second half. */
const ED25519_BYTES = 64
/** RFC 8032 §5.1: the order of the base point. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
/** Points whose X25519 with anything is zero: 0, 1, and one of order 8. */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
]

export const SUITES = {
  x25519: {
    suite: X25519,
    number: 2,
    wrap: wrapHpke,
    wrapShare,
    signMessage: signEd25519,
  },
  pq: {
    suite: PQ,
    number: 3,
    wrap: wrapXWing,
    wrapShare: wrapXWingShare,
    signMessage: signComposite,
    readIdentity: readPqIdentity,
  },
}

/** As CASES of the caller. */
export function suiteCases(name, pattern) {
  const everyone = ['dave', 'bob', 'carol'].map((who) => `${who}-${name}`)
  const few = [
    ['one recipient', [`bob-${name}`], [0, 1, 16_384, 40_000]],
    ['three recipients', everyone, [0, 40_000]],
  ]
  const sizes = few.flatMap(([title, to, lengths]) =>
    lengths.map((length) => [`${title}, ${length} bytes`, { to, plaintext: pattern(length) }]),
  )
  const everyField = {
    to: everyone,
    labels: { [`dave-${name}`]: 'dave-2026', [`carol-${name}`]: 'ключ 🔑' },
    senderPrivateKeyId: 'alice-sig-1',
    metadata: { kind: 'note', n: 1, ö: ['🔑', null] },
    associatedData: { promptId: '00112233-4455-4677-8899-aabbccddeeff' },
    expiresAt: 1_890_000_000_000,
  }
  return [...sizes, ['every field', everyField]].map(([title, options]) => [
    `${name}: ${title}`,
    { from: `alice-${name}`, ...options },
  ])
}

export function suiteNegatives(name, make) {
  const cases = []
  const people = { from: `alice-${name}`, to: [`bob-${name}`] }
  const seal = (title, options) =>
    decode(make(`${name}: ${title}`, { ...people, ...options }).envelope)
  const add = (title, shape, input, code, opening = {}) =>
    cases.push({
      name: `${name}: ${title}`,
      shape,
      input,
      code,
      as: `bob-${name}`,
      from: `alice-${name}`,
      now: NOW,
      ...opening,
    })
  const base = seal('negative')
  addNumbers(add, base, SUITES[name].number)
  addLengths(add, base)
  addAlgorithms(add, base)
  addOthers(add, base, name)
  const forged = (title, options, code) =>
    add(`signed by the sender: ${title}`, 'json', seal(title, options).toJSON(), code)
  addWrapped(forged, SUITES[name])
  addSignatures(forged, name)
  return cases
}

/** The suite's number is byte 8. */
function addNumbers(add, base, number) {
  for (const [other, code] of [
    [1, 'FORMAT'],
    [2, 'FORMAT'],
    [3, 'FORMAT'],
    [0, 'SUITE_NOT_ALLOWED'],
    [4, 'SUITE_NOT_ALLOWED'],
  ]) {
    if (other === number) continue
    const binary = Buffer.from(encode(base))
    binary[8] = other
    add(`suite number ${other}`, 'binary', binary.toString('base64'), code)
  }
}

function addLengths(add, base) {
  const json = base.toJSON()
  for (const member of ['encryptedKey', 'signature']) {
    const bytes = Buffer.from(json[member], 'base64')
    const change = (title, changed) =>
      add(`${member} ${title}`, 'json', { ...json, [member]: changed.toString('base64') }, 'FORMAT')
    change('a byte short', bytes.subarray(0, -1))
    change('a byte long', Buffer.concat([bytes, Buffer.of(0)]))
    change('empty', Buffer.alloc(0))
  }
  const flipped = Buffer.from(encode(base))
  flipped[flipped.length - 1] ^= 1
  add('a bit of the signature', 'binary', flipped.toString('base64'), 'SIGNATURE')
}

function addAlgorithms(add, base) {
  const json = base.toJSON()
  const change = (title, members, code) => add(title, 'json', { ...json, ...members }, code)
  const { keyAlgorithm, signatureAlgorithm } = RSA
  change('keys of rsa, this signature', { keyAlgorithm }, 'SUITE_NOT_ALLOWED')
  change('signature of rsa, these keys', { signatureAlgorithm }, 'SUITE_NOT_ALLOWED')
  change('algorithms of rsa', RSA, 'FORMAT')
  change('unsigned, with the signature', { signatureAlgorithm: '' }, 'FORMAT')
  change('unsigned', { signatureAlgorithm: '', signature: '' }, 'SIGNATURE')
}

function addOthers(add, base, name) {
  const json = base.toJSON()
  add('a sender of suite rsa', 'json', json, 'SIGNATURE', { from: 'alice' })
  add('another sender', 'json', json, 'SIGNATURE', { from: `carol-${name}` })
  add('a reader of suite rsa', 'json', json, 'NOT_RECIPIENT', { as: 'bob' })
  add('not addressed to the reader', 'json', json, 'NOT_RECIPIENT', { as: `carol-${name}` })
}

function addWrapped(forged, { wrap, wrapShare }) {
  const elsewhere = (change) => (cek, keys, _, i, context) =>
    wrap(cek, keys, _, i, { ...context, ...change(context) })
  for (const point of SMALL_ORDER) {
    const shared = { share: Buffer.from(point, 'hex'), dh: Buffer.alloc(32) }
    const zero = (cek, keys, _, __, context) => wrapShare(cek, keys, context, shared)
    forged(`all-zero shared secret, share ${point}`, { wrap: zero }, 'OPEN')
  }
  const flip = (at) => (bytes) => {
    bytes[at < 0 ? bytes.length + at : at] ^= 1
    return bytes
  }
  const altered =
    (change) =>
    (...args) =>
      change(wrap(...args))
  forged('first bit of enc altered', { wrap: altered(flip(0)) }, 'OPEN')
  forged('highest bit of the share altered', { wrap: altered(topBit) }, 'OPEN')
  forged('tag of the wrapped key altered', { wrap: altered(flip(-1)) }, 'OPEN')
  forged(
    'another content key',
    { wrap: (_, ...rest) => wrap(Buffer.alloc(32, 3), ...rest) },
    'OPEN',
  )
  forged(
    'wrapped for another envelope',
    { wrap: elsewhere(({ aad }) => ({ aad: flip(16)(Buffer.from(aad)) })) },
    'OPEN',
  )
  forged('wrapped without aad', { wrap: elsewhere(() => ({ aad: Buffer.alloc(0) })) }, 'OPEN')
  forged(
    'wrapped as for a grant',
    { wrap: elsewhere(() => ({ info: Buffer.from('zkeb/grant/v1/hpke') })) },
    'OPEN',
  )
}

/** Of the X25519 share: the curve ignores it, HPKE does not. ct has 48 bytes. */
function topBit(wrapped) {
  wrapped[wrapped.length - 49] ^= 0x80
  return wrapped
}

function addSignatures(forged, name) {
  const sign = SUITES[name].signMessage
  const refused = (title, signMessage) => forged(title, { signMessage }, 'SIGNATURE')
  refused('S is not reduced', (...args) => addOrder(sign(...args)))
  refused('another message', (message, keys) => sign(message.subarray(1), keys))
  if (name !== 'pq') return
  const wrong = Buffer.from('another message')
  refused('only the Ed25519 half is good', (message, keys) =>
    Buffer.concat([signFirst(message, keys), signSecond(wrong, keys)]),
  )
  refused('only the ML-DSA-65 half is good', (message, keys) =>
    Buffer.concat([signFirst(wrong, keys), signSecond(message, keys)]),
  )
  refused('the Ed25519 half is zero', (message, keys) =>
    Buffer.concat([Buffer.alloc(ED25519_BYTES), signSecond(message, keys)]),
  )
  refused('the ML-DSA-65 half is zero', (message, keys) => {
    const first = signFirst(message, keys)
    return Buffer.concat([first, Buffer.alloc(signSecond(message, keys).length)])
  })
  refused('halves exchanged', (message, keys) =>
    Buffer.concat([signSecond(message, keys), signFirst(message, keys)]),
  )
  refused('ML-DSA-65 with a context', (message, keys) =>
    Buffer.concat([signFirst(message, keys), signSecond(message, keys, 'zkeb')]),
  )
}

/** R ‖ S + L: the same signature, in a form that must not pass. S is little-endian. */
function addOrder(signature) {
  const out = Buffer.from(signature)
  const s = BigInt(`0x${Buffer.from(out.subarray(32, 64)).reverse().toString('hex')}`) + ORDER
  out.set(Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(), 32)
  return out
}
