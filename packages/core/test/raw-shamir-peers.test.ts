/** Beside `shamir-secret-sharing` (audited, the same layout) and `secrets.js-grempe`: what is shared, and what is refused. */
import { combineBytes, splitBytes } from '@zkeb/core/raw-shamir'
import secrets from 'secrets.js-grempe'
import { combine, split } from 'shamir-secret-sharing'
import { describe, expect, test } from 'vitest'
import { bytesToHex, patternBytes } from '../../../test/support/bytes'
import { errorOf, outcomeOf } from '../../../test/support/outcome'

const SECRET = patternBytes(32)
const OPTIONS = { shares: 5, threshold: 3 }

type Shares = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]

const ours = () => splitBytes(SECRET, OPTIONS) as Shares & Uint8Array<ArrayBuffer>[]
const theirs = () => secrets.share(bytesToHex(SECRET), OPTIONS.shares, OPTIONS.threshold)

function withX(share: Uint8Array, x: number): Uint8Array {
  return Uint8Array.of(...share.subarray(0, -1), x)
}

describe('shares go both ways', () => {
  const plans = [
    { shares: 2, threshold: 2 },
    { shares: 5, threshold: 3 },
    { shares: 255, threshold: 2 },
    { shares: 255, threshold: 128 },
  ]

  test.each(plans)('$threshold of $shares, ours to shamir-secret-sharing', async (options) => {
    const shares = splitBytes(SECRET, options)
    expect(await combine(shares.slice(-options.threshold))).toEqual(SECRET)
  })

  test.each(plans)('$threshold of $shares, of shamir-secret-sharing to us', async (options) => {
    const shares = await split(SECRET, options.shares, options.threshold)
    expect(combineBytes(shares.slice(-options.threshold))).toEqual(SECRET)
  })
})

describe('ours refuses what others let pass', () => {
  test('x = 0: who hands it in chooses the secret (shamir-secret-sharing gives it back)', async () => {
    const [a, b] = ours()
    const forged = withX(new Uint8Array(33).fill(0x66), 0)
    expect(await combine([a, b, forged])).toEqual(new Uint8Array(32).fill(0x66))
    for (const shares of [
      [a, b, forged],
      [forged, a, b],
      [a, forged],
    ]) {
      const error = await errorOf(() => combineBytes(shares))
      expect(error).toMatchObject({ code: 'FORMAT' })
      expect(String(error)).toContain(`shares[${shares.indexOf(forged)}]`)
    }
  })

  test('the same share twice (secrets.js counts it once, and gives noise)', async () => {
    const [a, b] = ours()
    expect(await outcomeOf(() => combineBytes([a, b, a]))).toBe('FORMAT')
    const [one, two] = theirs() as [string, string]
    expect(secrets.combine([one, two, one])).not.toBe(bytesToHex(SECRET))
  })

  test('two shares that claim one x (secrets.js takes the first, and says nothing)', async () => {
    const [a, b, c, d] = ours()
    const error = await errorOf(() => combineBytes([a, b, c, withX(d, 2)]))
    expect(error).toMatchObject({ code: 'FORMAT' })
    expect(String(error)).toContain('shares[3] has the same x as shares[1]')
    const [one, two, three, four] = theirs() as [string, string, string, string]
    const claimed = two.slice(0, 3) + four.slice(3)
    expect(secrets.combine([one, two, three, claimed])).toBe(bytesToHex(SECRET))
  })

  test('unequal lengths (secrets.js fills up, and gives noise)', async () => {
    const [a, b, c] = ours()
    const cut = Uint8Array.of(...c.subarray(1))
    const longer = Uint8Array.of(0, ...c)
    for (const other of [cut, longer]) {
      const error = await errorOf(() => combineBytes([a, b, other]))
      expect(error).toMatchObject({ code: 'FORMAT' })
      expect(String(error)).toContain('shares[2]')
    }
    const [one, two, three] = theirs() as [string, string, string]
    expect(secrets.combine([one, two, three.slice(0, -2)])).not.toBe(bytesToHex(SECRET))
  })

  test('too few: none, or one (secrets.js takes one for enough)', async () => {
    const [a] = ours()
    expect(await outcomeOf(() => combineBytes([]))).toBe('FORMAT')
    expect(await outcomeOf(() => combineBytes([a]))).toBe('FORMAT')
    const [one] = theirs() as [string]
    expect(secrets.combine([one])).not.toBe(bytesToHex(SECRET))
  })

  test('too many, and too short', async () => {
    const [a] = ours()
    const many = Array.from({ length: 256 }, (_, i) => withX(a, i))
    expect(await outcomeOf(() => combineBytes(many))).toBe('FORMAT')
    expect(await outcomeOf(() => combineBytes([Uint8Array.of(1), Uint8Array.of(2)]))).toBe('FORMAT')
    expect(await outcomeOf(() => combineBytes([new Uint8Array(0), a]))).toBe('FORMAT')
  })

  test('coefficients that are never zero (those of secrets.js): one share of two rules a value out', () => {
    // Share 1 of a polynomial of degree 1 is secret + coefficient: equal to the secret where that is 0.
    const zeros = new Uint8Array(65_536)
    const [share] = splitBytes(zeros, { shares: 2, threshold: 2 }) as [Uint8Array]
    // 256 of 65 536 are expected, none with a probability of e⁻²⁵⁶.
    expect(share.subarray(0, -1).filter((y) => y === 0).length).toBeGreaterThan(0)
    const [text] = secrets.share(bytesToHex(zeros), 2, 2, 1) as [string]
    const theirYs = text.slice(-2 * 65_536).match(/../g) as string[]
    expect(theirYs.filter((y) => y === '00').length).toBe(0)
  })
})

test('below the threshold raw shares are noise without an error, as everywhere: recovery sets refuse', async () => {
  const [a, b] = ours()
  expect(combineBytes([a, b])).not.toEqual(SECRET)
  expect(await combine([a, b])).not.toEqual(SECRET)
})
