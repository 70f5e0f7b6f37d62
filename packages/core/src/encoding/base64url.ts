import type { Bytes } from '../bytes'
import { fromBase64, toBase64 } from './base64'

/** Base64url (RFC 4648 §5) without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Decodes the one canonical text of some bytes. Throws `FORMAT` for any other text. */
export function fromBase64Url(text: string, name: string): Bytes {
  // The other alphabet would be a second way to write the same key.
  const base64 = text.replaceAll(/[+/=]/g, '*').replaceAll('-', '+').replaceAll('_', '/')
  return fromBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='), name)
}
