import { type RawBuilder, sql } from 'kysely'
import type { CachedRead } from '../cache/cache'
import type { VaultContext } from './context'

/** Milliseconds in the cache at most (spec/vault.md §10). */
export const CACHED_MS = { prompt: 300_000, envelope: 900_000, key: 3_600_000 } as const

/** Reads through the cache, if there is one; past it inside a caller's transaction, which may see what nobody else does. */
export async function readCached<T>(context: VaultContext, read: CachedRead<T>): Promise<T> {
  const { cache, outside } = context
  if (cache === undefined || outside !== undefined) return (await read.load()).value
  return cache.read(read)
}

/** The column `ttl_ms`: no row is kept beyond its own `expires_at`, by the clock of the database. */
export function ttlColumn(limitMs: number): RawBuilder<unknown> {
  return sql`(CASE WHEN expires_at IS NULL THEN ${limitMs}::int
    WHEN isfinite(expires_at) THEN greatest(0, least(${limitMs}::int,
      floor(extract(epoch FROM expires_at - clock_timestamp()) * 1000)))
    ELSE 0 END)::int AS ttl_ms`
}

/** What the columns of a row are: text, a count, a time as text, or JSON as text; with `?` null as well. */
export type Shape<T> = { readonly [K in keyof T]: Kind | `${Kind}?` }
type Kind = keyof typeof KINDS

const KINDS = {
  text: (value: unknown) => typeof value === 'string',
  count: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0,
  time: (value: unknown) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  json: (value: unknown) => typeof value === 'string' && JSON.parse(value) !== undefined,
} as const

/** Whether a cached value is such a row. Throws for text that is no JSON. */
export function hasShape<T>(value: unknown, shape: Shape<T>): value is T {
  if (typeof value !== 'object' || value === null) return false
  const row = value as Readonly<Record<string, unknown>>
  return Object.entries<Shape<T>[keyof T]>(shape).every(([name, kind]) => {
    const isOptional = kind.endsWith('?')
    if (isOptional && row[name] === null) return true
    return KINDS[(isOptional ? kind.slice(0, -1) : kind) as Kind](row[name])
  })
}
