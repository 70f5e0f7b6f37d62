/** Keys as text (spec/envelope.md §9) by node:crypto: lines, PEM and JWK that are read, and keys that must be refused. */
import { createPublicKey } from 'node:crypto'
import { pae } from './by-hand.mjs'
import { bytesFor, hex, SUITES } from './features.mjs'

const P = 2n ** 255n - 19n
/** §2.2: the y of points of small order. */
const SMALL_Y = [
  0n,
  1n,
  P - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]
/** RFC 7748 §6.1: X25519 of these and anything is zero; little-endian, as far as they are less than 2^255. */
const SMALL_U = [
  0n,
  1n,
  P - 1n,
  P,
  P + 1n,
  0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
]
/** RFC 9881. */
const ML_DSA_SPKI_BYTES = 1974
const SPKI = {
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
}

/** 32 bytes, little-endian; with the highest bit set or not. */
function point(number, highest = false) {
  const bytes = Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse()
  if (highest) bytes[31] |= 0x80
  return bytes
}

const lineOf = (suite, encryption, signing) =>
  ['zkeb-public-v1', suite, ...[encryption, signing].map((it) => it.toString('base64url'))].join(
    ':',
  )
const encodedOf = ({ spki, encoded }) => encoded ?? spki
const each = ({ encryption, signing }, write) => ({
  encryption: write(encryption),
  signing: write(signing),
})

export function keyVectors() {
  const people = Object.fromEntries(
    Object.entries(SUITES).map(([suite, { person }]) => [suite, person('alice')]),
  )
  return {
    description:
      'Identities as text (spec/envelope.md §9): one line, or two keys as PEM or JWK. Private keys are here on purpose and protect nothing. Fingerprints, of ' +
      'the identity, are hexadecimal. What is in `negative` must be refused as KEY.',
    positive: Object.entries(people).flatMap(([suite, person]) => positives(suite, person)),
    negative: [...lines(people), ...points(people), ...files(people)],
  }
}

function positives(suite, person) {
  const fingerprint = hex(person.fingerprint)
  const of = (form, kind, input) => ({
    name: `${suite}: ${kind} ${form}`,
    kind,
    input,
    fingerprint,
  })
  const line = lineOf(suite, encodedOf(person.encryption), encodedOf(person.signing))
  const both = [of('line', 'secret', person.line), of('line', 'public', line)]
  if (suite === 'pq') return both
  const [secret, open] = [{ type: 'pkcs8' }, { type: 'spki' }]
  const privately = (how) => each(person, ({ privateKey }) => privateKey.export(how))
  const publicly = (how) => each(person, ({ publicKey }) => publicKey.export(how))
  return [
    ...both,
    of('PEM', 'secret', privately({ ...secret, format: 'pem' })),
    of('PEM', 'public', publicly({ ...open, format: 'pem' })),
    of('JWK', 'secret', privately({ format: 'jwk' })),
    of('JWK', 'public', publicly({ format: 'jwk' })),
  ]
}

const refused = (kind) => (name, input) => ({ name, kind, input })

function lines({ rsa, x25519, pq }) {
  const line = lineOf('x25519', x25519.encryption.spki, x25519.signing.spki)
  const is = refused('public')
  return [
    is('a secret line', x25519.line),
    refused('secret')('a public line', line),
    is('another version of the line', line.replace('v1', 'v2')),
    is('an unknown suite', line.replace('x25519', 'p256')),
    is('the suite of other keys', line.replace('x25519', 'rsa')),
    is('one key', line.split(':').slice(0, 3).join(':')),
    is('three keys', `${line}:${line.split(':')[3]}`),
    is('padding', `${line}=`),
    is('cut', line.slice(0, -1)),
    is('keys exchanged', lineOf('x25519', x25519.signing.spki, x25519.encryption.spki)),
    is(
      'a key of 31 bytes',
      lineOf('x25519', x25519.encryption.spki.subarray(0, -1), x25519.signing.spki),
    ),
    is('rsa: one key twice', lineOf('rsa', rsa.encryption.spki, rsa.encryption.spki)),
    is(
      'pq: X-Wing key a byte short',
      lineOf('pq', pq.encryption.encoded.subarray(1), pq.signing.encoded),
    ),
    is(
      'pq: signing key a byte long',
      lineOf('pq', pq.encryption.encoded, Buffer.concat([pq.signing.encoded, Buffer.of(0)])),
    ),
    is(
      'pq: without the second signing key',
      lineOf('pq', pq.encryption.encoded, pae([pq.signing.ed25519.spki])),
    ),
  ]
}

