/** Random and mutated streams, in random pieces, and sources that lie. What comes out is the sender's, whatever else happens. */

import { openRange, openStream } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { patternBytes } from '../support/bytes'
import { mutatedBytes } from '../support/fuzz'
import { codeOf, hunt, outcome } from '../support/hunt'
import { peopleOf } from '../support/identities'
import { cutAt, flowUntilError, readUntilError, sealBytes } from '../support/streams'

const { alice, bob, carol } = await peopleOf('x25519')
/** Two chunks. */
const plaintext = patternBytes(16_384 + 300)
const one = { from: alice, to: bob.public, metadata: { a: [1, 'x'] } }
const several = { ...one, to: [bob.public, carol.public] }
const opening = { as: bob, from: alice.public }
const REFUSALS = [
  'FORMAT',
  'VERSION',
  'SUITE_NOT_ALLOWED',
  'LIMIT',
  'SIGNATURE',
  'NOT_RECIPIENT',
  'EXPIRED',
  'TRUNCATED',
  'OPEN',
]

describe.each([
  ['one recipient', one],
  ['several recipients', several],
])('%s', async (_name, sealing) => {
  const sealed = await sealBytes(plaintext, sealing)
  const another = await sealBytes(
    patternBytes(40_000).map((byte) => ~byte),
    sealing,
  )
  const isFlowing = sealing === one
  const pieces = fc.array(fc.nat(sealed.length), { maxLength: 5 })
  const ends = fc.tuple(fc.nat(plaintext.length), fc.nat(plaintext.length))
  const ranges = ends.map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))

  async function checkStream(bytes: Uint8Array, cuts: readonly number[]) {
    const stream = openStream(opening)
    const { bytes: out, error } = await flowUntilError(cutAt(bytes, cuts), stream)
    if (error === undefined) {
      expect(Buffer.from(sealed).equals(bytes)).toBe(true)
      expect(Buffer.from(plaintext).equals(out)).toBe(true)
    } else {
      expect(REFUSALS).toContain(codeOf(error))
      expect(Buffer.from(plaintext.subarray(0, out.length)).equals(out)).toBe(true)
      if (!isFlowing) expect(out.length).toBe(0)
    }
  }

  async function checkRange(
    source: Parameters<typeof openRange>[0],
    range: { readonly start: number; readonly end: number },
  ) {
    let ended: Awaited<ReturnType<typeof readUntilError>> | undefined
    const code = await outcome(async () => {
      ended = await readUntilError((await openRange(source, { ...opening, ...range })).stream)
    }, true)
    if (!ended) {
      expect([...REFUSALS, 'misuse']).toContain(code)
      return
    }
    const { bytes, error } = ended
    if (error) expect([...REFUSALS, 'misuse']).toContain(codeOf(error, true))
    else expect(bytes.length).toBe(range.end - range.start)
    const expected = plaintext.subarray(range.start, range.start + bytes.length)
    expect(Buffer.from(expected).equals(bytes)).toBe(true)
  }

  hunt(
    'mutated, in random pieces',
    fc.tuple(mutatedBytes(sealed, another), pieces),
    ([bytes, cuts]) => checkStream(bytes, cuts),
  )

  const rest = fc.tuple(fc.nat(400), fc.uint8Array({ maxLength: 600 }))
  hunt('random bytes behind a right beginning', rest, ([length, bytes]) =>
    checkStream(Uint8Array.of(...sealed.subarray(0, length), ...bytes), []),
  )

  hunt('any part of a mutated one', fc.tuple(mutatedBytes(sealed, another), ranges), (it) =>
    checkRange(...it),
  )

  const lies = {
    truth: (bytes: Uint8Array) => bytes,
    short: (bytes: Uint8Array) => bytes.subarray(1),
    long: (bytes: Uint8Array) => Uint8Array.of(...bytes, 0),
    altered: (bytes: Uint8Array) =>
      bytes.map((byte, i) => (i === bytes.length >> 1 ? ~byte : byte)),
    zero: (bytes: Uint8Array) => bytes.fill(0),
    text: () => 'text',
    nothing: () => undefined,
  } as const
  const kinds = Object.keys(lies) as (keyof typeof lies)[]
  const answers = fc.array(
    fc.oneof({ weight: 6, arbitrary: fc.constant('truth' as const) }, fc.constantFrom(...kinds)),
    { maxLength: 8 },
  )
  const sizes = fc.oneof(
    { weight: 4, arbitrary: fc.constant(sealed.length) },
    fc.integer({ min: -30_000, max: 30_000 }).map((more) => sealed.length + more),
    fc.constantFrom(Number.NaN, 0.5, 2 ** 53, 2 ** 46 + 80_000, 0),
  )
  hunt('any part of a source that lies', fc.tuple(answers, sizes, ranges), async (it) => {
    const [list, size, range] = it
    let call = 0
    const read = async (offset: number, length: number) => {
      const lie = lies[list[call++] ?? 'truth']
      return lie(sealed.slice(offset, offset + length)) as Uint8Array
    }
    await checkRange({ size, read }, range)
  })
})
