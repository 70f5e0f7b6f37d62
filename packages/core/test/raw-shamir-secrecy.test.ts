/** That fewer shares than the threshold say nothing: by enumeration of all polynomials, and of all coefficients drawn. */
import { splitBytes } from '@zkeb/core/raw-shamir'
import { afterEach, describe, expect, test } from 'vitest'
import type { Bytes } from '../src/bytes'
import { backend, useBackend } from '../src/crypto/current'
import { multiply } from '../src/raw-shamir/gf256'

const usual = backend()
afterEach(() => useBackend(usual))

/** The next coefficients, instead of random ones: those of x, of x², and so on, for all bytes of the secret. */
function drawFrom(...rows: readonly Bytes[]): void {
  const left = rows.map((row) => row.slice())
  useBackend({ ...usual, randomBytes: () => left.shift() ?? new Uint8Array(0) })
}

/** Two bytes in every combination: the high ones, and the low ones, of 0…65535. */
const HIGH = Uint8Array.from({ length: 65_536 }, (_, i) => i >> 8)
const LOW = Uint8Array.from({ length: 65_536 }, (_, i) => i & 0xff)

/** Whether every pair of bytes, one of `a` and one of `b` at the same place, is there exactly once. */
function isEveryPairOnce(a: Uint8Array, b: Uint8Array): boolean {
  const seen = new Uint8Array(65_536)
  for (let i = 0; i < 65_536; i++) {
    const pair = ((a[i] as number) << 8) | (b[i] as number)
    seen[pair] = (seen[pair] as number) + 1
  }
  return !seen.some((count) => count !== 1)
}

describe('every value of a secret byte is as likely as any other', () => {
  test('one share of 2 of 255: one polynomial for every secret', () => {
    drawFrom(LOW)
    const shares = splitBytes(HIGH, { shares: 255, threshold: 2 })
    expect(shares.every((y) => isEveryPairOnce(HIGH, y))).toBe(true)
  })

  test('two shares of 3 of 5, whichever: one polynomial for every secret', () => {
    for (let secret = 0; secret < 256; secret++) {
      drawFrom(HIGH, LOW)
      const shares = splitBytes(new Uint8Array(65_536).fill(secret), { shares: 5, threshold: 3 })
      const pairs = shares.flatMap((one, i) =>
        shares.slice(i + 1).map((two) => [one, two] as const),
      )
      expect(pairs.length).toBe(10)
      expect(pairs.every(([one, two]) => isEveryPairOnce(one, two))).toBe(true)
    }
  })
})

describe('coefficients', () => {
  const MIB = 2 ** 20

  function countValues(bytes: Uint8Array): number[] {
    const counts = Array<number>(256).fill(0)
    for (const byte of bytes) counts[byte] = (counts[byte] as number) + 1
    return counts
  }

  test('are uniform, zero included, and in the highest place, too', () => {
    // Of the secret 0: y₁ = a + b and y₂ = 2a + 4b, and so b = (y₂ + 2y₁) / 6.
    const [y1, y2] = splitBytes(new Uint8Array(MIB), { shares: 3, threshold: 3 }) as [Bytes, Bytes]
    const sixth = Array.from({ length: 256 }, (_, b) => b).sort(
      (a, b) => multiply(a, 6) - multiply(b, 6),
    )
    const highest = y1
      .slice(0, MIB)
      .map((y, i) => sixth[multiply(y, 2) ^ (y2[i] as number)] as number)
    const lowest = highest.map((b, i) => b ^ (y1[i] as number))
    // 4096 of each are expected. Chernoff: one of 512 counts is a fifth off with a probability below 2⁻⁶⁸.
    for (const count of [...countValues(highest), ...countValues(lowest)]) {
      expect(Math.abs(count - MIB / 256)).toBeLessThan(MIB / 256 / 5)
    }
  })

  test('are wiped when they have been used', () => {
    const drawn: Bytes[] = []
    const randomBytes = (length: number) => {
      drawn.push(usual.randomBytes(length))
      return drawn.at(-1) as Bytes
    }
    useBackend({ ...usual, randomBytes })
    splitBytes(new Uint8Array(33), { shares: 5, threshold: 3 })
    expect(drawn).toEqual([new Uint8Array(33), new Uint8Array(33)])
  })
})
