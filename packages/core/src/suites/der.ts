import type { Bytes } from '../bytes'
import { ZkebError } from '../errors'

/** §9: three times a private RSA key of 8192 bits. */
const MAX_DER_BYTES = 16_384

/**
 * Throws `KEY` unless the bytes are one DER SEQUENCE and nothing else (X.690 §8.1.3, §10.1): platforms ignore what
 * stands behind its end.
 */
export function assertOneSequence(der: Bytes): void {
  if (der.length <= MAX_DER_BYTES && isOneSequence(der)) return
  throw new ZkebError('KEY', 'not one DER structure', {
    hint: 'the key is cut or has an appendix',
  })
}

function isOneSequence([tag, first = 0, ...rest]: Uint8Array): boolean {
  if (tag !== 0x30 || first < 0x80) return tag === 0x30 && rest.length === first
  const size = first - 0x80
  const length = rest.slice(0, size).reduce((sum, byte) => sum * 256 + byte, 0)
  return size > 0 && size <= 4 && rest.length - size === length
}
