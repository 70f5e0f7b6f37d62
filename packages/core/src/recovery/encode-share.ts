import { type Bytes, isBytes, wipe } from '../bytes'
import { readEntry } from './assess'
import { QUIET_ZONE } from './constants'
import { badShare } from './report'
import { writeLines, writeOneLine } from './text'

/**
 * A share as text that people can type: 7 to 10 numbered lines, each with check characters of its own (spec/recovery.md §5), LF
 * between them. As secret as the share. Throws `SHARES` for bytes that have not the form of a share.
 */
export function encodeShare(share: Uint8Array): string {
  return readForm(share, writeLines)
}

/**
 * Reads a share that was typed, or scanned from its QR code; other lines of a kit around it may stay. Nothing is
 * corrected: the `lines` in the report of `SHARES` are the numbers of those to look at again. Proves nothing yet: see
 * {@link inspectShare}.
 */
export function decodeShare(text: string): Uint8Array {
  if (typeof text !== 'string') throw new TypeError('text: a string')
  const entry = readEntry(text, 'text')
  if ('fault' in entry) throw badShare(entry.fault)
  return entry.share.bytes
}

/**
 * A share as a QR code: the text of an SVG image without a size of its own, for a square of at least 3 cm (spec/recovery.md §5). As secret as the
 * share. Throws `SHARES` for bytes that have not the form of a share.
 */
export async function shareQr(share: Uint8Array): Promise<string> {
  const text = readForm(share, writeOneLine)
  const { encodeQR } = await import('qr')
  return encodeQR(text, 'svg', { encoding: 'alphanumeric', ecc: 'medium', border: QUIET_ZONE })
}

function readForm(share: Uint8Array, write: (bytes: Bytes) => string): string {
  if (!isBytes(share)) throw new TypeError('share: a Uint8Array')
  const entry = readEntry(share, 'share')
  if ('fault' in entry) throw badShare(entry.fault)
  const text = write(entry.share.bytes)
  wipe(entry.share.bytes)
  return text
}
