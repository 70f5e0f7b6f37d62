/** Attack: a recipient, who knows the content key, replaces the content under the true sender's head. */

import { isZkebError, openRange, openStream } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes'
import { errorOf, outcomeOf } from '../support/outcome'
import { putTogether, replaceContent, takeApart } from '../support/stream-parts'
import { flow, flowUntilError, PAIRS, read, readUntilError, sealBytes } from '../support/streams'

const CHUNK = 16_384
const MIB = 1024 * 1024

describe.each(PAIRS)('%s', async (_name, { alice, bob, carol, mallory }) => {
  const opening = { as: bob, from: alice.public }
  const sealing = { to: [bob.public, mallory.public], from: alice }
  const plaintext = patternBytes(40 * CHUNK + 5)
  const lie = plaintext.map((byte) => byte ^ 0xff)
  const sealed = await sealBytes(plaintext, sealing)
  const forged = await replaceContent(sealed, lie, { as: mallory, from: alice })
  const codeOf = (error: unknown) => (isZkebError(error) ? error.code : String(error))

  test('nothing of it is released: SIGNATURE', async () => {
    const { bytes, error } = await flowUntilError(forged, openStream(opening))
    expect([codeOf(error), bytes.length]).toEqual(['SIGNATURE', 0])
    expect(await outcomeOf(() => openRange(forged, opening))).toBe('SIGNATURE')
  })

  test('nor of a beginning that is true: nothing is released before the trailer', async () => {
    const [mine, theirs] = [await takeApart(sealed), await takeApart(forged)]
    const chunks = [...mine.chunks.slice(0, -1), ...theirs.chunks.slice(-1)]
    const mixed = putTogether({ ...mine, chunks })
    const { bytes, error } = await flowUntilError(mixed, openStream(opening))
    expect([codeOf(error), bytes.length]).toEqual(['SIGNATURE', 0])
  })

  test('unverified: it comes out, and ends in an error', async () => {
    const options = { ...opening, unverified: true }
    const { bytes, error } = await flowUntilError(forged, openStream(options))
    expect(codeOf(error)).toBe('SIGNATURE')
    expect(bytes.length).toBeGreaterThan(0)
    expect(Buffer.compare(bytes, lie.subarray(0, bytes.length))).toBe(0)
    const whole = await openRange(forged, options)
    expect(codeOf(await errorOf(() => read(whole.stream)))).toBe('SIGNATURE')
    const part = await openRange(forged, { ...options, start: 10, end: 20 })
    expect(Buffer.compare(await read(part.stream), lie.subarray(10, 20))).toBe(0)
  })

  test('unverified and true: it flows, and ends well', async () => {
    const opened = await flow(sealed, openStream({ ...opening, unverified: true }))
    expect(Buffer.compare(opened, plaintext)).toBe(0)
  })

  test.each([1, 'true', 'false', {}])('unverified: %o is not true', async (unverified) => {
    const options = { ...opening, unverified: unverified as never }
    expect((await flowUntilError(forged, openStream(options))).bytes.length).toBe(0)
  })

  test.each([0, 1, 31, 32, 40])(
    'a source that is true when it is proven, and forged from chunk %d on when it is opened',
    async (chunk) => {
      const { head } = await takeApart(sealed)
      const mixed = sealed.slice()
      const at = head.length + chunk * 16_400
      mixed.set(forged.subarray(at), at)
      let proven = false
      const source = {
        size: sealed.length,
        read: async (offset: number, length: number) => {
          const bytes = (proven ? mixed : sealed).subarray(offset, offset + length)
          if (offset + length === sealed.length) proven = true
          return bytes
        },
      }
      const { stream } = await openRange(source, opening)
      expect(proven).toBe(true)
      const { bytes, error } = await readUntilError(stream)
      expect(codeOf(error)).toBe('SIGNATURE')
      expect(bytes.length).toBeLessThanOrEqual(chunk * CHUNK)
      expect(Buffer.compare(bytes, plaintext.subarray(0, bytes.length))).toBe(0)
    },
  )

  test('a source that changes while it is proven', async () => {
    let reads = 0
    const read = async (offset: number, length: number) =>
      (++reads % 2 ? sealed : forged).subarray(offset, offset + length)
    const outcome = await outcomeOf(() => openRange({ size: sealed.length, read }, opening))
    expect(outcome).toBe('SIGNATURE')
  })

  test('more than is kept in memory: LIMIT, and openRange opens it', async () => {
    const piece = patternBytes(4 * MIB)
    const large = await sealBytes(
      Array.from({ length: 17 }, () => piece),
      sealing,
    )
    const { bytes, error } = await flowUntilError(large, openStream(opening))
    expect([codeOf(error), bytes.length]).toEqual(['LIMIT', 0])
    expect((error as { hint: string }).hint).toContain('openRange')
    const part = await openRange(large, { ...opening, start: 68 * MIB - 7 })
    expect(Buffer.compare(await read(part.stream), piece.subarray(-7))).toBe(0)
    expect((await flow(large, openStream({ ...opening, unverified: true }))).length).toBe(68 * MIB)
  })

  test('one recipient who is the sender, too, and one who is not: both read', async () => {
    const both = await sealBytes(plaintext, { to: [alice.public, carol.public], from: alice })
    for (const as of [alice, carol]) {
      expect((await flow(both, openStream({ as, from: alice.public }))).length).toBe(
        plaintext.length,
      )
    }
  })
})
