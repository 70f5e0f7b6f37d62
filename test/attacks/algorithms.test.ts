/** Attacks on names and versions: the reader is talked into something weaker, or something else. */
import { constants, createPrivateKey, sign } from 'node:crypto'
import { decode, encode, exportIdentity, fromRow, open, seal, toRow } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { forge } from '../support/forge'
import { people, peopleOf } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const { alice, bob } = await people('alice', 'bob')
const opening = { as: bob, from: alice.public }
const envelope = await seal('hello', { to: bob.public, from: alice })

const NAMES = {
  algorithm: [
    'aes-256-gcm',
    'A256GCM',
    'AES-128-GCM',
    'AES-256-CBC',
    'AES-GCM',
    'ChaCha20-Poly1305',
    'none',
  ],
  keyAlgorithm: [
    'RSA1_5',
    'RSA-OAEP-256',
    'rsa-oaep',
    'RSA-OAEP-SHA1',
    'HPKE-X25519',
    'dir',
    'RSA-PSS',
  ],
  signatureAlgorithm: [
    'PS256',
    'RS256',
    'rsa-pss',
    'RSASSA-PKCS1-v1_5',
    'Ed25519',
    'HS256',
    'none',
    'RSA-OAEP',
  ],
} as const
const SPELLINGS = [
  '',
  ' ',
  'x',
  'AES-256-GCM ',
  ' RSA-OAEP',
  'RSA-PSS\0',
  'RSA‑PSS',
  '__proto__',
  'toString',
]

/** Every pair of the suites' names that is not one suite's. */
const MIXED = [
  ['HPKE-X25519', 'RSA-PSS'],
  ['HPKE-MLKEM768-X25519', 'RSA-PSS'],
  ['RSA-OAEP', 'Ed25519'],
  ['HPKE-MLKEM768-X25519', 'Ed25519'],
  ['RSA-OAEP', 'Ed25519+ML-DSA-65'],
  ['HPKE-X25519', 'Ed25519+ML-DSA-65'],
] as const
/** §8.3: behind the magic and the length of the header. */
const SUITE_OFFSET = 8

const CONFUSIONS = Object.entries(NAMES).flatMap(([column, names]) =>
  [...names, ...SPELLINGS].map((name) => [column as keyof typeof NAMES, name] as const),
)

describe('algorithm confusion: SUITE_NOT_ALLOWED, before any key is touched', () => {
  test.each(CONFUSIONS)('%s %j', async (column, name) => {
    const asked: string[] = []
    const untouched = {
      as: { public: bob.public, decrypter: { unwrap: async () => void asked.push('unwrap') } },
      from: () => {
        asked.push('resolve')
        return alice.public
      },
    }
    const snake = column.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
    const rows = toRow(envelope)
    const edited = { ...rows, envelope: { ...rows.envelope, [snake]: name } }
    // A row without a signature algorithm is that of an unsigned envelope, and such have no rows.
    const ofRow = column === 'signatureAlgorithm' && name === '' ? 'FORMAT' : 'SUITE_NOT_ALLOWED'
    const shapes = [
      [() => open({ ...envelope, [column]: name }, untouched as never), 'SUITE_NOT_ALLOWED'],
      [
        () => open({ ...envelope.toJSON(), [column]: name }, untouched as never),
        'SUITE_NOT_ALLOWED',
      ],
      [async () => open(fromRow(edited), untouched as never), ofRow],
    ] as const
    for (const [shape, code] of shapes) expect(await outcomeOf(shape)).toBe(code)
    expect(asked).toEqual([])
  })

  test('the three right names, each in another column', async () => {
    const { algorithm, keyAlgorithm, signatureAlgorithm } = envelope
    const turned = {
      algorithm: keyAlgorithm,
      keyAlgorithm: signatureAlgorithm,
      signatureAlgorithm: algorithm,
    }
    expect(await outcomeOf(() => open({ ...envelope, ...turned }, opening))).toBe(
      'SUITE_NOT_ALLOWED',
    )
  })

  test.each(MIXED)('%s with %s: suites are not mixed', async (keyAlgorithm, signatureAlgorithm) => {
    const mixed = { ...envelope, keyAlgorithm, signatureAlgorithm }
    expect(await outcomeOf(() => open(mixed, opening))).toBe('SUITE_NOT_ALLOWED')
  })
})

