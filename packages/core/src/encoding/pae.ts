import { type Bytes, concatBytes, u64, utf8 } from '../bytes'
import { malformed } from '../errors'

/**
 * Pre-authentication encoding (PASETO, "PAE"): LE64(count), then LE64(length) and the bytes of every piece, so
 * that no two lists of pieces encode alike. Text pieces are UTF-8. spec/envelope.md §1.
 */
export function pae(pieces: readonly (Uint8Array | string)[]): Bytes {
  const parts: Uint8Array[] = [u64(pieces.length, true)]
  for (const piece of pieces) {
    const bytes = typeof piece === 'string' ? utf8(piece) : piece
    parts.push(u64(bytes.length, true), bytes)
  }
  return concatBytes(...parts)
}

/** An optional piece: 00 when absent, 01 ‖ value when present, so that absent differs from empty. */
export function optional(value: Uint8Array | string | undefined): Bytes {
  if (value === undefined) return Uint8Array.of(0)
  return concatBytes(Uint8Array.of(1), typeof value === 'string' ? utf8(value) : value)
}

/** Of the count, and of each length. */
export const PAE_LENGTH_BYTES = 8

/**
 * The pieces of an encoding made by {@link pae}, copied. Throws `FORMAT` unless `bytes` are exactly one, of `min` to `max`
 * pieces. `what` names it in the message.
 */
export function readPae(
  bytes: Uint8Array,
  what: string,
  { min, max }: { readonly min: number; readonly max: number },
): Bytes[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 0
  const length = (limit: number): number => {
    if (bytes.length - offset < PAE_LENGTH_BYTES) throw malformed(what)
    const value = view.getBigUint64(offset, true)
    offset += PAE_LENGTH_BYTES
    if (value > BigInt(limit)) throw malformed(what)
    return Number(value)
  }
  const count = length(max)
  if (count < min) throw malformed(what)
  const pieces = Array.from({ length: count }, () => {
    const size = length(bytes.length)
    if (size > bytes.length - offset) throw malformed(what)
    const start = offset
    offset += size
    // Not slice(): on a Node Buffer that is a view.
    return new Uint8Array(bytes.subarray(start, offset))
  })
  if (offset !== bytes.length) throw malformed(what)
  return pieces
}

/** How many pieces an encoding claims to have; 0 where it is too short to say. */
export function paeCount(bytes: Uint8Array): number {
  if (bytes.length < PAE_LENGTH_BYTES) return 0
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
}
