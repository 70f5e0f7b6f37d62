import type { Bytes } from '../bytes'

/**
 * GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1, the field of AES (spec/raw-shamir.md §1), without tables and without branches on
 * secrets. Every product is of secret bytes and a public scalar, and only the scalar's bits decide what is done.
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
  const lanes = new Uint16Array(Math.ceil(bytes.length / LANES))
  new Uint8Array(lanes.buffer).set(bytes)
  return lanes
}

/** The first `length` bytes, as a view. */
export function fromLanes(lanes: Lanes, length: number): Bytes {
  return new Uint8Array(lanes.buffer, 0, length)
}

/** sum += factor · scalar, in every lane; the scalar is public, 0…255. */
export function addProduct(sum: Lanes, factor: Lanes, scalar: number): void {
  for (let i = 0; i < sum.length; i++) {
    sum[i] = (sum[i] as number) ^ timesPublic(factor[i] as number, scalar)
  }
}

/** Of public numbers, 0…255. */
export function multiply(a: number, b: number): number {
  return timesPublic(a, b)
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

/** A word of secret lanes times a public scalar, by double and add. */
function timesPublic(word: number, scalar: number): number {
  let product = 0
  let doubled = word
  for (let bits = scalar; bits > 0; bits >>>= 1) {
    if (bits & 1) product ^= doubled
    doubled = ((doubled << 1) & HIGH_BITS) ^ (((doubled >>> 7) & LOW_BITS) * REDUCTION)
  }
  return product
}
