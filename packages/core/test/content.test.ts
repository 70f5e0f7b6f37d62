/** Content alone: C2SP chunked encryption. The published vectors are in test/vectors. */

import { openContent, sealContent } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outcomeWithoutBackend } from '../../../test/support/backend'
import { flipBit, patternBytes } from '../../../test/support/bytes'
import { outcomeOf } from '../../../test/support/outcome'

const key = { inputKey: patternBytes(32), context: new TextEncoder().encode('context') }
const CHUNK = 16_384
const SEALED = CHUNK + 16

test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1])(
  '%d bytes come back',
  async (size) => {
    const { message, baseNonce } = await sealContent(key, patternBytes(size))
    expect(baseNonce.length).toBe(12)
    expect(message.length).toBe(56 + size + 16 * (Math.floor(size / CHUNK) + 1))
    expect(Buffer.compare(await openContent(key, message), patternBytes(size))).toBe(0)
    expect(Buffer.compare(await openContent(key, message, baseNonce), patternBytes(size))).toBe(0)
  },
)

test('property: any bytes under any key and context', async () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
  const inputKeys = fc.uint8Array({ minLength: 32, maxLength: 32 })
  await fc.assert(
    fc.asyncProperty(inputKeys, bytes(100), bytes(500), async (inputKey, context, plaintext) => {
      const { message } = await sealContent({ inputKey, context }, plaintext)
      expect(Buffer.compare(await openContent({ inputKey, context }, message), plaintext)).toBe(0)
    }),
    { numRuns: 50 },
  )
})

describe('refused', async () => {
  const { message, baseNonce } = await sealContent(key, patternBytes(2 * CHUNK + 5))
  const refusal = (sealed: Uint8Array, other = key, nonce?: Uint8Array) =>
    outcomeOf(() => openContent(other, sealed, nonce))

  test('another key, context or nonce: OPEN', async () => {
    expect(await refusal(message, { ...key, inputKey: flipBit(key.inputKey, 0) })).toBe('OPEN')
    expect(await refusal(message, { ...key, inputKey: flipBit(key.inputKey, 255) })).toBe('OPEN')
    expect(await refusal(message, { ...key, context: new Uint8Array(0) })).toBe('OPEN')
    expect(await refusal(message, key, flipBit(baseNonce, 95))).toBe('OPEN')
    expect(await refusal(message, key, new Uint8Array(0))).toBe('OPEN')
    expect(await refusal(message, key, baseNonce)).toBe('none')
  })

  test.each([
    [55, 'FORMAT'],
    [56, 'FORMAT'],
    [56 + 15, 'FORMAT'],
    [56 + 16, 'OPEN'],
    [56 + SEALED - 1, 'OPEN'],
    [56 + SEALED, 'TRUNCATED'],
    [56 + SEALED + 1, 'FORMAT'],
    [56 + SEALED + 15, 'FORMAT'],
    [56 + SEALED + 16, 'OPEN'],
    [56 + 2 * SEALED, 'TRUNCATED'],
    [56 + 2 * SEALED + 16, 'OPEN'],
    [0, 'FORMAT'],
  ])('cut to %d bytes: %s', async (length, code) => {
    expect(await refusal(message.slice(0, length))).toBe(code)
  })

  test('longer, by up to a chunk', async () => {
    for (const extra of [1, 15, 16, 17, SEALED - 21, SEALED]) {
      expect(await refusal(Uint8Array.of(...message, ...new Uint8Array(extra)))).not.toBe('none')
    }
  })

  test('more than 64 MiB: LIMIT, by the length alone', async () => {
    const longest = 56 + 64 * 1024 * 1024 + 4097 * 16
    const opened = (length: number) =>
      outcomeWithoutBackend(() => openContent(key, new Uint8Array(length)))
    expect(await opened(longest + 1)).toBe('LIMIT')
    expect(await opened(longest)).toBe('Error')
  })

  test('one bit anywhere in the first and the last bytes of each part: OPEN', async () => {
    const edges = [0, 23, 24, 55, 56, 56 + CHUNK - 1, 56 + CHUNK, 56 + SEALED - 1, 56 + SEALED]
    const last = message.length
    for (const byte of [...edges, 56 + 2 * SEALED, last - 17, last - 16, last - 1]) {
      expect(await refusal(flipBit(message, byte * 8 + 3)), `byte ${byte}`).toBe('OPEN')
    }
  })

  test('a context is not part of the key: (key, "ab") is not (key, "a")', async () => {
    const one = { ...key, context: Uint8Array.of(1) }
    const two = { ...key, context: Uint8Array.of(1, 2) }
    const sealed = (await sealContent(one, patternBytes(3))).message
    expect(await refusal(sealed, two)).toBe('OPEN')
  })
})

test('every message has a salt of its own, and the nonce of a chunk depends on its place', async () => {
  const plaintext = new Uint8Array(3 * CHUNK)
  const [one, two] = [await sealContent(key, plaintext), await sealContent(key, plaintext)]
  expect(one.message.slice(0, 24)).not.toEqual(two.message.slice(0, 24))
  const chunk = (i: number) =>
    Buffer.from(one.message.subarray(56 + i * SEALED, 56 + i * SEALED + CHUNK))
  expect(chunk(0).equals(chunk(1)) || chunk(1).equals(chunk(2)) || chunk(0).equals(chunk(2))).toBe(
    false,
  )
})
