import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { bare } from './context'
import { storeError } from './errors'
import type { Database } from './schema'
import { transact } from './transact'

/** Milliseconds after which a starter gives up waiting for another one's migration. */
const LOCK_DEADLINE_MS = 120_000
const POLL_MS = 50
/** Building an index takes as long as it takes; waiting for a lock holds up everybody behind. */
export const MIGRATION_SETTINGS = { statementTimeoutMs: 0, lockTimeoutMs: 3_000 } as const

interface LockOptions {
  readonly db: Kysely<Database>
  readonly schema: string
  readonly signal?: AbortSignal | undefined
}

/** Runs `work` in a transaction while no other process migrates this schema. */
export function withMigrationLock<T>(
  { db, schema, signal }: LockOptions,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return poll(signal, () =>
    transact(db, MIGRATION_SETTINGS, async (trx) => {
      const { rows } = await sql<{ locked: boolean }>`
        SELECT pg_try_advisory_xact_lock(${lockKey(schema)}) AS locked`.execute(trx)
      return rows[0]?.locked === true ? { result: await work(trx) } : undefined
    }),
  )
}

/**
 * Runs `work` outside any transaction, on one connection that holds the lock for its session. It must be a direct
 * connection: a pooler in transaction mode may give every statement another session.
 *
 * @throws DATABASE when the lock turns out to have been another session's
 */
export async function withSessionLock<T>(
  { db, schema, signal }: LockOptions,
  work: (run: (statement: RawBuilder<unknown>) => Promise<readonly unknown[]>) => Promise<T>,
): Promise<T> {
  return db.connection().execute(async (connection) => {
    const run = async <R>(statement: RawBuilder<R>) =>
      (await connection.executeQuery<R>(bare(statement.compile(connection)))).rows
    await poll(signal, async () => {
      const [row] = await run(sql<{ locked: boolean }>`
        SELECT pg_try_advisory_lock(${lockKey(schema)}) AS locked`)
      return row?.locked === true ? { result: undefined } : undefined
    })
    const unlock = async () => {
      const [row] = await run(sql<{ unlocked: boolean }>`
        SELECT pg_advisory_unlock(${lockKey(schema)}) AS unlocked`)
      return row?.unlocked === true
    }
    let result: T
    try {
      result = await work(run)
    } catch (error) {
      // What went wrong first is what the caller must hear of; with its connection the lock is gone too.
      await unlock().catch(() => false)
      throw error
    }
    if (await unlock()) return result
    throw storeError(
      'DATABASE',
      'the session changed between two statements',
      'migrate over a direct connection, not through a pooler',
    )
  })
}

function lockKey(schema: string): RawBuilder<unknown> {
  return sql`hashtextextended('zkeb migrate ' || current_database() || '.' || ${schema}::text, 0)`
}

/**
 * Never waiting inside the lock function: a waiter there holds a snapshot, on which CREATE INDEX CONCURRENTLY of
 * another process would wait in turn.
 */
async function poll<T>(
  signal: AbortSignal | undefined,
  attempt: () => Promise<{ readonly result: T } | undefined>,
): Promise<T> {
  const deadline = Date.now() + LOCK_DEADLINE_MS
  for (;;) {
    signal?.throwIfAborted()
    const done = await attempt()
    if (done !== undefined) return done.result
    if (Date.now() > deadline) throw storeError('DATABASE', 'another process keeps migrating')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS * (1 + Math.random())))
  }
}
