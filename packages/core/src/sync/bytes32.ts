import { type Bytes, isBytes } from '../bytes'
import { DIGEST_BYTES } from '../constants'

/** A copy of a caller's 32 bytes. Throws a TypeError that names `name`. */
export function toBytes32(value: unknown, name: string): Bytes {
  if (!isBytes(value) || value.length !== DIGEST_BYTES) {
    throw new TypeError(`${name}: a Uint8Array of ${DIGEST_BYTES} bytes`)
  }
  return new Uint8Array(value)
}
