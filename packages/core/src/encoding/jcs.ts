import { type Bytes, utf8 } from '../bytes'
import { MAX_JSON_DEPTH } from '../constants'

/** JSON; where it is authenticated, numbers are integers up to 2^53-1 (spec/envelope.md §1). */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/**
 * RFC 8785 (JCS) over the part of JSON that every language reads alike: strings, booleans, null, arrays, objects
 * and integers up to 2^53-1. Returns the UTF-8 bytes. Throws a TypeError that names `name` for anything
 * else (fractions, Dates, undefined, lone surrogates, U+0000, more than 32 levels), a RangeError beyond
 * `maxBytes`. spec/envelope.md §1.
 */
export function encodeJcs(value: unknown, name: string, maxBytes: number): Bytes {
  const bytes = utf8(write(value, name, 1))
  if (bytes.length > maxBytes) throw new RangeError(`${name}: at most ${maxBytes} bytes of JSON`)
  return bytes
}

function write(value: unknown, name: string, depth: number): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeString(value, name)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) fail(name, 'numbers are integers up to 2^53-1')
    return String(value === 0 ? 0 : value)
  }
  if (typeof value !== 'object')
    return fail(name, `JSON only, and there is a ${typeof value} in it`)
  if (depth > MAX_JSON_DEPTH) fail(name, `at most ${MAX_JSON_DEPTH} levels`)
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item) => write(item, name, depth + 1)).join()}]`
  }
  if (!isPlainObject(value)) return fail(name, 'plain objects only')
  // The default order of sort() is by UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
  const members = Object.keys(value)
    .sort()
    .map((key) => `${writeString(key, name)}:${write(value[key], name, depth + 1)}`)
  return `{${members.join()}}`
}

function writeString(text: string, name: string): string {
  if (text.includes('\0')) fail(name, 'no U+0000')
  // With /u a surrogate matches only where it stands alone.
  if (/\p{Surrogate}/u.test(text)) fail(name, 'no lone surrogates')
  return JSON.stringify(text)
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (Object.prototype.toString.call(value) !== '[object Object]') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Another realm's Object.prototype is a prototype without a prototype, too.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Names the argument alone: keys, too, are content. */
function fail(name: string, reason: string): never {
  throw new TypeError(`${name}: ${reason}`)
}
