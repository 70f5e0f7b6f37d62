/** Streams as spec/stream.md says, by the same hand as the envelopes, and streams that must be refused. */
import { opt, pae, signPss, u64 } from './by-hand.mjs'

const NOW = 1_790_000_001_000
const CHUNK = 16_384
const SEALED_CHUNK = CHUNK + 16
const SIZES = [0, 1, 16_384, 40_000]

export function streamVectors(make, people, pattern) {
  const seal = (name, { from = 'alice', size = 5, ...options } = {}) =>
    sealStream(
      make(`stream: ${name}`, {
        from,
        plaintext: pattern(size),
        ...options,
        version: 'zkeb/stream/v1',
      }),
      { keys: people[from].signing, ...options },
    )
  return { positive: positives(seal), negative: negatives(seal) }
}

function positives(seal) {
  const few = [
    ['one recipient', { to: ['bob'] }],
    ['three recipients', { to: ['dave', 'bob', 'carol'], labels: { carol: 'carol-1' } }],
  ]
  const cases = few.flatMap(([name, options]) =>
    SIZES.map((size) => [`${name}, ${size} bytes`, { ...options, size }]),
  )
  const everyField = {
    to: ['bob'],
    size: 5,
    senderPrivateKeyId: 'alice-sig-1',
    labels: { bob: 'bob-1' },
    metadata: { kind: 'film' },
    associatedData: ['x', 1],
    expiresAt: 1_890_000_000_000,
  }
  return [...cases, ['every field', everyField]].map(([name, options]) => {
    const { parts, steps } = seal(name, options)
    return {
      name,
      sender: 'alice',
      recipients: options.to,
      size: options.size,
      ...('associatedData' in options && { associatedData: options.associatedData }),
      steps: Object.fromEntries(Object.entries(steps).map(([step, value]) => [step, hex(value)])),
      stream: join(parts).toString('base64'),
    }
  })
}

