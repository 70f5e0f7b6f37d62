/** Envelopes and streams: of fixed people, sealed by hand; core only writes the shapes. Cases of suite rsa stay as they stand, see features.mjs. */
import { readFileSync } from 'node:fs'
import { decode, encode, toRow } from '../../packages/core/dist/index.js'
import { readIdentity, sealByHand, sha256 } from './by-hand.mjs'
import { EDGES, edgeNegatives, otherTexts } from './edges.mjs'
import { hex, makesRsa, read } from './features.mjs'
import { negatives } from './negatives.mjs'
import { streamVectors } from './streams.mjs'
import { SUITES, suiteCases, suiteNegatives } from './suites.mjs'

const lines = JSON.parse(
  readFileSync(new URL('../../test/support/identities.json', import.meta.url), 'utf8'),
)
const suiteOf = (name) => lines[name].split(':')[1]
export const people = Object.fromEntries(
  Object.entries(lines).map(([name, line]) => {
    const { readIdentity: read = readIdentity } = SUITES[suiteOf(name)] ?? {}
    return [name, read(line)]
  }),
)
/** When positive cases are opened, in Unix milliseconds. */
const NOW = 1_790_000_001_000

/** Bytes that look random, and are the same in every run. */
function bytesFor(label, length) {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    sha256(Buffer.from(`${label} ${i}`)),
  )
  return Buffer.concat(blocks).subarray(0, length)
}

/** Plaintext: byte i is (31·i + ⌊i/256⌋) mod 256. */
const pattern = (length) =>
  Buffer.from(Array.from({ length }, (_, i) => (31 * i + (i >> 8)) & 0xff))

