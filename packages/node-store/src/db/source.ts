import { Kysely, type PostgresPool } from 'kysely'
import { type PGliteLike, pgliteDialect } from './pglite'
import { poolDialect } from './pool-dialect'
import { openPool } from './pools'
import type { Database } from './schema'

/**
 * Where the tables are: a connection string (`postgres://…`), a `pg.Pool`, a `Kysely` with a
 * PostgreSQL dialect, or a PGlite. Recognised by shape, so that several copies of a package may be
 * loaded.
 */
// biome-ignore lint/suspicious/noExplicitAny: a caller's Kysely has the caller's tables
export type DatabaseSource = string | PostgresPool | Kysely<any> | PGliteLike

/** A source made uniform. */
export interface OpenedSource {
  readonly db: Kysely<Database>
  /** Ends what `openSource` opened, and nothing the caller passed in. */
  close(): Promise<void>
}

/**
 * Makes one Kysely of any {@link DatabaseSource}. Does not connect yet.
 *
 * @throws TypeError when the source is none of the four; the message never quotes it.
 */
export function openSource(source: DatabaseSource): OpenedSource {
  if (typeof source === 'string') {
    const pool = openPool(source)
    return { db: new Kysely({ dialect: poolDialect(pool) }), close: onlyOnce(() => pool.end()) }
  }
  if (isKysely(source)) {
    if (source.isTransaction) {
      throw new TypeError('db must not be a transaction; pass the Kysely it came from')
    }
    // Plugins would rename the store's columns.
    return { db: source.withoutPlugins() as Kysely<Database>, close: async () => {} }
  }
  if (isPGlite(source)) {
    return { db: new Kysely({ dialect: pgliteDialect(source) }), close: async () => {} }
  }
  if (isPool(source)) {
    return { db: new Kysely({ dialect: poolDialect(source) }), close: async () => {} }
  }
  throw new TypeError('db must be a connection string, a pg.Pool, a Kysely or a PGlite')
}

function onlyOnce(close: () => Promise<void>): () => Promise<void> {
  let closed: Promise<void> | undefined
  return () => {
    closed ??= close()
    return closed
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as in DatabaseSource
function isKysely(source: unknown): source is Kysely<any> {
  return has(source, 'selectFrom') && has(source, 'withSchema') && has(source, 'withoutPlugins')
}

function isPGlite(source: unknown): source is PGliteLike {
  return has(source, 'query') && has(source, 'transaction') && has(source, 'exec')
}

/** A pg.Client has connect and end as well, but serves one caller at a time: refused. */
function isPool(source: unknown): source is PostgresPool {
  return has(source, 'connect') && has(source, 'end') && !has(source, 'escapeIdentifier')
}

function has(source: unknown, method: string): boolean {
  return (
    typeof source === 'object' &&
    source !== null &&
    typeof (source as Record<string, unknown>)[method] === 'function'
  )
}
