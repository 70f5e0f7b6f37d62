import { randomUUID } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Fence } from '../cache/cache'
import type { Database } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { type AuditEvent, auditing, writeAudit } from './audit'
import { table, type VaultContext } from './context'
import { CACHE_KEYS, fencing } from './fencing'

/** A change of one row that is there already. */
interface Change<T> {
  readonly event: AuditEvent & { readonly resourceId: string }
  /** Where the row is; its id is the event's `resourceId`. */
  readonly of: 'prompts' | 'envelopes'
  readonly signal: AbortSignal | undefined
  /** Makes the change, or throws and changes nothing. Returns what the caller gets. */
  readonly work: (trx: Transaction<Database>, fence: Fence) => Promise<T>
}

/**
 * Changes one row and writes the audit row beside it, in one transaction that is known to be committed when this
 * returns, and fenced in the cache. A refusal (any error of zkeb but DATABASE) is recorded in the audit log as well.
 *
 * @throws what `work` throws; DATABASE when it was not committed, or when that cannot be found out
 */
export function changeRow<T>(context: VaultContext, change: Change<T>): Promise<T> {
  const { event, of, signal, work } = change
  const auditId = randomUUID()
  const key = CACHE_KEYS[of === 'prompts' ? 'prompt' : 'envelope'](event.resourceId)
  return auditing(context, event, signal, () =>
    fencing(context, { keys: [key] }, (fence) =>
      transactCertainly({
        db: context.db,
        signal,
        work: async (trx) => {
          const result = await work(trx, fence)
          signal?.throwIfAborted()
          await writeAudit(trx, context, { ...event, id: auditId })
          return result
        },
        wasCommitted: (trx) => isRecorded(trx, context, { of, id: event.resourceId, auditId }),
        onDoubt: fence.renew,
      }),
    ),
  )
}

/** Whether a change was committed: locks its row first, and so waits for a lost transaction that still runs. */
export async function isRecorded(
  db: Kysely<Database>,
  context: VaultContext,
  {
    of,
    id,
    auditId,
  }: { readonly of: Change<unknown>['of']; readonly id: string; readonly auditId: string },
): Promise<boolean> {
  await sql`SELECT 1 FROM ${table(context, of)} WHERE id = ${id}::text::uuid FOR UPDATE`.execute(db)
  const { rows } = await sql`SELECT 1 FROM ${table(context, 'audit_logs')}
    WHERE id = ${auditId}::text::uuid`.execute(db)
  return rows.length > 0
}
