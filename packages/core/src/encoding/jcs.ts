import { type Bytes, isKind, utf8 } from '../bytes'
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
  const tooLarge = () => new RangeError(`${name}: at most ${maxBytes} bytes of JSON`)
  // Every value takes a byte: what holds one object many times over is found out before it is written.
  let left = maxBytes
  const write = (value: unknown, depth: number): string => {
    if (left-- <= 0) throw tooLarge()
    if (value === null || typeof value === 'boolean' || Number.isSafeInteger(value)) {
      return String(value)
    }
    if (typeof value === 'string') return writeString(value, name)
    if (depth <= MAX_JSON_DEPTH && Array.isArray(value)) {
      return `[${Array.from(value, (item) => write(item, depth + 1)).join()}]`
    }
    if (depth <= MAX_JSON_DEPTH && isPlainObject(value)) {
      // The default order of sort() is by UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
      const members = Object.keys(value)
        .sort()
        .map((key) => `${writeString(key, name)}:${write(value[key], depth + 1)}`)
      return `{${members.join()}}`
    }
    throw notPlain(name)
  }
  const bytes = utf8(write(value, 1))
  if (bytes.length > maxBytes) throw tooLarge()
  return bytes
}

function writeString(text: string, name: string): string {
  // With /u a surrogate matches only where it stands alone.
  if (/\p{Surrogate}|\0/u.test(text)) throw notPlain(name)
  return JSON.stringify(text)
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isKind(value, 'Object')) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Another realm's Object.prototype is a prototype without a prototype, too.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Names the argument alone: keys, too, are content. */
function notPlain(name: string): TypeError {
  return new TypeError(`${name}: plain JSON, numbers whole, at most ${MAX_JSON_DEPTH} levels`)
}
