import type { Bytes } from '../bytes'

/**
 * GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1, the field of AES (spec/raw-shamir.md §1). Every product is of secret bytes and a public
 * scalar, and is made without tables, branches and multiplications: with shifts and masks that are the same whatever the secret.
 *
 * Bytes lie in lanes, two in a 16-bit word. A word of four would be faster still, but has values beyond 2³⁰, which engines with
 * 31-bit small integers put on the heap while code is not yet optimised: there, time and memory would depend on the secret.
 */
export type Lanes = Uint16Array<ArrayBuffer>

const LANES = 2
/** The lowest bit of each lane, and all others. */
const LOW_BITS = 0x0101
const HIGH_BITS = 0xfefe
/** What x⁸ is: x⁴ + x³ + x + 1. */
const REDUCTION = 0x1b
/** aⁿ = a⁻¹ for n = 2⁸ − 2. */
const INVERSE_EXPONENT = 254

/** Copies bytes of any memory, shared too; zeros fill the last word. To be wiped as the bytes are. */
export function toLanes(bytes: Uint8Array): Lanes {
  const buffer = new ArrayBuffer(LANES * Math.ceil(bytes.length / LANES))
  new Uint8Array(buffer).set(bytes)
  return new Uint16Array(buffer)
}

/** A copy of the first `length` bytes. */
export function fromLanes(lanes: Lanes, length: number): Bytes {
  return new Uint8Array(lanes.buffer, 0, length).slice()
}

/**
 * sum += factor · scalar, in every lane; the scalar is public, 0…255.
 *
 * Multiplication is linear: where bit k of a lane of the factor is set, scalar · xᵏ is added to that lane of the sum.
 */
export function addProduct(sum: Lanes, factor: Lanes, scalar: number): void {
  const c0 = scalar * LOW_BITS
  const c1 = double(c0)
  const c2 = double(c1)
  const c3 = double(c2)
  const c4 = double(c3)
  const c5 = double(c4)
  const c6 = double(c5)
  const c7 = double(c6)
  // Written out: as a loop over eight numbers it takes twice as long.
  for (let i = 0; i < sum.length; i++) {
    const word = factor[i] as number
    const product =
      (spread(word) & c0) ^
      (spread(word >>> 1) & c1) ^
      (spread(word >>> 2) & c2) ^
      (spread(word >>> 3) & c3) ^
      (spread(word >>> 4) & c4) ^
      (spread(word >>> 5) & c5) ^
      (spread(word >>> 6) & c6) ^
      (spread(word >>> 7) & c7)
    sum[i] = (sum[i] as number) ^ product
  }
}

/** Of public numbers, 0…255. */
export function multiply(a: number, b: number): number {
  let product = 0
  let doubled = a
  for (let bits = b; bits > 0; bits >>>= 1) {
    if (bits & 1) product ^= doubled
    doubled = double(doubled)
  }
  return product
}

/** aⁿ of a public number; 1 for n = 0. */
export function power(a: number, n: number): number {
  let result = 1
  let square = a
  for (let bits = n; bits > 0; bits >>>= 1) {
    if (bits & 1) result = multiply(result, square)
    square = multiply(square, square)
  }
  return result
}

/** a⁻¹ of a public number, which is not 0. */
export function invert(a: number): number {
  return power(a, INVERSE_EXPONENT)
}

/** The lowest bit of each lane as all eight of it: 255 is 256 − 1, and no lane borrows from another. */
function spread(word: number): number {
  const bits = word & LOW_BITS
  return (bits << 8) - bits
}

/** x times each lane, of public numbers. */
function double(word: number): number {
  return ((word << 1) & HIGH_BITS) ^ (((word >>> 7) & LOW_BITS) * REDUCTION)
}
