import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type Transaction,
} from 'kysely'
import { carriedBy } from './context'
import { SQLSTATE, sqlState } from './errors'
import type { Database } from './schema'

/** What runs statements inside a transaction that the caller began: a `pg` client, or an adapter of a few lines. */
export interface QueryableTransaction {
  /** Runs one statement with parameters `$1`, `$2`, … */
  query(sql: string, parameters: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** An open transaction of the caller's. The caller commits it or rolls it back. */
// biome-ignore lint/suspicious/noExplicitAny: a caller's Kysely has the caller's tables
export type CallerTransaction = Transaction<any> | QueryableTransaction

const bound = new WeakMap<object, Kysely<Database>>()

/**
 * A Kysely inside a caller's transaction: nothing in it commits. A transaction of it is a savepoint, so what fails
 * half-way leaves nothing behind and the caller may go on. Its callers take turns, because savepoints nest.
 *
 * @throws TypeError when `tx` is no transaction
 */
export function bindTransaction(tx: CallerTransaction): Kysely<Database> {
  const run = toRun(tx)
  let db = bound.get(tx)
  if (db === undefined) {
    db = new Kysely({ dialect: callerDialect(run) })
    bound.set(tx, db)
  }
  return db
}

type Run = (sql: string, parameters: readonly unknown[]) => Promise<readonly unknown[]>

function toRun(tx: CallerTransaction): Run {
  const given = (typeof tx === 'object' && tx !== null ? tx : {}) as Partial<Kysely<unknown>> &
    Partial<QueryableTransaction> & { readonly end?: unknown; readonly escapeIdentifier?: unknown }
  if (given.withoutPlugins !== undefined && given.isTransaction === true) {
    // Plugins would rename the store's columns.
    const plain = given.withoutPlugins()
    return async (sql, parameters) =>
      (await plain.executeQuery(CompiledQuery.raw(sql, [...parameters]))).rows
  }
  // A pool or a database would run each statement on another connection, outside any transaction.
  const isDatabase = given.transaction !== undefined
  const isPool = given.end !== undefined && given.escapeIdentifier === undefined
  if (typeof given.query !== 'function' || isDatabase || isPool) {
    throw new TypeError(
      'tx must be a Kysely transaction, or have query(sql, parameters) inside one',
    )
  }
  return async (sql, parameters) => {
    const answer = await (tx as QueryableTransaction).query(sql, [...parameters])
    if (Array.isArray(answer?.rows)) return answer.rows
    throw new TypeError('tx.query must answer { rows }')
  }
}

function callerDialect(run: Run): Dialect {
  return {
    createDriver: () => createDriver(run),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  }
}

function createDriver(run: Run): Driver {
  let last: Promise<void> = Promise.resolve()
  return {
    init: async () => {},
    async acquireConnection() {
      const before = last
      let release = () => {}
      last = new Promise((resolve) => {
        release = resolve
      })
      await before
      return new CallerConnection(run, release)
    },
    beginTransaction: (connection: CallerConnection) => connection.begin(),
    commitTransaction: async () => {
      await run('RELEASE SAVEPOINT zkeb', [])
    },
    rollbackTransaction: async () => {
      // Where this fails the transaction is lost, and what went wrong before is what the caller must hear of.
      await run('ROLLBACK TO SAVEPOINT zkeb', []).catch(() => {})
    },
    releaseConnection: async (connection: CallerConnection) => connection.release(),
    destroy: async () => {},
  }
}

class CallerConnection implements DatabaseConnection {
  readonly #run: Run
  readonly release: () => void

  constructor(run: Run, release: () => void) {
    this.#run = run
    this.release = release
  }

  async begin(): Promise<void> {
    try {
      await this.#run('SAVEPOINT zkeb', [])
    } catch (error) {
      if (sqlState(error) !== SQLSTATE.noActiveTransaction) throw error
      throw new TypeError('tx must be inside a transaction; none was begun, or it has ended')
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const carried = carriedBy(query)
    if (typeof carried === 'object') {
      // Its timeouts are the caller's; they would outlast the savepoint.
      if (carried.role === undefined && carried.app === undefined) return { rows: [] }
      throw new TypeError('a role cannot be taken inside a transaction of the caller')
    }
    return { rows: [...(await this.#run(query.sql, query.parameters))] as R[] }
  }

  // biome-ignore lint/correctness/useYield: a caller's transaction has no cursors; refusing is all there is to do
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the store does not stream queries')
  }
}
