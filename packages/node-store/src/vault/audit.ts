import { isZkebError } from '@zkeb/core'
import type { Kysely } from 'kysely'
import { runLater } from '../db/context'
import type { Database } from '../db/schema'
import { currentAuditContext } from './audit-context'
import type { VaultContext } from './context'

/** What happened, for one row of `audit_logs`. */
export interface AuditEvent {
  readonly event:
    | 'encryption'
    | 'delivery'
    | 'decryption'
    | 'grant'
    | 'key_access'
    | 'prompt_access'
    | 'envelope_access'
  readonly action: 'create' | 'read' | 'update' | 'delete'
  readonly resourceType: 'prompt' | 'envelope' | 'key'
  readonly resourceId?: string
  /** Who did it; default: the service of the vault. */
  readonly service?: string
  /** The error code when it failed, never its message. */
  readonly error?: string
  /** UUID of the row, where it is to be looked for afterwards; else the database chooses. */
  readonly id?: string
}

/** Writes one audit row; on success inside the transaction of the operation itself, at the latest with its COMMIT. */
export async function writeAudit(
  db: Kysely<Database>,
  context: VaultContext,
  event: AuditEvent,
): Promise<void> {
  const { requestId, actor, ipAddress, userAgent } = currentAuditContext()
  const service = event.service ?? context.service
  const row = db.insertInto('audit_logs').values({
    ...(event.id !== undefined && { id: event.id }),
    event_type: event.event,
    service_name: service,
    user_id: actor ?? service,
    resource_type: event.resourceType,
    resource_id: event.resourceId ?? null,
    action: event.action,
    success: event.error === undefined,
    error_message: event.error ?? null,
    ip_address: ipAddress ?? null,
    user_agent: userAgent ?? null,
    request_id: requestId ?? null,
  })
  await runLater(db, row.compile())
}

/**
 * Records a failure after it happened, in a transaction of its own. Never throws: the failure itself must
 * reach the caller even when it cannot be recorded. Inside a caller's transaction it is not waited for.
 */
export async function auditFailure(context: VaultContext, event: AuditEvent): Promise<void> {
  const { outside } = context
  if (outside !== undefined) return outside.run(() => writeAudit(outside.db, context, event))
  try {
    await writeAudit(context.db, context, event)
  } catch {
    // The caller is about to get the original error.
  }
}

/**
 * Runs an operation and records its failure: every error of zkeb, but neither the database's own, which could
 * not be written there, nor an abort, which is the caller's wish.
 */
export async function auditing<T>(
  context: VaultContext,
  event: AuditEvent,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isZkebError<string>(error) && error.code !== 'DATABASE' && !signal?.aborted) {
      await auditFailure(context, { ...event, error: error.code })
    }
    throw error
  }
}
