/** What every platform has that is not Node, with SubtleCrypto or without. */
import type { Bytes } from '../bytes'

/** getRandomValues gives at most this many bytes a call. */
const MAX_RANDOM_BYTES = 65_536
/** String.fromCharCode takes its bytes as arguments: keep below every engine's limit. */
const BINARY_STRING_BYTES = 8_192

export function randomBytes(length: number): Bytes {
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i += MAX_RANDOM_BYTES) {
    crypto.getRandomValues(out.subarray(i, i + MAX_RANDOM_BYTES))
  }
  return out
}

/** RFC 4648 §4, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(toBinary(bytes))
}

/** Lenient; undefined for what atob() refuses. */
export function decodeBase64(text: string): Bytes | undefined {
  try {
    return fromBinary(atob(text))
  } catch {
    return undefined
  }
}

/** Bytes as text of as many characters, of U+0000 to U+00FF. */
export function toBinary(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += BINARY_STRING_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(i, i + BINARY_STRING_BYTES))
  }
  return binary
}

export function fromBinary(binary: string): Bytes {
  const out = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i)
  return out
}