function negatives(seal) {
  const cases = []
  const add = (name, stream, code, { size = 5, ...opening } = {}) =>
    cases.push({
      name,
      code,
      size,
      as: 'bob',
      from: 'alice',
      now: NOW,
      ...opening,
      stream: Buffer.from(stream).toString('base64'),
    })
  const flip = (bytes, at) => {
    const out = Buffer.from(bytes)
    out[at < 0 ? out.length + at : at] ^= 1
    return out
  }
  const change = (parts, changes) => join({ ...parts, ...changes })

  const { parts } = seal('small', { expiresAt: NOW + 1 })
  const whole = join(parts)
  add('empty', Buffer.alloc(0), 'FORMAT')
  add('another magic', flip(whole, 0), 'FORMAT')
  add('another version', Buffer.concat([Buffer.from('ZKS2'), whole.subarray(4)]), 'VERSION')
  add('an envelope', Buffer.concat([Buffer.from('ZKE1'), whole.subarray(4)]), 'FORMAT')
  add('a header beyond the limit', Buffer.from('ZKS1ffffffff', 'latin1'), 'LIMIT')
  add('another suite', flip(whole, 8), 'SUITE_NOT_ALLOWED')
  add('cut within the head', whole.subarray(0, 300), 'FORMAT')
  add(
    'cut within the trailer of an empty stream',
    join(seal('cut', { size: 0 }).parts).subarray(0, -250),
    'FORMAT',
    { size: 0 },
  )
  add('nobody is trusted', whole, 'SIGNER_UNKNOWN', { from: null })
  add('from somebody else', whole, 'SIGNATURE', { from: 'mallory' })
  add('for somebody else', whole, 'NOT_RECIPIENT', { as: 'carol' })
  add('expired', whole, 'EXPIRED', { now: NOW + 1 })
  add('associated data where there was none', whole, 'SIGNATURE', { associatedData: null })
  add(
    'head signature altered',
    change(parts, { headSignature: flip(parts.headSignature, 9) }),
    'SIGNATURE',
  )
  add('salt altered', change(parts, { message: flip(parts.message, 0) }), 'SIGNATURE')
  add('commitment altered', change(parts, { message: flip(parts.message, 24) }), 'SIGNATURE')
  add('trailer altered', change(parts, { trailer: flip(parts.trailer, 9) }), 'SIGNATURE')
  add(
    'trailer in the place of the head signature',
    change(parts, { headSignature: parts.trailer }),
    'SIGNATURE',
  )
  add(
    'head signature in the place of the trailer',
    change(parts, { trailer: parts.headSignature }),
    'SIGNATURE',
  )
  add('the last chunk altered', change(parts, { message: flip(parts.message, -1) }), 'SIGNATURE')
  add('a byte more', Buffer.concat([whole, Buffer.of(0)]), 'SIGNATURE')
  add(
    'signed as an envelope',
    join(seal('envelope', { label: 'zkeb/envelope/v1/head' }).parts),
    'SIGNATURE',
  )

  const long = seal('long', { size: 40_000 }).parts
  const chunks = (...order) => {
    const at = (i) => long.message.subarray(56 + i * SEALED_CHUNK, 56 + (i + 1) * SEALED_CHUNK)
    return Buffer.concat([long.message.subarray(0, 56), ...order.map(at)])
  }
  const rearranged = (name, code, ...order) =>
    add(name, change(long, { message: chunks(...order) }), code, { size: 40_000 })
  rearranged('the last chunk dropped', 'TRUNCATED', 0, 1)
  rearranged('the first chunk dropped', 'OPEN', 1, 2)
  rearranged('the second chunk dropped', 'SIGNATURE', 0, 2)
  rearranged('two chunks exchanged', 'OPEN', 1, 0, 2)
  add('the first chunk altered', change(long, { message: flip(long.message, 100) }), 'OPEN', {
    size: 40_000,
  })

  const forged = (name, options) =>
    add(`signed by the sender: ${name}`, join(seal(name, options).parts), 'OPEN')
  forged('another commitment', { content: (m) => flip(m, 24) })
  forged('an altered tag', { content: (m) => flip(m, -1) })
  forged('a wrapped key of garbage', { wrap: () => Buffer.alloc(256, 1) })

  const shared = seal('shared', { to: ['carol', 'bob'] }).parts
  add(
    'several recipients: content replaced by a co-recipient',
    change(shared, { message: flip(shared.message, -1) }),
    'SIGNATURE',
  )
  return cases
}

/** spec/stream.md §2 and §3, from an envelope made with the core of a stream. */
function sealStream(
  { envelope, steps },
  { keys, signMessage = signPss, label = 'zkeb/stream/v1/head' },
) {
  const { content: message, signature: trailer } = envelope
  const headMessage = pae([label, steps.h, message.subarray(0, 24), message.subarray(24, 56)])
  const parts = {
    header: header(envelope),
    headSignature: signMessage(headMessage, keys),
    message,
    trailer,
  }
  return { parts, steps: { ...steps, headMessage } }
}

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const u16 = (n) => Buffer.of(n >> 8, n & 0xff)
const label = (text) => {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}
const optional = (value, write) => opt(value === undefined ? undefined : write(value))

function join({ header, headSignature, message, trailer }) {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(header.length)
  const head = [Buffer.from('ZKS1'), length, header, u16(headSignature.length), headSignature]
  return Buffer.concat([...head, message, trailer])
}

/** spec/envelope.md §8.3, without iv. */
function header({ id, createdAt, expiresAt, senderPrivateKeyId, metadata, recipients }) {
  const metadataBytes = (value) => {
    const bytes = Buffer.from(JSON.stringify(value))
    return Buffer.concat([u16(bytes.length), bytes])
  }
  return Buffer.concat([
    Buffer.of(1),
    Buffer.from(id.replaceAll('-', ''), 'hex'),
    u64(createdAt),
    optional(expiresAt, u64),
    optional(senderPrivateKeyId, label),
    optional(metadata, metadataBytes),
    u16(recipients.length),
    ...recipients.map(({ receiverPublicKeyId, fingerprint, encryptedKey }) =>
      Buffer.concat([
        optional(receiverPublicKeyId, label),
        fingerprint,
        u16(encryptedKey.length),
        encryptedKey,
      ]),
    ),
  ])
}