function points({ x25519, pq }) {
  const is = refused('public')
  const signing = (y, highest) => {
    const spki = Buffer.concat([SPKI.ed25519, point(y, highest)])
    return lineOf('x25519', x25519.encryption.spki, spki)
  }
  const encryption = (u, highest) =>
    lineOf('x25519', Buffer.concat([SPKI.x25519, point(u, highest)]), x25519.signing.spki)
  const both = (title, make, numbers) =>
    numbers.flatMap((n) =>
      [false, true].map((highest) =>
        is(`${title} ${n.toString(16)}${highest ? ', highest bit set' : ''}`, make(n, highest)),
      ),
    )
  const wing = pq.encryption.encoded
  const second = pq.signing.encoded.subarray(-ML_DSA_SPKI_BYTES)
  const beyond = Buffer.from(wing)
  beyond.set([0x01, 0x0d], 0)
  const zero = Buffer.concat([wing.subarray(0, -32), Buffer.alloc(32)])
  const small = pae([Buffer.concat([SPKI.ed25519, point(1n)]), second])
  return [
    ...both('Ed25519 of small order, y', signing, SMALL_Y),
    ...both('Ed25519, y is not reduced:', signing, [P, P + 1n, P + 3n, P + 18n]),
    ...both('X25519 of small order, u', encryption, SMALL_U),
    is('pq: a coefficient of ML-KEM is q', lineOf('pq', beyond, pq.signing.encoded)),
    is('pq: X25519 of small order', lineOf('pq', zero, pq.signing.encoded)),
    is('pq: Ed25519 of small order', lineOf('pq', wing, small)),
  ]
}

function files({ rsa, x25519 }) {
  const is = refused('public')
  const secret = refused('secret')
  const pem = (keys) =>
    each(keys, ({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }))
  const jwk = (keys) => each(keys, ({ privateKey }) => privateKey.export({ format: 'jwk' }))
  const good = pem(x25519)
  const private_ = jwk(x25519)
  const n = Buffer.concat([Buffer.of(0xc1), bytesFor('n', 32), Buffer.alloc(223, 0x55)])
  const number = (modulus, e) => ({
    kty: 'RSA',
    n: modulus.toString('base64url'),
    e: Buffer.of(...e).toString('base64url'),
  })
  const rsaKey = (modulus, e = [1, 0, 1]) => ({
    ...pem(rsa),
    encryption: toPem(number(modulus, e)),
  })
  return [
    is('PEM: two blocks', { ...good, signing: good.signing + good.signing }),
    is('PEM: another label', { ...good, signing: good.signing.replaceAll('PUBLIC', 'PRIVATE') }),
    is('PEM: keys exchanged', { encryption: good.signing, signing: good.encryption }),
    is('PEM: two suites', { ...good, signing: pem(rsa).signing }),
    is('rsa: exponent 3', rsaKey(n, [3])),
    is('rsa: 1024 bits', rsaKey(n.subarray(0, 128))),
    is('rsa: 2040 bits', rsaKey(n.subarray(0, 255))),
    is('rsa: 2055 bits', rsaKey(Buffer.concat([Buffer.of(0x61), n]))),
    is('JWK: private, where a public one belongs', private_),
    secret('JWK: x of another key', {
      ...private_,
      signing: { ...private_.signing, x: private_.encryption.x },
    }),
    secret('JWK: no x', { ...private_, signing: { ...private_.signing, x: undefined } }),
    secret('JWK: another crv', { ...private_, signing: { ...private_.signing, crv: 'Ed448' } }),
    secret('JWK: d of 31 bytes', {
      ...private_,
      encryption: { ...private_.encryption, d: private_.encryption.d.slice(0, 42) },
    }),
  ]
}

const toPem = (key) =>
  createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
