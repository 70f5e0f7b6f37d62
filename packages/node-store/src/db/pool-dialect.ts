import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  type PostgresPool,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings as TransactionModes,
} from 'kysely'
import { carriedBy, DEFAULT_SETTINGS, settingStatements, type TransactionSettings } from './context'
import { rolledBack, storeError } from './errors'
import { type Answer, isPipelined, type Statement, sendTogether } from './pipeline'
import { checkOut, giveBack, type PoolClient } from './pools'

/** Milliseconds on top of the server's own limit until the client gives a silent connection up. */
const GRACE_MS = 5_000

/**
 * A Kysely dialect over a pool, in as few round trips as can be. BEGIN and its settings travel with the first
 * statement, writes nobody waits for with the next one or with COMMIT, and on a pipelined pool a statement outside
 * a transaction is one of its own in a single trip. The pool stays its owner's.
 */
export function poolDialect(pool: PostgresPool): Dialect {
  return {
    createDriver: () => createDriver(pool),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  }
}

function createDriver(pool: PostgresPool): Driver {
  return {
    init: async () => {},
    acquireConnection: async () => new PoolConnection(await checkOut(pool)),
    beginTransaction: async (connection: PoolConnection, modes) => connection.begin(modes),
    commitTransaction: (connection: PoolConnection) => connection.commit(),
    rollbackTransaction: (connection: PoolConnection) => connection.rollback(),
    releaseConnection: async (connection: PoolConnection) => connection.release(),
    destroy: async () => {},
  }
}

class PoolConnection implements DatabaseConnection {
  readonly #client: PoolClient
  #settings: TransactionSettings = DEFAULT_SETTINGS
  /** `begun`: by the caller, but the server has not heard of it. */
  #transaction: 'none' | 'begun' | 'open' = 'none'
  /** BEGIN and settings that go with the next statement. */
  #preamble: string[] = []
  /** Writes that go with the next statement. */
  #later: Statement[] = []
  #isBroken = false

  constructor(client: PoolClient) {
    this.#client = client
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const carried = carriedBy(query)
    if (this.#transaction === 'none') {
      return toResult(await (carried === 'bare' ? this.#runBare(query) : this.#runAlone(query)))
    }
    if (carried === 'later' && isPipelined(this.#client)) {
      this.#later.push(query)
      return { rows: [] }
    }
    if (typeof carried === 'object') {
      this.#settings = { ...this.#settings, ...carried }
      this.#preamble.push(...settingStatements(carried))
      return { rows: [] }
    }
    return toResult(await this.#run(query))
  }

  // biome-ignore lint/correctness/useYield: a pipelined connection has no cursors; refusing is all there is to do
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the store does not stream queries')
  }

  begin({ isolationLevel, accessMode }: TransactionModes): void {
    // Both words come from Kysely's closed lists, which it has checked.
    const modes = [isolationLevel && `ISOLATION LEVEL ${isolationLevel}`, accessMode]
    this.#transaction = 'begun'
    this.#settings = DEFAULT_SETTINGS
    this.#preamble = [
      ['BEGIN', ...modes.filter(Boolean)].join(' '),
      ...settingStatements(this.#settings),
    ]
  }

  async commit(): Promise<void> {
    if (this.#transaction === 'open' || this.#later.length > 0) {
      assertCommitted(await this.#run(raw('COMMIT')))
    }
    this.#transaction = 'none'
  }

  /** Never throws: what went wrong before is what the caller must hear of, and the client is not used again. */
  async rollback(): Promise<void> {
    // Nothing goes ahead: a failed transaction refuses everything but ROLLBACK.
    this.#preamble = []
    this.#later = []
    if (this.#transaction === 'open' && !this.#isBroken) {
      await this.#run(raw('ROLLBACK')).catch(() => {
        this.#isBroken = true
      })
    }
    this.#transaction = 'none'
  }

  release(): void {
    giveBack(this.#client, this.#isBroken || this.#transaction === 'open')
  }

  /** A statement in the open transaction, with all that goes ahead of it. */
  async #run(statement: Statement): Promise<Answer> {
    const preamble = this.#preamble
    const later = this.#later
    this.#preamble = []
    this.#later = []
    this.#transaction = 'open'
    const client = this.#client
    if (isPipelined(client)) {
      const all = [...preamble.map(raw), ...later, statement]
      return this.#inTime(all.length, () => sendTogether(client, all))
    }
    if (preamble.length > 0) await this.#inTime(1, () => client.query(preamble.join('; '), []))
    return this.#inTime(1, () => client.query(statement.sql, [...statement.parameters]))
  }

  /** A statement outside a transaction, without one of its own and without a limit of time. */
  async #runBare(statement: Statement): Promise<Answer> {
    if (this.#isBroken) throw gaveUp()
    const client = this.#client
    return isPipelined(client)
      ? sendTogether(client, [statement])
      : client.query(statement.sql, [...statement.parameters])
  }

  /** A statement outside a transaction. */
  async #runAlone(statement: Statement): Promise<Answer> {
    const client = this.#client
    if (!isPipelined(client)) {
      return this.#inTime(1, () => client.query(statement.sql, [...statement.parameters]))
    }
    this.begin({})
    const all = [...this.#preamble.map(raw), statement]
    const [answer, committed] = await this.#inTime(all.length + 1, () =>
      // COMMIT after the Sync: it ends the transaction however the statement ended.
      Promise.allSettled([sendTogether(client, all), sendTogether(client, [raw('COMMIT')])]),
    )
    this.#preamble = []
    this.#transaction = 'none'
    if (answer.status === 'rejected') throw answer.reason
    if (committed.status === 'rejected') throw committed.reason
    assertCommitted(committed.value)
    return answer.value
  }

  /**
   * Gives the connection up when nothing is heard of it for longer than the server may take: after a network fault
   * neither side may ever hear that the other is gone.
   */
  async #inTime<T>(statements: number, work: () => Promise<T>): Promise<T> {
    if (this.#isBroken) throw gaveUp()
    const { statementTimeoutMs = 0 } = this.#settings
    if (statementTimeoutMs === 0) return work()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#isBroken = true
          reject(storeError('DATABASE', 'the server did not answer in time', SILENT))
          this.#client.connection?.stream.destroy()
        },
        statements * statementTimeoutMs + GRACE_MS,
      )
      work()
        .finally(() => clearTimeout(timer))
        .then(resolve, reject)
    })
  }
}

const SILENT = 'look at the network between this process and the server, then try again'

function gaveUp() {
  return storeError('DATABASE', 'the connection was given up')
}

function raw(sql: string): Statement {
  return { sql, parameters: [] }
}

function assertCommitted({ command }: Answer): void {
  if (command === 'ROLLBACK') throw rolledBack()
}

function toResult<R>({ rows, rowCount }: Answer): QueryResult<R> {
  const answer = { rows: [...(rows ?? [])] as R[] }
  return rowCount == null ? answer : { ...answer, numAffectedRows: BigInt(rowCount) }
}
