import type { Kysely, Transaction } from 'kysely'
import { inDatabase } from './call'
import { applySettings, type TransactionSettings } from './context'
import { isRefusal, storeError } from './errors'
import type { Database } from './schema'

/** Runs `work` in a transaction with these settings. */
export function transact<T>(
  db: Kysely<Database>,
  settings: TransactionSettings,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await applySettings(trx, settings)
    return work(trx)
  })
}

/** A transaction whose COMMIT may be in doubt, and how to find out what became of it. */
export interface CertainTransaction<T> {
  readonly db: Kysely<Database>
  readonly signal?: AbortSignal | undefined
  readonly work: (trx: Transaction<Database>) => Promise<T>
  /** Asked in a transaction of its own: is the work there? It should lock what the work locked. */
  readonly wasCommitted: (trx: Transaction<Database>) => Promise<boolean>
  /** Done before that is asked. */
  readonly onDoubt?: (() => Promise<void>) | undefined
}

/**
 * Runs `work` in a transaction and returns only when it is known to be committed. When the answer to
 * COMMIT is lost with its connection, `wasCommitted` decides on a new one.
 *
 * @throws DATABASE when it was not committed, or when that cannot be found out (the hint tells which)
 */
export function transactCertainly<T>(options: CertainTransaction<T>): Promise<T> {
  const { db, signal, work, wasCommitted, onDoubt } = options
  return inDatabase(signal, async () => {
    let done: { readonly result: T } | undefined
    try {
      return await db.transaction().execute(async (trx) => {
        signal?.throwIfAborted()
        const result = await work(trx)
        done = { result }
        return result
      })
    } catch (error) {
      // Before the work was done nothing can have been committed, nor when the server itself said no.
      if (done === undefined || isRefusal(error)) throw error
    }
    await onDoubt?.()
    if (await askUntilKnown(db, wasCommitted)) return done.result
    throw storeError('DATABASE', 'the connection was lost before the commit')
  })
}

const ATTEMPTS = 3
const PAUSE_MS = 100
const ASK_LOCK_TIMEOUT_MS = 3_000

async function askUntilKnown(
  db: Kysely<Database>,
  wasCommitted: CertainTransaction<unknown>['wasCommitted'],
): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      // The lost transaction may still be running on the server and hold its locks for a moment.
      return await transact(db, { lockTimeoutMs: ASK_LOCK_TIMEOUT_MS }, wasCommitted)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
    }
  }
  throw storeError(
    'DATABASE',
    'the connection was lost during the commit and its outcome could not be found out',
    'look at the audit log before trying again: the operation may have happened',
  )
}
