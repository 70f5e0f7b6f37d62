import { combineBytes, splitBytes } from '@zkeb/core/raw-shamir'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { evaluate, interpolate } from '../src/raw-shamir/polynomial'

const MIB = 2 ** 20
const SECRET = patternBytes(33)

function subsets<T>(of: readonly T[]): T[][] {
  const [first, ...others] = of
  if (first === undefined) return [[]]
  return subsets(others).flatMap((some) => [some, [first, ...some]])
}

describe('every t of n up to 6', () => {
  const plans = [2, 3, 4, 5, 6].flatMap((shares) =>
    [2, 3, 4, 5, 6].filter((t) => t <= shares).map((threshold) => ({ shares, threshold })),
  )

  test.each(plans)('$threshold of $shares', (options) => {
    const shares = splitBytes(SECRET, options)
    expect(shares.map((share) => share.at(-1))).toEqual([1, 2, 3, 4, 5, 6].slice(0, options.shares))
    for (const some of subsets(shares).filter(({ length }) => length >= 2)) {
      const enough = some.length >= options.threshold
      expect(Buffer.compare(combineBytes(some), SECRET) === 0).toBe(enough)
      expect(Buffer.compare(combineBytes([...some].reverse()), SECRET) === 0).toBe(enough)
    }
  })
})

describe('sizes', () => {
  test.each([1, 2, 3, 4, 5, 31, 32, 65_537, MIB])('a secret of %d bytes', (length) => {
    const secret = patternBytes(length)
    const shares = splitBytes(secret, { shares: 3, threshold: 2 })
    expect(shares.map((share) => share.length)).toEqual(Array(3).fill(length + 1))
    expect(Buffer.compare(combineBytes(shares.slice(1)), secret)).toBe(0)
  })

  test('255 of 255', () => {
    const shares = splitBytes(SECRET, { shares: 255, threshold: 255 })
    expect(combineBytes(shares)).toEqual(SECRET)
    expect(combineBytes(shares.slice(1))).not.toEqual(SECRET)
  })

  test('two splits of one secret have nothing in common', () => {
    const split = () => splitBytes(SECRET, { shares: 2, threshold: 2 })
    expect(split()).not.toEqual(split())
  })
})

describe('memory', () => {
  /** The bytes amid others, at an odd place. */
  function amid(bytes: Uint8Array, buffer: ArrayBufferLike): Uint8Array {
    new Uint8Array(buffer).fill(0xaa).set(bytes, 5)
    return new Uint8Array(buffer, 5, bytes.length)
  }
  const kinds: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['a view', (bytes) => amid(bytes, new ArrayBuffer(bytes.length + 9))],
    ['shared memory', (bytes) => amid(bytes, new SharedArrayBuffer(bytes.length + 9))],
    ['a Buffer', (bytes) => Buffer.from(bytes)],
  ]

  test.each(kinds)('%s is read, and left as it was', (_name, make) => {
    const secret = make(SECRET)
    const shares = splitBytes(secret, { shares: 5, threshold: 3 }).map(make)
    const before = shares.map((share) => Uint8Array.from(share))
    const back = combineBytes([shares[4], shares[0], shares[2]] as Uint8Array[])
    expect([...back]).toEqual([...SECRET])
    expect([...secret]).toEqual([...SECRET])
    expect(shares.map((share) => [...share])).toEqual(before.map((share) => [...share]))
  })

  test('what is returned is memory of its own, and nothing else is in it', () => {
    const shares = splitBytes(SECRET, { shares: 5, threshold: 3 })
    const all = [...shares, combineBytes(shares)]
    for (const { buffer, length } of all) expect(buffer.byteLength).toBe(length)
    expect(new Set(all.map(({ buffer }) => buffer)).size).toBe(6)
  })
})

describe('misuse', () => {
  const secret = new Uint8Array(1)
  const split = (shares: unknown, threshold: unknown) => () =>
    splitBytes(secret, { shares, threshold } as { shares: number; threshold: number })

  test.each([
    ['secret', () => splitBytes('secret' as never, { shares: 3, threshold: 2 })],
    ['secret', () => splitBytes(new Uint8Array(0), { shares: 3, threshold: 2 })],
    ['shares', split(1, 1)],
    ['shares', split(256, 2)],
    ['shares', split(2.5, 2)],
    ['shares', split('3', 2)],
    ['shares', split(undefined, 2)],
    ['threshold', split(3, 1)],
    ['threshold', split(3, 0)],
    ['threshold', split(3, 4)],
    ['threshold', split(3, Number.NaN)],
    ['threshold', split(3, undefined)],
    ['shares', () => combineBytes('shares' as never)],
    ['shares', () => combineBytes(undefined as never)],
    ['shares[1]', () => combineBytes([new Uint8Array([0, 1]), 'share'] as never)],
  ])('names %s (%#)', async (name, work) => {
    expect(await misuseOf(work)).toContain(`${name}: `)
  })

  test('beyond 1 MiB', async () => {
    const large = new Uint8Array(MIB + 2)
    const options = { shares: 3, threshold: 2 }
    expect(await outcomeOf(() => splitBytes(large.subarray(1), options))).toBe('LIMIT')
    expect(await outcomeOf(() => combineBytes([large, large]))).toBe('LIMIT')
  })
})

describe('for the layer above', () => {
  test('points are the shares', () => {
    const points = evaluate(SECRET, { shares: 5, threshold: 3 })
    const shares = points.map(({ x, y }) => Uint8Array.of(...y, x))
    expect(combineBytes(shares.slice(2))).toEqual(SECRET)
  })

  test('any three of five points give the other two', () => {
    const points = evaluate(SECRET, { shares: 5, threshold: 3 })
    for (const some of subsets(points).filter(({ length }) => length === 3)) {
      for (const { x, y } of points) expect(interpolate(some, x)).toEqual(y)
    }
  })

  test.each([
    ['none', []],
    ['an x twice', [1, 2, 1].map((x) => ({ x, y: new Uint8Array(1) }))],
    ['unequal lengths', [1, 2].map((x) => ({ x, y: new Uint8Array(x) }))],
  ])('no interpolation of %s', async (name, points) => {
    expect(await misuseOf(() => interpolate(points, 0))).toBe(`points: ${name}`)
  })
})
