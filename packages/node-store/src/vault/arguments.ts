import type { JsonObject } from '@zkeb/core'
import { type RawBuilder, sql } from 'kysely'
import { moment } from '../db/schema'

/** Length of the documented varchar columns that hold names. */
const MAX_NAME = 255
/** Bytes of `prompt_metadata` as JSON. */
const MAX_METADATA_BYTES = 16_384
const MS_PER_SECOND = 1000

/** `column = value`, or no condition where the filter was left out. */
export function equals(column: string, value: string | boolean | undefined): RawBuilder<unknown>[] {
  return value === undefined ? [] : [sql`${sql.ref(column)} = ${value}`]
}

/**
 * `since <= column < until`, as far as given.
 *
 * @throws TypeError for what is no valid Date
 */
export function between(
  column: string,
  { since, until }: { readonly since?: Date | undefined; readonly until?: Date | undefined },
): RawBuilder<unknown>[] {
  const bound = (date: Date | undefined, name: string, operator: RawBuilder<unknown>) => {
    if (date === undefined) return []
    return [sql`${sql.ref(column)} ${operator} ${moment(toIso(date, name))}`]
  }
  return [...bound(since, 'since', sql`>=`), ...bound(until, 'until', sql`<`)]
}

/** @throws TypeError for what is no valid Date between the years 0 and 9999 */
function toIso(date: Date, argument: string): string {
  const valid = date instanceof Date && !Number.isNaN(date.getTime())
  const iso = valid ? date.toISOString() : ''
  if (/^\d{4}-/.test(iso) && !iso.startsWith('0000')) return iso
  throw new TypeError(`${argument} must be a valid Date`)
}

/** @throws TypeError unless `value` is one of `values`, or left out */
export function assertOneOf(
  value: string | undefined,
  values: readonly string[],
  argument: string,
): void {
  if (value === undefined || values.includes(value)) return
  throw new TypeError(`${argument} must be one of ${values.join(', ')}`)
}

/** @throws TypeError unless `value` is 1 to 255 characters without U+0000, or left out */
export function assertName(value: string | undefined, argument: string): void {
  if (value === undefined) return
  const fits = typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME
  if (fits && !value.includes('\0')) return
  throw new TypeError(`${argument} must be 1 to ${MAX_NAME} characters`)
}

/** @throws TypeError unless `value` is true, false, or left out */
export function assertBoolean(value: boolean | undefined, argument: string): void {
  if (value === undefined || typeof value === 'boolean') return
  throw new TypeError(`${argument} must be true or false`)
}

/** Milliseconds from `now` on; undefined when left out. Throws a RangeError that names the option. */
export function toExpiry(seconds: number | undefined, now: number): number | undefined {
  if (seconds === undefined) return undefined
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) {
    throw new RangeError('expiresInSeconds must be more than 0')
  }
  return now + Math.ceil(seconds * MS_PER_SECOND)
}

/**
 * A prompt's metadata as JSON text for a jsonb column; null when there is none.
 *
 * @throws TypeError for what is no JSON object, or what jsonb cannot hold; RangeError beyond 16 KiB
 */
export function toMetadataText(metadata: JsonObject | null | undefined): string | null {
  if (metadata === undefined || metadata === null) return null
  const text = typeof metadata === 'object' && !Array.isArray(metadata) && stringify(metadata)
  // jsonb holds neither U+0000 nor a lone surrogate; stringify escapes both.
  if (typeof text !== 'string' || /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(text)) {
    throw new TypeError('metadata must be a JSON object without U+0000')
  }
  if (Buffer.byteLength(text) <= MAX_METADATA_BYTES) return text
  throw new RangeError(`metadata must be at most ${MAX_METADATA_BYTES} bytes as JSON`)
}

function stringify(metadata: JsonObject): string | undefined {
  try {
    const text: unknown = JSON.stringify(metadata)
    return typeof text === 'string' && text.startsWith('{') ? text : undefined
  } catch {
    return undefined
  }
}
