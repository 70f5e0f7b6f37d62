import { malformed } from '../errors'

/**
 * Padmé (Nikitin et al., PoPETs 2019, §4): the length that hides a length up to its leading bits; at most 12 % more
 * (spec/backup.md §4). For whole numbers up to 2^53-1.
 */
export function padmeLength(length: number): number {
  if (length < 2) return length
  const exponent = floorLog2(length)
  const step = 2 ** (exponent - floorLog2(exponent) - 1)
  return Math.ceil(length / step) * step
}

/** Exact, where Math.log2() rounds. */
function floorLog2(value: number): number {
  return value.toString(2).length - 1
}

/** Throws `FORMAT` unless the plaintext is as long as content of `size` bytes, padded or not. */
export function assertPadded(plaintextBytes: number, size: number): void {
  if (plaintextBytes === size || plaintextBytes === padmeLength(size)) return
  throw malformed('the size of the content')
}

/** Throws `FORMAT` where padding is anything but zeros. */
export function assertZeros(padding: Uint8Array): void {
  if (padding.some((byte) => byte !== 0)) throw malformed('the padding')
}
