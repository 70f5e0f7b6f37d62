import { MAX_JSON_CHARACTERS, MAX_JSON_COMMAS, MAX_JSON_DEPTH } from '../constants'
import { malformed, tooLarge } from '../errors'

/** An envelope's JSON holds metadata, which may be as deep as metadata may. */
const MAX_DEPTH = MAX_JSON_DEPTH + 1
const NUMBER = /[-\d.eE+]+/y
const WORD_OR_SPACE = /true|false|null|[ \t\r\n]+/y
const COLON = /[ \t\r\n]*:/y

/**
 * JSON.parse that refuses what parsers disagree on: a key that stands twice in one object, and a number that is
 * not an integer written plainly (so nothing is rounded on the way). Throws `FORMAT`, and `LIMIT` beyond what an
 * envelope can need.
 */
export function parseStrictJson(text: string): unknown {
  if (text.length > MAX_JSON_CHARACTERS) throw tooLarge('the JSON')
  const keys = scan(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The engine's message quotes the text: it must not travel.
    throw malformed('the JSON')
  }
  // JSON.parse keeps the last of two members with one key, so fewer keys come out than went in.
  if (keys !== countKeys(value)) throw malformed('a JSON key that stands twice')
  return value
}

/** One pass over the tokens, before anything is built from them: bounds numbers, depth and size, counts keys. */
function scan(text: string): number {
  let keys = 0
  let depth = 0
  let commas = 0
  for (let i = 0; i < text.length; ) {
    const character = text[i] as string
    if (character === '"') {
      i = endOfString(text, i)
      if (matchAt(COLON, text, i)) keys++
    } else if (matchAt(WORD_OR_SPACE, text, i)) {
      i = WORD_OR_SPACE.lastIndex
    } else if (matchAt(NUMBER, text, i)) {
      if (!isPlainInteger(text.slice(i, NUMBER.lastIndex))) {
        throw malformed('a JSON number')
      }
      i = NUMBER.lastIndex
    } else {
      if (!'{}[],:'.includes(character)) throw malformed('the JSON')
      if (character === '{' || character === '[') depth++
      if (character === '}' || character === ']') depth--
      if (character === ',' && ++commas > MAX_JSON_COMMAS) throw tooLarge('the JSON')
      if (depth > MAX_DEPTH) throw malformed('the depth of the JSON')
      i++
    }
  }
  return keys
}

/** The index behind the closing quote: the first one that an even number of backslashes stands before. */
function endOfString(text: string, start: number): number {
  for (let quote = start; ; ) {
    quote = text.indexOf('"', quote + 1)
    if (quote < 0) throw malformed('the JSON')
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote + 1
  }
}

function matchAt(sticky: RegExp, text: string, index: number): boolean {
  sticky.lastIndex = index
  return sticky.test(text)
}

function isPlainInteger(token: string): boolean {
  return /^(?:0|-?[1-9]\d{0,15})$/.test(token) && Number.isSafeInteger(Number(token))
}

/** Recursion is bounded: scan() has refused deep nesting. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce((sum: number, child) => sum + countKeys(child), own)
}
