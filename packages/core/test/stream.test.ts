/** Streams: what goes in comes out, whatever pieces it comes in; what is asked of them is refused or given. */

import { openRange, openStream, sealStream } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { outcomeOf } from '../../../test/support/outcome'
import { cutAt, flow, PAIRS, read, sealBytes } from '../../../test/support/streams'

const CHUNK = 16_384
const SIZES = [0, 1, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769, 40 * CHUNK, 40 * CHUNK + 1]

describe.each(PAIRS)('%s', (_name, { alice, bob, carol, mallory }) => {
  const one = { to: bob.public, from: alice }
  const three = { to: [carol.public, bob.public, mallory.public], from: alice }
  const opening = { as: bob, from: alice.public }

  describe.each([
    ['one recipient', one],
    ['three recipients', three],
  ] as const)('%s', (_name, sealing) => {
    test.each(SIZES)('%d bytes come back', async (size) => {
      const plaintext = patternBytes(size)
      const sealed = await sealBytes(plaintext, sealing)
      expect(Buffer.compare(await flow(sealed, openStream(opening)), plaintext)).toBe(0)
      const range = await openRange(sealed, opening)
      expect(range.size).toBe(size)
      expect(Buffer.compare(await read(range.stream), plaintext)).toBe(0)
    })

    test('every recipient reads it, and learns what the head proves', async () => {
      const metadata = { kind: 'note' }
      const associatedData = { record: 7 }
      const now = Date.now()
      const options = { ...sealing, metadata, associatedData, now, expiresAt: now + 60_000 }
      const sealed = await sealBytes(patternBytes(20_000), options)
      for (const as of sealing === one ? [bob] : [bob, carol, mallory]) {
        const stream = openStream({ as, from: alice.public, associatedData })
        expect(Buffer.compare(await flow(sealed, stream), patternBytes(20_000))).toBe(0)
        const opened = await stream.opened
        expect(opened).toMatchObject({ metadata, createdAt: new Date(now) })
        expect(opened.expiresAt).toEqual(new Date(now + 60_000))
        expect(opened.sender).toBe(alice.public)
        const {
          stream: _,
          size,
          ...facts
        } = await openRange(sealed, { ...opening, as, associatedData })
        expect({ ...facts, size }).toEqual({ ...opened, size: 20_000 })
      }
    })

    test('any cuts of the input give the same bytes', async () => {
      const plaintext = patternBytes(3 * CHUNK + 100)
      const cuts = fc.array(fc.nat(4 * CHUNK), { maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(cuts, cuts, async (sealCuts, openCuts) => {
          const sealed = await flow(cutAt(plaintext, sealCuts), sealStream(sealing))
          const opened = await flow(cutAt(sealed, openCuts), openStream(opening))
          expect(Buffer.compare(opened, plaintext)).toBe(0)
        }),
        { numRuns: 30 },
      )
    })

    test('byte by byte', async () => {
      const plaintext = patternBytes(CHUNK + 10)
      const bytes = (of: Uint8Array) => Array.from(of, (_, i) => of.subarray(i, i + 1))
      const sealed = await flow(bytes(plaintext), sealStream(sealing))
      expect(Buffer.compare(await flow(bytes(sealed), openStream(opening)), plaintext)).toBe(0)
    })
  })

  test('a sender who is found, a reader who is found', async () => {
    const sealed = await sealBytes(patternBytes(10), one)
    const options = { as: async () => bob, from: async () => alice.public }
    expect((await flow(sealed, openStream(options))).length).toBe(10)
    expect(await outcomeOf(() => flow(sealed, openStream({ ...options, as: () => null })))).toBe(
      'NOT_RECIPIENT',
    )
    expect(await outcomeOf(() => flow(sealed, openStream({ ...options, from: () => null })))).toBe(
      'SIGNER_UNKNOWN',
    )
  })
})
