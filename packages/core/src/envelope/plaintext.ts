import { type Bytes, isBytes, unshare, utf8 } from '../bytes'
import { isPlainObject } from '../encoding/jcs'

/** What can be sealed: text, bytes, or JSON (`object` so that interfaces fit; what is no JSON is refused at run time). */
export type Sealable = string | Uint8Array | number | boolean | null | object

/** Deeper data than this is taken for a cycle. */
const MAX_DEPTH = 512

/**
 * The bytes that seal() makes of its data: text as UTF-8, bytes as they are, anything else as JSON, where a member that
 * is undefined counts as absent, as in JSON. Throws a TypeError for what JSON would drop or change.
 */
export function toPlaintext(data: Sealable): Bytes {
  if (isBytes(data)) return unshare(data)
  if (typeof data === 'string') {
    // UTF-8 has no lone surrogates: they would come out as U+FFFD.
    if (/\p{Surrogate}/u.test(data)) throw notSealable()
    return utf8(data)
  }
  assertJson(data, 1)
  return utf8(JSON.stringify(data))
}

/** JSON.stringify drops what it does not know (a Map, a File becomes {}), and what is dropped is lost. */
function assertJson(value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  const isContainer = Array.isArray(value) || isPlainObject(value)
  if (!isContainer || depth > MAX_DEPTH || 'toJSON' in value) {
    throw notSealable()
  }
  // Array.from shows the holes of an array; a member that is undefined is one that is not there.
  const children = Array.isArray(value)
    ? Array.from(value)
    : Object.values(value).filter((child) => child !== undefined)
  for (const child of children) assertJson(child, depth + 1)
}

export function notSealable(): TypeError {
  return new TypeError('data: text, bytes or plain JSON')
}