describe('an envelope that claims to be of another suite', async () => {
  const others = ['x25519', 'pq'] as const
  const TRIPLES = {
    rsa: { keyAlgorithm: 'RSA-OAEP', signatureAlgorithm: 'RSA-PSS' },
    x25519: { keyAlgorithm: 'HPKE-X25519', signatureAlgorithm: 'Ed25519' },
    pq: { keyAlgorithm: 'HPKE-MLKEM768-X25519', signatureAlgorithm: 'Ed25519+ML-DSA-65' },
  }

  test.each(others)('rsa as %s, and back: the lengths do not fit', async (suite) => {
    expect(await outcomeOf(() => open({ ...envelope, ...TRIPLES[suite] }, opening))).toBe('FORMAT')
    const { alice: from, bob: as } = await peopleOf(suite)
    const own = await seal('x', { to: as.public, from })
    const claimed = { ...own, ...TRIPLES.rsa }
    expect(['FORMAT', 'SIGNATURE']).toContain(
      await outcomeOf(() => open(claimed, { as, from: from.public })),
    )
  })

  test('the number of another suite in the binary form: FORMAT', () => {
    const binary = encode(envelope).slice()
    for (const number of [2, 3]) {
      binary[SUITE_OFFSET] = number
      expect(() => decode(binary)).toThrow(expect.objectContaining({ code: 'FORMAT' }))
    }
  })

  test('a pq signature stripped to its Ed25519 half does not make an x25519 envelope', async () => {
    const { alice: from, bob: as } = await peopleOf('pq')
    const { bob } = await peopleOf('x25519')
    const own = await seal('x', { to: as.public, from })
    const [{ fingerprint }] = own.recipients
    const stripped = {
      ...own,
      ...TRIPLES.x25519,
      signature: own.signature.slice(0, 64),
      recipients: [{ fingerprint, encryptedKey: new Uint8Array(80) }] as const,
    }
    expect(await outcomeOf(() => open(stripped, { as: bob, from: from.public }))).toBe('SIGNATURE')
  })

  test.each([
    ['the Ed25519 half of another message', 0, 64],
    ['the ML-DSA-65 half of another message', 64, 3373],
  ])('a pq signature with %s: SIGNATURE', async (_name, start, end) => {
    const { alice: from, bob: as } = await peopleOf('pq')
    const own = await seal('x', { to: as.public, from })
    const other = await seal('x', { to: as.public, from })
    const signature = own.signature.slice()
    signature.set(other.signature.subarray(start, end), start)
    expect(await outcomeOf(() => open({ ...own, signature }, { as, from: from.public }))).toBe(
      'SIGNATURE',
    )
  })

  test('a sender of another suite under the right names: SIGNATURE', async () => {
    for (const suite of others) {
      const { alice: from } = await peopleOf(suite)
      expect(await outcomeOf(() => open(envelope, { as: bob, from: from.public }))).toBe(
        'SIGNATURE',
      )
    }
  })
})

describe('version confusion: VERSION', () => {
  test.each([
    'zkeb/envelope/v0',
    'zkeb/envelope/v2',
    'zkeb/envelope/v1 ',
    'zkeb/stream/v1',
    'zkeb/grant/v1',
  ])('%j', async (version) => {
    expect(await outcomeOf(() => open({ ...envelope, version } as never, opening))).toBe('VERSION')
    const json = { ...envelope.toJSON(), version }
    expect(await outcomeOf(() => decode(JSON.stringify(json)))).toBe('VERSION')
  })
})

describe('signatures made by hand', async () => {
  const key = createPrivateKey((await exportIdentity(alice, 'pem')).signing)
  const other = createPrivateKey((await exportIdentity(alice, 'pem')).encryption)
  const pss =
    (saltLength: number, digest = 'sha256', by = key) =>
    async (message: Uint8Array) =>
      sign(digest, message, { key: by, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
  const outcome = (make: (message: Uint8Array) => Promise<Uint8Array>) =>
    outcomeOf(async () => {
      const { envelope: signed } = await forge({ from: alice, to: [bob.public], sign: make })
      return open(signed, opening)
    })

  test('PSS, SHA-256, salt 32: it opens', async () => {
    expect(await outcome(pss(32))).toBe('none')
  })

  test.each([0, 1, 20, 31, 33, 64, constants.RSA_PSS_SALTLEN_MAX_SIGN])(
    'PSS with a salt of %d bytes: SIGNATURE',
    async (saltLength) => {
      expect(await outcome(pss(saltLength))).toBe('SIGNATURE')
    },
  )

  test.each(['sha1', 'sha384', 'sha512', 'sha3-256'])('PSS with %s: SIGNATURE', async (digest) => {
    expect(await outcome(pss(32, digest))).toBe('SIGNATURE')
  })

  test('PKCS#1 v1.5: SIGNATURE', async () => {
    const make = async (message: Uint8Array) =>
      sign('sha256', message, { key, padding: constants.RSA_PKCS1_PADDING })
    expect(await outcome(make)).toBe('SIGNATURE')
  })

  test('by the encryption key: SIGNATURE', async () => {
    expect(await outcome(pss(32, 'sha256', other))).toBe('SIGNATURE')
  })

  test('over a message that ends sooner or later: SIGNATURE', async () => {
    expect(await outcome((message) => pss(32)(message.slice(0, -1)))).toBe('SIGNATURE')
    expect(await outcome((message) => pss(32)(Uint8Array.of(...message, 0)))).toBe('SIGNATURE')
  })

  test.each([
    ['zeros', new Uint8Array(256)],
    ['one', Uint8Array.of(...new Uint8Array(255), 1)],
    ['more than the modulus', new Uint8Array(256).fill(255)],
    ['as long as that of a larger key', new Uint8Array(512).fill(1)],
  ])('%s: SIGNATURE', async (_name, signature) => {
    expect(await outcome(async () => signature)).toBe('SIGNATURE')
  })

  test.each([0, 1, 255, 1025])('%d bytes: FORMAT', async (length) => {
    expect(await outcome(async () => new Uint8Array(length))).toBe('FORMAT')
  })

  test('s + n, a second writing of the same number: refused', async () => {
    const modulus = BigInt(
      `0x${Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`,
    )
    const make = async (message: Uint8Array) => {
      const s = BigInt(`0x${(await pss(32)(message)).toString('hex')}`)
      return Buffer.from((s + modulus).toString(16).padStart(514, '0'), 'hex')
    }
    expect(await outcome(make)).toBe('SIGNATURE')
    expect(await outcome(async (message) => Uint8Array.of(0, ...(await pss(32)(message))))).toBe(
      'SIGNATURE',
    )
  })
})
