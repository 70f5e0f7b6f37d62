import type { Bytes } from '../bytes'
import { backend } from '../crypto/current'
import { malformed } from '../errors'

/** Base64 with padding (RFC 4648 §4), no newlines. */
export function toBase64(bytes: Uint8Array): string {
  return backend().encodeBase64(bytes)
}

/**
 * Decodes the one canonical Base64 text of some bytes. Throws `FORMAT` for any other text: platform decoders skip
 * white space, take the URL alphabet, or ignore the unused bits of the last character, and then two
 * texts would mean one envelope.
 */
export function fromBase64(text: string, name: string): Bytes {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const length = (text.length / 4) * 3 - padding
  if (text.length % 4 === 0 && !text.includes('-') && !text.includes('_')) {
    const bytes = backend().decodeBase64(text)
    // A skipped character makes the result shorter; unused bits show when the last group is written again.
    const tail = Math.max(0, text.length - 4)
    if (bytes?.length === length && toBase64(bytes.subarray((tail / 4) * 3)) === text.slice(tail)) {
      return bytes
    }
  }
  throw malformed(`the Base64 of ${name}`)
}
