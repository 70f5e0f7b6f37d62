import { type Bytes, isBytes } from '../bytes'
import { DIGEST_BYTES } from '../constants'

/** Checks of what programmers pass: a TypeError or RangeError names the argument, never its content. */

/** Misspelt, an option would be without effect, and an envelope without expiry. */
export function assertNoMore(unknown: object): void {
  const [name] = Object.keys(unknown)
  if (name) throw new TypeError(`no option ${name}`)
}

/** A copy of exactly so many bytes; those of a digest, where not told. Throws a TypeError. */
export function copyBytes(value: unknown, name: string, length = DIGEST_BYTES): Bytes {
  if (isBytes(value) && value.length === length) return new Uint8Array(value)
  throw new TypeError(`${name}: a Uint8Array of ${length} bytes`)
}

/** Throws a RangeError. */
export function assertWithin(
  value: number,
  name: string,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  throw new RangeError(`${name}: a whole number from ${min} to ${max}`)
}

/** Throws a TypeError that names what is none. */
export function assertArrays(named: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(named)) {
    if (!Array.isArray(value)) throw new TypeError(`${name}: an array`)
  }
}
