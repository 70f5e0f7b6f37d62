import { exportIdentity, importIdentity, open, seal, verify } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outcomeWithoutBackend } from '../../../test/support/backend'
import { patternBytes } from '../../../test/support/bytes'
import { people } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, bob } = await people('alice', 'bob')
const sealing = { to: bob.public, from: alice }
const opening = { as: bob, from: alice.public }
const KIB_16 = 16 * 1024
const MAX_BYTES = 64 * 1024 * 1024

async function roundTrip(bytes: Uint8Array): Promise<Uint8Array> {
  return (await open(await seal(bytes, sealing), opening)).bytes
}

describe('every kind of data comes back', () => {
  test.each(['', 'hello', 'Grüße, 世界 🎉', '\ufeffwith a byte-order mark', 'a\0b'])(
    'text %j',
    async (text) => {
      const opened = await open(await seal(text, sealing), opening)
      expect(opened.text()).toBe(text)
      expect(opened.bytes).toEqual(new TextEncoder().encode(text))
    },
  )

  test.each([
    [null],
    [true],
    [false],
    [0],
    [-12.5],
    [{}],
    [[]],
    [{ b: [1, { c: null }], a: 'x' }],
    [[1, 'two', null, [3]]],
    [{ '\udc00': 'a lone surrogate, which JSON escapes: \ud800' }],
  ])('json %j', async (json) => {
    const opened = await open(await seal(json, sealing), opening)
    expect(opened.json()).toEqual(json)
  })

  test('bytes, every value', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect(await roundTrip(bytes)).toEqual(bytes)
  })
})

const SIZES = [0, 1, 15, 16, 17, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769, 49_152]
const LARGE = [31, 32, 33].map((chunks) => chunks * KIB_16).concat([1048575, 1048576, 1048577])

test.each([...SIZES, ...LARGE])('%d bytes come back', async (size) => {
  const bytes = patternBytes(size)
  const envelope = await seal(bytes, sealing)
  const chunks = Math.floor(size / KIB_16) + 1
  expect(envelope.content.length).toBe(24 + 32 + size + 16 * chunks)
  const opened = await open(envelope, opening)
  expect(Buffer.compare(opened.bytes, bytes)).toBe(0)
})

test('property: bytes of any length come back, with any metadata and associated data', async () => {
  const json = fc.dictionary(
    fc.string({ unit: 'grapheme', maxLength: 8 }).filter((key) => !/\0/.test(key)),
    fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: 'binary-ascii', maxLength: 8 }),
    ),
    { maxKeys: 5 },
  )
  const clean = json.filter((value) => !JSON.stringify(value).includes('\\u0000'))
  await fc.assert(
    fc.asyncProperty(fc.nat(40_000), clean, clean, async (size, metadata, associatedData) => {
      const bytes = patternBytes(size)
      const envelope = await seal(bytes, { ...sealing, metadata, associatedData })
      const opened = await open(envelope, { ...opening, associatedData })
      expect(Buffer.compare(opened.bytes, bytes)).toBe(0)
      expect(JSON.stringify(sorted(opened.metadata))).toBe(JSON.stringify(sorted(metadata)))
    }),
    { numRuns: 40 },
  )
})

function sorted(value: object | undefined): unknown {
  return value && Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}

describe('what an envelope says', () => {
  test('opened tells what was proven', async () => {
    const envelope = await seal('x', {
      ...sealing,
      now: 1_000,
      expiresAt: new Date(5_000),
      metadata: { kind: 'note' },
    })
    const opened = await open(envelope, { ...opening, now: 4_999 })
    expect(opened.id).toBe(envelope.id)
    expect(opened.createdAt).toEqual(new Date(1_000))
    expect(opened.expiresAt).toEqual(new Date(5_000))
    expect(opened.metadata).toEqual({ kind: 'note' })
    expect(opened.sender).toBe(alice.public)
  })

  test('optional fields are absent where they were not given', async () => {
    const opened = await open(await seal('x', sealing), opening)
    expect(opened).not.toHaveProperty('expiresAt')
    expect(opened).not.toHaveProperty('metadata')
  })

  test('metadata {} is present, no metadata is absent', async () => {
    const empty = await seal('x', { ...sealing, metadata: {} })
    expect(empty.metadata).toEqual({})
    expect((await open(empty, opening)).metadata).toEqual({})
    expect(await outcomeOf(() => verify({ ...empty, metadata: undefined } as never, opening))).toBe(
      'SIGNATURE',
    )
  })

  test('ids are random UUIDs of version 4', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await seal('', sealing)).id),
    )
    expect(new Set(ids).size).toBe(20)
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('the same data sealed twice shares no column that could tell', async () => {
    const [one, two] = [await seal('same', sealing), await seal('same', sealing)]
    expect(one.iv).not.toEqual(two.iv)
    expect(one.content).not.toEqual(two.content)
    expect(one.recipients[0].encryptedKey).not.toEqual(two.recipients[0].encryptedKey)
  })
})

