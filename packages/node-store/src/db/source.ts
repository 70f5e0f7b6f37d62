import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { storeError } from './errors'
import { type PGliteLike, pgliteDialect } from './pglite'
import type { Database } from './schema'

/** Milliseconds until a pool the store opened gives up on connecting. */
const CONNECT_TIMEOUT_MS = 10_000

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
    return { db: overPool(pool), close: onlyOnce(() => pool.end()) }
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
  if (isPool(source)) return { db: overPool(source), close: async () => {} }
  throw new TypeError('db must be a connection string, a pg.Pool, a Kysely or a PGlite')
}

function openPool(connectionString: string): pg.Pool {
  if (!/^postgres(ql)?:\/\//.test(connectionString)) {
    throw new TypeError('db as a string must be a connection string: postgres://user@host/database')
  }
  const options = { connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true }
  try {
    // A client parses in its constructor. Done here because the parser's error quotes the password.
    new pg.Client(options)
  } catch {
    throw new TypeError('db is not a valid connection string: postgres://user@host/database')
  }
  const pool = new pg.Pool(options)
  // An idle connection that the server closes is replaced at the next use; without a listener the
  // event would end the process.
  pool.on('error', ignore)
  return pool
}

function overPool(pool: PostgresPool): Kysely<Database> {
  return new Kysely({ dialect: new PostgresDialect({ pool: guardClients(pool) }) })
}

/**
 * The pool, but each client it hands out has an error listener: a connection that dies between two
 * statements of a transaction emits 'error' on the client, which would end the process. The next
 * statement on it rejects, so nothing is lost by listening.
 */
function guardClients(pool: PostgresPool): PostgresPool {
  return {
    async connect() {
      if ((pool as { readonly ending?: boolean }).ending === true) {
        throw storeError('DATABASE', 'the pool is closed', 'create the vault again after close()')
      }
      const client: PostgresPoolClient & Partial<ErrorEmitter> = await pool.connect()
      // The same function each time, so that a client that comes again has it once.
      if (client.listeners?.('error').includes(ignore) === false) client.on?.('error', ignore)
      return client
    },
    async end() {},
  }
}

interface ErrorEmitter {
  on(event: 'error', listener: () => void): unknown
  listeners(event: 'error'): readonly unknown[]
}

function ignore(): void {}

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
