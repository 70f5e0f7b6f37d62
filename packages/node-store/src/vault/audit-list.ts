import { sql } from 'kysely'
import { utcText } from '../db/schema'
import { assertName, assertOneOf, between, equals } from './arguments'
import { toUuid, type VaultContext } from './context'
import { assertOptions } from './options'
import { PAGE_OPTIONS, type Page, type PageOptions, readPage } from './page'

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
  /** The error code when it failed. */
  readonly error?: string
  readonly requestId?: string
  readonly ipAddress?: string
  readonly userAgent?: string
}

/** Which entries; each filter has an index, and all given ones must hold. */
export interface AuditListOptions extends PageOptions {
  /** `encryption`, `delivery`, `decryption`, `grant`, `key_access`, `prompt_access`, `envelope_access`. */
  readonly event?: string
  readonly service?: string
  /** User or service: see `AuditContext.actor`. */
  readonly actor?: string
  readonly resourceType?: 'prompt' | 'envelope' | 'key'
  /** UUID of a prompt, an envelope, or a row of `cryptographic_keys`. */
  readonly resourceId?: string
  /** UUID that follows a request across services. */
  readonly requestId?: string
  /** From this moment on. */
  readonly since?: Date
  /** Before this moment. */
  readonly until?: Date
}

const OPTIONS = [
  'event',
  'service',
  'actor',
  'resourceType',
  'resourceId',
  'requestId',
  'since',
  'until',
  ...PAGE_OPTIONS,
] as const satisfies readonly (keyof AuditListOptions)[]

/** The newest audit entries. */
export async function listAudit(
  context: VaultContext,
  options: AuditListOptions = {},
): Promise<Page<AuditEntry>> {
  assertOptions(options, OPTIONS)
  const { event, service, actor, resourceType, resourceId, requestId } = options
  assertName(event, 'event')
  assertName(service, 'service')
  assertName(actor, 'actor')
  assertOneOf(resourceType, ['prompt', 'envelope', 'key'], 'resourceType')
  const uuid = (id: string | undefined, name: string) =>
    id === undefined ? undefined : toUuid(id, name)
  return readPage<AuditRow, AuditEntry>(
    context,
    {
      from: 'audit_logs',
      columns: sql`${utcText('created_at')} AS at, event_type, action, service_name, user_id,
        resource_type, resource_id::text, success, error_message, request_id::text,
        host(ip_address) AS ip_address, user_agent`,
      where: [
        ...equals('event_type', event),
        ...equals('service_name', service),
        ...equals('user_id', actor),
        ...equals('resource_type', resourceType),
        ...equals('resource_id', uuid(resourceId, 'resourceId')),
        ...equals('request_id', uuid(requestId, 'requestId')),
        ...between('created_at', options),
      ],
      newestBy: 'created_at',
      toItem,
    },
    options,
  )
}

interface AuditRow {
  readonly id: string
  readonly at: string
  readonly event_type: string
  readonly action: string
  readonly service_name: string
  readonly user_id: string | null
  readonly resource_type: string | null
  readonly resource_id: string | null
  readonly success: boolean
  readonly error_message: string | null
  readonly request_id: string | null
  readonly ip_address: string | null
  readonly user_agent: string | null
}

function toItem(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    at: new Date(row.at),
    event: row.event_type,
    action: row.action,
    service: row.service_name,
    success: row.success,
    ...(row.user_id !== null && { actor: row.user_id }),
    ...(row.resource_type !== null && { resourceType: row.resource_type }),
    ...(row.resource_id !== null && { resourceId: row.resource_id }),
    ...(row.error_message !== null && { error: row.error_message }),
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(row.ip_address !== null && { ipAddress: row.ip_address }),
    ...(row.user_agent !== null && { userAgent: row.user_agent }),
  }
}
