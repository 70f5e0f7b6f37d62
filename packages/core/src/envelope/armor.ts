import { isBytes } from '../bytes'
import { MAX_CONTENT_BYTES, MAX_HEADER_BYTES } from '../constants'
import { fromBase64, toBase64 } from '../encoding/base64'
import { tooLarge, ZkebError } from '../errors'
import { type EnvelopeInput, encode } from './shapes'

const BEGIN = '-----BEGIN ZKEB ENVELOPE-----'
const END = '-----END ZKEB ENVELOPE-----'
/** spec/envelope.md §8.4: characters of every line of Base64 but the last, which may be shorter. */
const LINE_CHARACTERS = 64
/** Magic, three lengths, and a signature of any length that two bytes can tell. */
const MAX_BINARY_BYTES = MAX_HEADER_BYTES + MAX_CONTENT_BYTES + 14 + 0xffff
/** Base64, with CR LF after every line; and as much again of white space around it as a mail has. */
const MAX_ARMOR_CHARACTERS = Math.ceil(((MAX_BINARY_BYTES * 4) / 3) * (66 / 64)) + 65_536

/**
 * Writes an envelope as text for mails and files: its binary form as Base64 in lines of 64 characters between
 * `-----BEGIN ZKEB ENVELOPE-----` and `-----END ZKEB ENVELOPE-----`, each line ended by LF (spec/envelope.md §8.4).
 * Throws `FORMAT` and the like for a bad envelope.
 */
export function armor(envelope: EnvelopeInput): string {
  return write(encode(envelope))
}

/**
 * The binary form, for `open` and `decode`, out of an armored text. White space around the text and CR LF for LF are
 * taken, since mails and clipboards add them; otherwise there is one text for an envelope. Throws `FORMAT` for any
 * other text, `LIMIT` beyond what the largest envelope takes, and a TypeError for what is not text. The envelope itself is not looked at.
 */
export function dearmor(text: string): Uint8Array {
  if (typeof text !== 'string')
    throw new TypeError(`text: a string${isBytes(text) ? ', not bytes' : ''}`)
  if (text.length > MAX_ARMOR_CHARACTERS) throw tooLarge('the text')
  const lines = `${text.trim()}\n`.replaceAll('\r\n', '\n')
  const body = lines.slice(BEGIN.length, -END.length - 1)
  const bytes = fromBase64(body.replaceAll('\n', ''), 'the armored text')
  // The one text of these bytes: nothing between the lines, none too short or too long.
  if (bytes.length > 0 && write(bytes) === lines) return bytes
  throw new ZkebError('FORMAT', 'not an armored envelope', {
    hint: `the text must be whole, from ${BEGIN} to ${END}`,
  })
}

function write(bytes: Uint8Array): string {
  const base64 = toBase64(bytes)
  const lines = [BEGIN]
  for (let i = 0; i < base64.length; i += LINE_CHARACTERS) {
    lines.push(base64.slice(i, i + LINE_CHARACTERS))
  }
  return [...lines, END, ''].join('\n')
}
