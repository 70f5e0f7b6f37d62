import { isZkebError } from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import { runLater } from '../db/context'
import { type Database, utcText } from '../db/schema'
import { currentAuditContext } from './audit-context'
import { table, toUuid, type VaultContext } from './context'

/** What happened, for one row of `audit_logs`. */
export interface AuditEvent {
  readonly event: 'encryption' | 'delivery' | 'decryption' | 'key_access' | 'prompt_access'
  readonly action: 'create' | 'read' | 'update' | 'delete'
  readonly resourceType: 'prompt' | 'envelope' | 'key'
  readonly resourceId?: string
  /** Who did it; default: the service of the vault. */
  readonly service?: string
  /** The error code when it failed, never its message. */
  readonly error?: string
}

/** A row of `audit_logs` as callers see it. */
export interface AuditEntry {
  readonly id: string
  readonly at: Date
  readonly event: string
  readonly action: string
  readonly service: string
  readonly actor?: string
  readonly resourceType?: string
  readonly resourceId?: string
  readonly success: boolean
  readonly error?: string
  readonly requestId?: string
}

export interface AuditListOptions extends CallOptions {
  /** Only this prompt, envelope or key (UUID). */
  readonly resourceId?: string
  /** At most this many entries, 1 to 1000; default 100. */
  readonly limit?: number
}

const MAX_LIST = 1000

/** Writes one audit row; on success inside the transaction of the operation itself, at the latest with its COMMIT. */
export async function writeAudit(
  db: Kysely<Database>,
  context: VaultContext,
  event: AuditEvent,
): Promise<void> {
  const { requestId, actor, ipAddress, userAgent } = currentAuditContext()
  const service = event.service ?? context.service
  const row = db.insertInto('audit_logs').values({
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

/** The newest audit entries. */
export function listAudit(
  context: VaultContext,
  options: AuditListOptions = {},
): Promise<readonly AuditEntry[]> {
  const { limit = 100, signal } = options
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIST) {
    throw new RangeError(`limit must be a whole number from 1 to ${MAX_LIST}`)
  }
  const resourceId =
    options.resourceId === undefined ? null : toUuid(options.resourceId, 'resourceId')
  return inDatabase(signal, async () => {
    const { rows } = await sql<Record<string, string | null> & { success: boolean }>`
      SELECT id::text, ${utcText('created_at')} AS at, event_type, action, service_name, user_id,
        resource_type, resource_id::text, success, error_message, request_id::text
      FROM ${table(context, 'audit_logs')}
      WHERE ${resourceId}::text::uuid IS NULL OR resource_id = ${resourceId}::text::uuid
      ORDER BY created_at DESC, id DESC LIMIT ${limit}::int`.execute(context.db)
    return rows.map(toEntry)
  })
}

function toEntry(row: Record<string, string | null> & { success: boolean }): AuditEntry {
  return {
    id: row['id'] ?? '',
    at: new Date(row['at'] ?? ''),
    event: row['event_type'] ?? '',
    action: row['action'] ?? '',
    service: row['service_name'] ?? '',
    success: row.success,
    ...(row['user_id'] != null && { actor: row['user_id'] }),
    ...(row['resource_type'] != null && { resourceType: row['resource_type'] }),
    ...(row['resource_id'] != null && { resourceId: row['resource_id'] }),
    ...(row['error_message'] != null && { error: row['error_message'] }),
    ...(row['request_id'] != null && { requestId: row['request_id'] }),
  }
}
