import { AsyncLocalStorage } from 'node:async_hooks'
import { isIP } from 'node:net'
import { toUuid } from './context'

/** Who asked, for the audit rows of everything done inside {@link runWithAuditContext}. */
export interface AuditContext {
  /** UUID that follows a request across services: `audit_logs.request_id`. */
  readonly requestId?: string
  /** User or service, at most 255 characters; default: the service of the vault. */
  readonly actor?: string
  /** IPv4 or IPv6 address. */
  readonly ipAddress?: string
  readonly userAgent?: string
}

const MAX_ACTOR = 255
/** Characters of a user agent that are kept; longer ones are cut, since clients choose them. */
const MAX_USER_AGENT = 1024

const storage = new AsyncLocalStorage<AuditContext>()

/**
 * Runs `work` so that every audit row written in it, however deep, carries `context`.
 *
 * @throws TypeError for a request id that is no UUID, an address that is no IP address, an actor that is
 *   too long: here, because in the database they would fail the operation itself
 */
export function runWithAuditContext<T>(context: AuditContext, work: () => T): T {
  const { requestId, actor, ipAddress, userAgent } = context
  if (requestId !== undefined) toUuid(requestId, 'requestId')
  if (ipAddress !== undefined && (isIP(ipAddress) === 0 || ipAddress.includes('%'))) {
    throw new TypeError('ipAddress must be an IPv4 or IPv6 address')
  }
  if (
    actor !== undefined &&
    (actor.length === 0 || actor.length > MAX_ACTOR || actor.includes('\0'))
  ) {
    throw new TypeError(`actor must be 1 to ${MAX_ACTOR} characters`)
  }
  const agent = userAgent?.replaceAll('\0', '').slice(0, MAX_USER_AGENT)
  return storage.run(agent === undefined ? context : { ...context, userAgent: agent }, work)
}

/** The context around the current call; empty outside {@link runWithAuditContext}. */
export function currentAuditContext(): AuditContext {
  return storage.getStore() ?? {}
}
