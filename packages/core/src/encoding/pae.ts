import { type Bytes, concatBytes, u64, utf8 } from '../bytes'

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
