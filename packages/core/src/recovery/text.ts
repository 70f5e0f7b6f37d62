import { bech32m } from '@scure/base'
import { type Bytes, concatBytes, wipe } from '../bytes'
import {
  GROUP_CHARACTERS,
  LINE_BYTES,
  LINE_PREFIX,
  MAX_LINES,
  MAX_TEXT_CHARACTERS,
  MIN_LINES,
  SHARE_PREFIX,
} from './constants'
import { readShare, type Share } from './share'

/** Lines of a share that are wrong or missing, numbered from 1 as they are printed; none where no line has a number. */
interface WrongLines {
  readonly lines: readonly number[]
}

/** A share as the lines that people type, numbered, LF between them (spec/recovery.md §5). */
export function writeLines(share: Bytes): string {
  const lines: string[] = []
  for (let start = 0; start < share.length; start += LINE_BYTES) {
    const number = String(lines.length + 1).padStart(2, '0')
    const data = pack(LINE_PREFIX + number, share.subarray(start, start + LINE_BYTES))
    const groups = data.match(new RegExp(`.{1,${GROUP_CHARACTERS}}`, 'g')) ?? []
    lines.push([number, ...groups].join(' '))
  }
  return lines.join('\n')
}

/** A share as what its QR code holds (spec/recovery.md §5): at most 242 characters of the alphanumeric mode. */
export function writeOneLine(share: Bytes): string {
  return `${SHARE_PREFIX}1`.toUpperCase() + pack(SHARE_PREFIX, share)
}

/** Reads either form, or says what is wrong. The share's bytes are its own. */
export function parseText(text: string): Share | WrongLines | 'format' | 'version' {
  if (text.length > MAX_TEXT_CHARACTERS) return 'format'
  const [, whole] = /^\s*zkebshare1([0-9a-z]+)\s*$/i.exec(text) ?? []
  const bytes = whole === undefined ? readLines(text) : unpack(SHARE_PREFIX, whole)
  if (bytes === undefined) return 'format'
  if ('lines' in bytes) return bytes
  const share = readShare(bytes)
  if (typeof share === 'string') wipe(bytes)
  return share
}

/** The bytes of all lines. Lines that begin with no number are no part of it. */
function readLines(text: string): Bytes | WrongLines {
  const found = new Map<number, Bytes | undefined>()
  const wrong = new Set<number>()
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, digits, typed] = /^[ \t\u00a0]*(\d{1,2})[.:]?[ \t\u00a0](.*)$/.exec(line) ?? []
    if (digits === undefined || typed === undefined) continue
    const number = Number(digits)
    if (number < 1 || number > MAX_LINES || found.has(number)) wrong.add(number)
    else found.set(number, unpackLine(number, typed))
  }
  if (found.size + wrong.size === 0) return { lines: [] }

  const last = lastLine(found)
  const parts: Bytes[] = []
  for (let number = 1; number <= last; number++) {
    const part = found.get(number) ?? new Uint8Array(0)
    const fits = number < last ? part.length === LINE_BYTES : part.length > 0
    if (!fits) wrong.add(number)
    parts.push(part)
  }
  const bytes = concatBytes(...parts)
  wipe(...parts)
  if (wrong.size === 0) return bytes
  wipe(bytes)
  return { lines: [...wrong].sort((a, b) => a - b) }
}

/** The last line there has to be. No share fills its last line, so that behind a full one something is missing. */
function lastLine(found: ReadonlyMap<number, Bytes | undefined>): number {
  const highest = Math.max(...found.keys())
  const isFull = found.get(highest)?.length === LINE_BYTES
  return Math.min(MAX_LINES, Math.max(MIN_LINES, isFull ? highest + 1 : highest))
}

function unpackLine(number: number, typed: string): Bytes | undefined {
  const bytes = unpack(
    LINE_PREFIX + String(number).padStart(2, '0'),
    typed.replace(/[ \t\u00a0-]/g, ''),
  )
  return bytes && bytes.length <= LINE_BYTES ? bytes : undefined
}

/** Bech32m (BIP-350) without its prefix and separator, upper case. */
function pack(prefix: string, bytes: Bytes): string {
  const text = bech32m.encode(prefix, bech32m.toWords(bytes), false)
  return text.slice(prefix.length + 1).toUpperCase()
}

/** Undefined for a wrong character or check, and for unused bits that are not zero. */
function unpack(prefix: string, typed: string): Bytes | undefined {
  // Only ASCII: there are letters elsewhere whose lower case is one of the alphabet.
  if (!/^[0-9a-z]+$/i.test(typed)) return undefined
  const decoded = bech32m.decodeUnsafe(`${prefix}1${typed.toLowerCase()}`, false)
  // A 1 in what was typed would be taken for the separator.
  if (!decoded || decoded.prefix !== prefix) return undefined
  const bytes = bech32m.fromWordsUnsafe(decoded.words)
  return bytes ? new Uint8Array(bytes) : undefined
}
