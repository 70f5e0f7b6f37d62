/** Streams as spec/stream.md says, by the same hand as the envelopes, and streams that must be refused. */
import { opt, pae, rawId, signPss, u64 } from './by-hand.mjs'
import { hex } from './features.mjs'
import { SUITES } from './suites.mjs'

const NOW = 1_790_000_001_000
const CHUNK = 16_384
const SEALED_CHUNK = CHUNK + 16
const SIZES = [0, 1, 16_384, 40_000]

/** Of one suite, every name beginning with it; of `rsa` as they are. */
export function streamVectors(suite, make, people, pattern) {
  const rules = SUITES[suite]
  const who = (name) => (rules ? `${name}-${suite}` : name)
  const title = (name) => (rules ? `${suite}: ${name}` : name)
  const from = who('alice')
  const seal = (name, { to = ['bob'], labels = {}, size = 5, ...options } = {}) =>
    sealStream(
      make(`stream: ${title(name)}`, {
        from,
        to: to.map(who),
        labels: Object.fromEntries(Object.entries(labels).map(([one, it]) => [who(one), it])),
        plaintext: pattern(size),
        ...options,
        version: 'zkeb/stream/v1',
      }),
      { keys: people[from].signing, ...rules, ...options },
    )
  const context = { seal, who, title }
  const negative = negatives(context, rules)
  return { positive: positives(context), negative }
}

function positives({ seal, who, title }) {
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
      name: title(name),
      sender: who('alice'),
      recipients: options.to.map(who),
      size: options.size,
      ...('associatedData' in options && { associatedData: options.associatedData }),
      steps: Object.fromEntries(Object.entries(steps).map(([step, value]) => [step, hex(value)])),
      stream: join(parts).toString('base64'),
    }
  })
}

function negatives({ seal, who, title }, rules) {
  const cases = []
  const add = (name, stream, code, { size = 5, as = 'bob', from = 'alice', ...opening } = {}) =>
    cases.push({
      name: title(name),
      code,
      size,
      as: who(as),
      from: from && who(from),
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
  const numbered = (number) => {
    const out = Buffer.from(whole)
    out[8] = number
    return out
  }
  add('another suite', numbered(0), 'SUITE_NOT_ALLOWED')
  add('cut within the head', whole.subarray(0, rules ? 200 : 300), 'FORMAT')
  const { trailer } = parts
  add(
    'cut within the trailer of an empty stream',
    join(seal('cut', { size: 0 }).parts).subarray(0, 6 - trailer.length),
    'FORMAT',
    { size: 0 },
  )
  add('nobody is trusted', whole, 'SIGNER_UNKNOWN', { from: null })
  const stranger = rules ? 'carol' : 'mallory'
  add('from somebody else', whole, 'SIGNATURE', { from: stranger })
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
  forged('a wrapped key of garbage', { wrap: () => Buffer.alloc(parts.wrappedKey.length, 1) })

  const shared = seal('shared', { to: ['carol', 'bob'] }).parts
  add(
    'several recipients: content replaced by a co-recipient',
    change(shared, { message: flip(shared.message, -1) }),
    'SIGNATURE',
  )
  if (!rules) return cases

  for (const number of [1, 2, 3].filter((it) => it !== rules.number)) {
    add(`suite number ${number}`, numbered(number), 'FORMAT')
  }
  const { headSignature } = parts
  const signed = (name, changed) => add(name, change(parts, { headSignature: changed }), 'FORMAT')
  signed('no head signature', Buffer.alloc(0))
  signed('head signature a byte short', headSignature.subarray(1))
  signed('head signature a byte long', Buffer.concat([headSignature, Buffer.of(0)]))
  const elsewhere = (info) => (cek, keys, _, i, context) =>
    rules.wrap(cek, keys, _, i, { ...context, info: Buffer.from(info) })
  forged('wrapped under a name of its own', { wrap: elsewhere('zkeb/stream/v1/hpke') })
  forged('wrapped as for a grant', { wrap: elsewhere('zkeb/grant/v1/hpke') })
  return cases
}

/** spec/stream.md §2 and §3, from an envelope made with the core of a stream. */
function sealStream(
  { envelope, steps },
  { keys, number = 1, signMessage = signPss, label = 'zkeb/stream/v1/head' },
) {
  const { content: message, signature: trailer } = envelope
  const headMessage = pae([label, steps.h, message.subarray(0, 24), message.subarray(24, 56)])
  const parts = {
    header: header(envelope, number),
    headSignature: signMessage(headMessage, keys),
    message,
    trailer,
    wrappedKey: envelope.recipients[0].encryptedKey,
  }
  return { parts, steps: { ...steps, headMessage } }
}

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
function header({ id, createdAt, expiresAt, senderPrivateKeyId, metadata, recipients }, number) {
  const metadataBytes = (value) => {
    const bytes = Buffer.from(JSON.stringify(value))
    return Buffer.concat([u16(bytes.length), bytes])
  }
  return Buffer.concat([
    Buffer.of(number),
    rawId(id),
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