function uuid(label) {
  const bytes = bytesFor(`id ${label}`, 16)
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function make(name, { from = 'alice', to = ['bob'], labels = {}, ...rest } = {}) {
  return sealByHand({
    from: people[from],
    to: to.map((recipient) => ({
      keys: people[recipient],
      ...(labels[recipient] !== undefined && { receiverPublicKeyId: labels[recipient] }),
    })),
    plaintext: Buffer.from('hello'),
    id: uuid(name),
    createdAt: 1_790_000_000_123,
    cek: bytesFor(`cek ${name}`, 32),
    salt: bytesFor(`salt ${name}`, 24),
    ...SUITES[suiteOf(from)],
    ...rest,
  })
}

const unicode = {
  ł: 'ö🎉\u2028',
  '\r': [null, true, -9007199254740991, { b: {}, a: [] }],
  '€': 0,
  1: '"\\/',
}
const EXPIRES = 253_402_300_799_999
const CASES = [
  ['empty', { plaintext: Buffer.alloc(0) }],
  ['five bytes', {}],
  [
    'every field',
    {
      to: ['dave', 'bob', 'carol'],
      labels: { dave: 'dave-2026', carol: 'ключ 🔑' },
      senderPrivateKeyId: 'alice-sig-1',
      metadata: { kind: 'note', n: 1 },
      associatedData: { promptId: '00112233-4455-4677-8899-aabbccddeeff' },
      expiresAt: EXPIRES,
    },
  ],
  [
    'unicode',
    { metadata: unicode, associatedData: [unicode, 'é'], plaintext: Buffer.from('Grüße, 世界 🎉') },
  ],
  ['metadata is an empty object', { metadata: {} }],
  ['associated data is null', { associatedData: null }],
  ['associated data is an empty text', { associatedData: '' }],
  ['the first moment', { createdAt: 0, expiresAt: EXPIRES }],
  [
    'a larger key among the recipients',
    { to: ['bob', 'large'], labels: { large: 'x'.repeat(255) } },
  ],
  ['a larger key signs', { from: 'large', to: ['large'] }],
  ['a byte less than a chunk', { plaintext: pattern(16_383) }],
  ['exactly a chunk', { plaintext: pattern(16_384) }],
  [
    'a byte more than a chunk, two recipients',
    { plaintext: pattern(16_385), to: ['carol', 'bob'] },
  ],
  ['two chunks', { plaintext: pattern(32_768) }],
]

function positiveOf([name, options]) {
  const { plaintext = Buffer.from('hello'), from = 'alice', to = ['bob'] } = options
  const { envelope, steps } = make(name, options)
  const object = decode(envelope)
  const rows = toRow(object)
  return {
    name,
    sender: from,
    recipients: to,
    ...('associatedData' in options && { associatedData: options.associatedData }),
    plaintext: plaintext.toString('base64'),
    cek: hex(bytesFor(`cek ${name}`, 32)),
    steps: Object.fromEntries(Object.entries(steps).map(([step, value]) => [step, hex(value)])),
    json: object.toJSON(),
    binary: Buffer.from(encode(object)).toString('base64'),
    rows: {
      envelope: rows.envelope,
      recipients: rows.recipients.map((row) => ({ ...row, fingerprint: hex(row.fingerprint) })),
    },
  }
}

function identityOf(name) {
  const { encryption, signing, fingerprint } = people[name]
  const keys = {
    secret: lines[name],
    encryptionFingerprint: hex(encryption.fingerprint),
    signingFingerprint: hex(signing.fingerprint),
    fingerprint: hex(fingerprint),
  }
  return [name, keys]
}

/** Of suite rsa: as they stand in the file, or new ones. */
function rsaCases(file, makeNew) {
  if (makesRsa) return makeNew()
  const { positive, negative } = read(file)
  const isRsa = ({ name }) => !Object.keys(SUITES).some((suite) => name.startsWith(`${suite}: `))
  return { positive: positive.filter(isRsa), negative: negative.filter(isRsa) }
}

const names = Object.keys(SUITES)

export function envelopeVectors() {
  const rsa = rsaCases('envelope', () => ({
    positive: CASES.map(positiveOf),
    negative: negatives(make),
  }))
  const positive = [
    ...rsa.positive,
    ...names.flatMap((name) => suiteCases(name, pattern).map(positiveOf)),
    ...EDGES.map(positiveOf),
  ]
  const used = positive.flatMap(({ sender, recipients }) => [sender, ...recipients])
  const usedOf = (suite) => used.filter((name) => suiteOf(name) === suite)
  const everybody = [...new Set([...usedOf('rsa'), 'mallory', ...names.flatMap(usedOf)])]

  return {
    description:
      'zkeb envelopes, version 1 (spec/envelope.md). Plaintexts and binary forms are Base64, other bytes hexadecimal. ' +
      'Private keys are here on purpose and protect nothing. A case without associatedData has none. Positive cases open at time ' +
      '`now`, and so do `otherTexts`, which are the same envelope as `binary`. Negative cases: open `input` as `as`, expecting `from` (null: no identity is found), at time `now`; it must fail with `code`. ' +
      'Shape jsonText is to be parsed from its text.',
    now: NOW,
    identities: Object.fromEntries(everybody.map(identityOf)),
    positive,
    otherTexts: otherTexts(make),
    negative: [
      ...rsa.negative,
      ...names.flatMap((name) => suiteNegatives(name, make)),
      ...edgeNegatives(make),
    ],
  }
}

export function streamFile() {
  const streams = [
    rsaCases('stream', () => streamVectors('rsa', make, people, pattern)),
    ...names.map((name) => streamVectors(name, make, people, pattern)),
  ]
  return {
    description:
      'zkeb streams, version 1 (spec/stream.md), of the identities in envelope.json. Streams are Base64, other bytes hexadecimal. ' +
      'Byte i of a plaintext of `size` bytes is (31·i + ⌊i/256⌋) mod 256. Positive cases open at time `now`. Negative cases: open ' +
      'as `as`, expecting `from` (null: no identity is found), at time `now`; it must fail with `code`, and release nothing but a ' +
      'beginning of the plaintext of `size` bytes.',
    now: NOW,
    positive: streams.flatMap((it) => it.positive),
    negative: streams.flatMap((it) => it.negative),
  }
}
