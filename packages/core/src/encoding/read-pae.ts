import type { Bytes } from '../bytes'
import { malformed } from '../errors'

/** Of the number of pieces, and of each length. */
const LENGTH_BYTES = 8

/**
 * The pieces of a PAE, as views of `bytes`; the caller has bounded its length, and checks their number. Throws `FORMAT`, naming `name`, for
 * anything else. spec/envelope.md §1.
 */
export function readPae(bytes: Bytes, name: string): Bytes[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 0
  const left = () => bytes.length - offset
  const length = () => {
    if (left() < LENGTH_BYTES) throw malformed(name)
    const value = view.getBigUint64(offset, true)
    offset += LENGTH_BYTES
    // A piece takes eight bytes at least, so this bounds their number as well.
    if (value > left()) throw malformed(name)
    return Number(value)
  }
  const pieces = Array.from({ length: length() }, () => {
    const size = length()
    offset += size
    return bytes.subarray(offset - size, offset)
  })
  if (left() !== 0) throw malformed(name)
  return pieces
}
