import type { Bytes } from '../bytes'
import { backend } from '../crypto/current'
import { addProduct, fromLanes, invert, type Lanes, multiply, power, toLanes } from './gf256'

/** Where a polynomial is evaluated, and what it is there: as many bytes as the secret, each of a polynomial of its own. */
export interface Point {
  /** 0…255, public. */
  readonly x: number
  readonly y: Bytes
}

/**
 * Points x = 1…`shares` of fresh polynomials of degree `threshold` − 1 whose values at 0 are the bytes of the secret
 * (spec/raw-shamir.md §2). The caller has checked 2 ≤ threshold ≤ shares ≤ 255.
 *
 * Every coefficient is uniform over all 256 values, the highest too: were 0 left out, t − 1 shares would rule out one value of
 * every byte of the secret.
 */
export function evaluate(secret: Uint8Array, { shares, threshold }: SplitOptions): Point[] {
  const constant = toLanes(secret)
  const length = secret.length
  const sums = Array.from({ length: shares }, () => constant.slice())
  constant.fill(0)
  for (let degree = 1; degree < threshold; degree++) {
    const random = backend().randomBytes(length)
    const coefficients = toLanes(random)
    for (const [i, sum] of sums.entries()) addProduct(sum, coefficients, power(i + 1, degree))
    random.fill(0)
    coefficients.fill(0)
  }
  return sums.map((sum, i) => ({ x: i + 1, y: takeBytes(sum, length) }))
}

/** How a secret is split. */
export interface SplitOptions {
  /** How many shares there will be: 2 to 255. */
  readonly shares: number
  /** How many of them give the secret: 2 to `shares`. */
  readonly threshold: number
}

/**
 * The value at `at` (0…255) of the polynomials of lowest degree through all points (spec/raw-shamir.md §3). Points are public in
 * x and secret in y. Knows nothing of thresholds: too few points give noise, and a point at `at` gives its own y. Throws
 * RangeError without points, for an x that comes twice, and for unequal lengths.
 */
export function interpolate(points: readonly Point[], at: number): Bytes {
  const xs = points.map(({ x }) => x)
  const length = points[0]?.y.length
  if (length === undefined) throw new RangeError('points: none')
  if (new Set(xs).size < xs.length) throw new RangeError('points: an x twice')
  if (points.some(({ y }) => y.length !== length)) throw new RangeError('points: unequal lengths')
  const sum = toLanes(new Uint8Array(length))
  for (const { x, y } of points) {
    const lanes = toLanes(y)
    addProduct(sum, lanes, weight(x, xs, at))
    lanes.fill(0)
  }
  return takeBytes(sum, length)
}

/** Lagrange's weight of the point at x: Π (at − xⱼ) / (x − xⱼ), all public. Minus is plus here, and both are XOR. */
function weight(x: number, xs: readonly number[], at: number): number {
  let numerator = 1
  let denominator = 1
  for (const other of xs) {
    if (other === x) continue
    numerator = multiply(numerator, at ^ other)
    denominator = multiply(denominator, x ^ other)
  }
  return multiply(numerator, invert(denominator))
}

/** The bytes as a copy; the lanes are wiped. */
function takeBytes(lanes: Lanes, length: number): Bytes {
  const bytes = fromLanes(lanes, length)
  lanes.fill(0)
  return bytes
}