describe('associated data', () => {
  const variants = [undefined, null, {}, [], '', 'x', 0, false, { a: 1 }]

  test('only the same opens', async () => {
    for (const [i, sealedWith] of variants.entries()) {
      const envelope = await seal('x', {
        ...sealing,
        ...(i > 0 && { associatedData: sealedWith as never }),
      })
      for (const [j, openedWith] of variants.entries()) {
        const given = { ...opening, ...(j > 0 && { associatedData: openedWith as never }) }
        expect(await outcomeOf(() => open(envelope, given))).toBe(i === j ? 'none' : 'SIGNATURE')
      }
    }
  })

  test('the order of its keys does not matter', async () => {
    const envelope = await seal('x', { ...sealing, associatedData: { a: 1, b: { c: 2, d: 3 } } })
    const associatedData = { b: { d: 3, c: 2 }, a: 1 }
    expect((await open(envelope, { ...opening, associatedData })).text()).toBe('x')
  })
})

describe('expiry', () => {
  const seals = () => seal('x', { ...sealing, now: 1_000, expiresAt: 2_000 })

  test.each([
    [0, 'none'],
    [1_999, 'none'],
    [2_000, 'EXPIRED'],
    [2_001, 'EXPIRED'],
  ])('at %d: %s', async (now, outcome) => {
    const envelope = await seals()
    expect(await outcomeOf(() => open(envelope, { ...opening, now }))).toBe(outcome)
    expect(await outcomeOf(() => verify(envelope, { ...opening, now }))).toBe(outcome)
  })

  test('by the clock', async () => {
    expect(await outcomeOf(async () => open(await seals(), opening))).toBe('EXPIRED')
    const later = await seal('x', { ...sealing, expiresAt: Date.now() + 60_000 })
    expect(await outcomeOf(() => open(later, opening))).toBe('none')
  })
})

test('keys that cannot be extracted seal and open', async () => {
  const identity = await importIdentity(await exportIdentity(alice))
  expect(identity.keyPairs.encryption.privateKey.extractable).toBe(false)
  expect(identity.keyPairs.signing.privateKey.extractable).toBe(false)
  const envelope = await seal('x', { to: identity.public, from: identity })
  expect((await open(envelope, { as: identity, from: identity.public })).text()).toBe('x')
})

test('identities of different sizes work together', async () => {
  const { large: big } = await people('large')
  const envelope = await seal('x', { to: [big.public, bob.public], from: alice })
  expect(envelope.recipients[0].encryptedKey.length).toBe(384)
  expect(envelope.recipients[1]?.encryptedKey.length).toBe(256)
  expect((await open(envelope, { as: big, from: alice.public })).text()).toBe('x')
  const back = await seal('y', { to: bob.public, from: big })
  expect(back.signature.length).toBe(384)
  expect((await open(back, { as: bob, from: big.public })).text()).toBe('y')
})

test('exactly 64 MiB come back', async () => {
  const bytes = new Uint8Array(MAX_BYTES)
  for (let i = 0; i < MAX_BYTES; i += KIB_16) bytes.set([i >> 24, i >> 16, i >> 8], i)
  const envelope = await seal(bytes, sealing)
  expect(envelope.content.length).toBe(56 + MAX_BYTES + 16 * (MAX_BYTES / KIB_16 + 1))
  expect(Buffer.compare((await open(envelope, opening)).bytes, bytes)).toBe(0)
})

test('more than 64 MiB is refused before anything is done', async () => {
  const sealed = (length: number) =>
    outcomeWithoutBackend(() => seal(new Uint8Array(length), sealing))
  expect(await sealed(MAX_BYTES + 1)).toBe('LIMIT')
  expect(await sealed(MAX_BYTES)).toBe('Error')
})
