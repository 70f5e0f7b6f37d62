import { MAX_JSON_DEPTH } from '../constants'
import { ZkebError } from '../errors'

/** An envelope's JSON holds metadata, which may be as deep as metadata may. */
const MAX_DEPTH = MAX_JSON_DEPTH + 1

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(?<key>\s*:)?|(?<number>-?\d[\d.eE+-]*)/g

/**
 * JSON.parse that refuses what parsers disagree on: a key that stands twice in one object, and a number that is
 * not an integer written plainly (so nothing is rounded on the way). Throws `FORMAT`.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The engine's message quotes the text: it must not travel.
    throw new ZkebError('FORMAT', 'not JSON')
  }
  let keys = 0
  for (const { groups } of text.matchAll(TOKEN)) {
    if (groups?.key !== undefined) keys++
    if (groups?.number !== undefined && !isPlainInteger(groups.number)) {
      throw new ZkebError('FORMAT', 'JSON numbers must be plain integers up to 2^53-1')
    }
  }
  if (keys !== countKeys(value, 1)) throw new ZkebError('FORMAT', 'a JSON key stands twice')
  return value
}

function isPlainInteger(token: string): boolean {
  return /^(?:0|-?[1-9]\d{0,15})$/.test(token) && Number.isSafeInteger(Number(token))
}

function countKeys(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) throw new ZkebError('FORMAT', 'JSON is nested too deeply')
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce((sum: number, child) => sum + countKeys(child, depth + 1), own)
}
