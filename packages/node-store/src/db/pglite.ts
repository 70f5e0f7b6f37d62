import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import { rolledBack } from './errors'

/** What a PGlite query answers, as far as the driver looks at it. */
export interface PGliteResults {
  readonly rows: readonly unknown[]
  readonly affectedRows?: number
}

/** The part of a PGlite, or of its transaction, that runs statements. */
export interface PGliteQueryable {
  /** Runs one statement. */
  query(sql: string, parameters?: unknown[]): Promise<PGliteResults>
}

/** A PGlite instance as far as the store uses it; no dependency on the package is needed. */
export interface PGliteLike extends PGliteQueryable {
  /** Runs `callback` in a transaction that holds the one connection. */
  transaction<T>(
    callback: (tx: PGliteQueryable & { rollback(): Promise<void> }) => Promise<T>,
  ): Promise<T>
}

/**
 * A Kysely dialect over one PGlite. PGlite has a single connection: a transaction holds it through
 * `pglite.transaction()` and every other caller queues behind, so statements of two callers never
 * mix. The PGlite stays its owner's: destroying the Kysely does not close it. Why this is ours and
 * not a package: docs/decisions/0002-pglite-driver.md.
 */
export function pgliteDialect(pglite: PGliteLike): Dialect {
  return {
    createDriver: () => createDriver(pglite),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  }
}

function createDriver(pglite: PGliteLike): Driver {
  return {
    init: async () => {},
    acquireConnection: async () => new PGliteConnection(pglite),
    async beginTransaction(connection: PGliteConnection, settings) {
      await connection.begin()
      // Both words come from Kysely's closed lists, which it has checked.
      const modes = [
        settings.isolationLevel && `isolation level ${settings.isolationLevel}`,
        settings.accessMode,
      ].filter(Boolean)
      if (modes.length > 0) {
        await connection.executeQuery(CompiledQuery.raw(`set transaction ${modes.join(', ')}`))
      }
    },
    commitTransaction: (connection: PGliteConnection) => connection.finish('commit'),
    rollbackTransaction: (connection: PGliteConnection) => connection.finish('rollback'),
    releaseConnection: (connection: PGliteConnection) => connection.finish('rollback'),
    destroy: async () => {},
  }
}

class PGliteConnection implements DatabaseConnection {
  readonly #pglite: PGliteLike
  #tx: PGliteQueryable | undefined
  /** Lets the callback of the open `pglite.transaction()` return. */
  #end: ((how: 'commit' | 'rollback') => void) | undefined
  /** Settles with the open `pglite.transaction()`. */
  #ended: Promise<void> = Promise.resolve()

  constructor(pglite: PGliteLike) {
    this.#pglite = pglite
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const target = this.#tx ?? this.#pglite
    const results = await target.query(query.sql, [...query.parameters])
    const rows = results.rows as R[]
    return results.affectedRows === undefined
      ? { rows }
      : { rows, numAffectedRows: BigInt(results.affectedRows) }
  }

  // biome-ignore lint/correctness/useYield: PGlite has no cursors; refusing is all there is to do
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('PGlite does not stream queries')
  }

  /** Resolves once PGlite has begun and handed the transaction over. */
  begin(): Promise<void> {
    return new Promise((begun, failed) => {
      this.#ended = this.#pglite.transaction(async (tx) => {
        const how = await new Promise<'commit' | 'rollback'>((end) => {
          this.#tx = tx
          this.#end = end
          begun()
        })
        if (how === 'rollback') await tx.rollback()
      })
      // A failure to begin is reported here; a later one to whoever awaits `#ended`.
      this.#ended.catch(failed)
    })
  }

  /** Ends the open transaction, if one is, and waits until PGlite is free again. */
  async finish(how: 'commit' | 'rollback'): Promise<void> {
    const end = this.#end
    if (end === undefined) return
    // PGlite does not tell that it answered COMMIT with ROLLBACK, after an error that somebody caught.
    const isAborted = how === 'commit' && (await this.#isAborted())
    this.#end = undefined
    this.#tx = undefined
    end(isAborted ? 'rollback' : how)
    await this.#ended
    if (isAborted) throw rolledBack()
  }

  async #isAborted(): Promise<boolean> {
    try {
      await this.#tx?.query('SELECT 1')
      return false
    } catch {
      return true
    }
  }
}
