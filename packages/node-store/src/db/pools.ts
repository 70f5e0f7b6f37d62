import type { PostgresPool } from 'kysely'
import pg from 'pg'
import { storeError } from './errors'
import type { Answer } from './pipeline'

/** Milliseconds a caller waits for a connection, new or used. */
const ACQUIRE_TIMEOUT_MS = 10_000
/** Milliseconds until a new connection that is not up is given up; nobody waits for it any more. */
const CONNECT_TIMEOUT_MS = 12_000

/** A client of any pool, as far as the store uses it; all but the first two are pg's and may be missing. */
export interface PoolClient {
  query(text: string, parameters: readonly unknown[]): Promise<Answer>
  /** With true the connection is ended and not used again. */
  release(destroy?: boolean): void
  /** `I` outside a transaction. */
  getTransactionStatus?(): string | null
  /** False while an answer is awaited. */
  readonly readyForQuery?: boolean
  readonly binary?: boolean
  readonly connectionParameters?: { readonly query_timeout?: number | false }
  readonly connection?: { readonly stream: { destroy(): void } }
  on?(event: 'error', listener: () => void): unknown
  listeners?(event: 'error'): readonly unknown[]
}

/**
 * A pipelined pool of the store's own. Does not connect yet.
 *
 * @throws TypeError for what is no connection string; the message never quotes it
 */
export function openPool(connectionString: string): pg.Pool {
  if (!/^postgres(ql)?:\/\//.test(connectionString)) {
    throw new TypeError('db as a string must be a connection string: postgres://user@host/database')
  }
  const options = {
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    pipeline: true,
  }
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

/**
 * A client that is idle: outside any transaction, and nothing in flight. One that is not, because somebody gave it
 * back too early, would run the store's statements inside a stranger's transaction: it is ended.
 *
 * @throws DATABASE when none came free in time; TypeError for a pool whose options make it unfit
 */
export async function checkOut(pool: PostgresPool): Promise<PoolClient> {
  if ((pool as { readonly ending?: boolean }).ending === true) {
    throw storeError('DATABASE', 'the pool is closed', 'create the vault again after close()')
  }
  for (;;) {
    const client = await connectInTime(pool)
    const unfit = whyUnfit(client)
    if (unfit !== undefined) {
      client.release()
      throw new TypeError(unfit)
    }
    // A connection that dies between two statements emits 'error', which would end the process; the next
    // statement on it rejects, so nothing is lost by listening. The same function each time, so that a
    // client that comes again has it once.
    if (client.listeners?.('error').includes(ignore) === false) client.on?.('error', ignore)
    if (isIdle(client)) return client
    giveBack(client, true)
  }
}

/** Gives a client back, or ends it when it is not idle or known to be broken. */
export function giveBack(client: PoolClient, isBroken: boolean): void {
  const isDone = isBroken || !isIdle(client)
  // A pipelined client would otherwise wait for all answers before it ends.
  if (isDone) client.connection?.stream.destroy()
  client.release(isDone)
}

function isIdle(client: PoolClient): boolean {
  return (client.getTransactionStatus?.() ?? 'I') === 'I' && client.readyForQuery !== false
}

function whyUnfit({ connectionParameters, binary }: PoolClient): string | undefined {
  if (connectionParameters?.query_timeout) {
    return 'db must be without query_timeout: it gives up on a query that the server still runs'
  }
  return binary === true ? 'db must be without binary: pg corrupts values with it' : undefined
}

function connectInTime(pool: PostgresPool): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(
        storeError(
          'DATABASE',
          `no connection within ${ACQUIRE_TIMEOUT_MS / 1000} s`,
          'the server does not answer, or all connections of the pool are in use: look for ' +
            'transactions that do not end, or give the pool more connections',
        ),
      )
    }, ACQUIRE_TIMEOUT_MS)
    pool.connect().then(
      (connected) => {
        clearTimeout(timer)
        const client = connected as unknown as PoolClient
        if (late) client.release()
        else resolve(client)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

function ignore(): void {}
