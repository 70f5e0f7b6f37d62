import { randomUUID } from 'node:crypto'
import type { PublicIdentity } from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import type { CallOptions } from '../db/call'
import { storeError } from '../db/errors'
import type { Database, KeyStatus } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { requireActiveKeys, type ServiceIdentity } from './active-keys'
import { assertName, toExpiry } from './arguments'
import { auditing, writeAudit } from './audit'
import { table, type VaultContext } from './context'
import { CACHE_KEYS, fencing } from './fencing'
import { insertKeys, lockService } from './insert-keys'
import { assertServiceName, KEY_PARTS } from './key-source'
import { type EnsureKeysOptions, keepPublic, makeIdentity } from './keys'
import { assertOptions } from './options'
import { askSource, readKeyRows } from './trusted-keys'

export interface RotateKeysOptions extends EnsureKeysOptions {
  /** The new keys, where they were made elsewhere; default: the key source's current ones, or newly made. */
  readonly identity?: PublicIdentity
}

const OPTIONS = [
  'identity',
  'modulusLength',
  'expiresInSeconds',
  'signal',
] as const satisfies readonly (keyof RotateKeysOptions)[]

/** The audit row of a key's change. */
const CHANGING = { event: 'key_access', action: 'update', resourceType: 'key' } as const

/**
 * Gives a service new keys: from now on these seal and sign; the old ones open and prove what was sealed before. Of
 * several at once one rotates, and all return its keys. Other processes need the new keys in their key
 * sources: shared, or by `register`.
 *
 * @throws KEY when the service has no active keys, or the source neither has nor keeps new ones
 */
export async function rotateKeys(
  context: VaultContext,
  service: string,
  options: RotateKeysOptions = {},
): Promise<ServiceIdentity> {
  assertServiceName(service, 'service')
  assertOptions(options, OPTIONS)
  const { identity, modulusLength = 4096, signal } = options
  const expiresAt = toExpiry(options.expiresInSeconds, Date.now())
  return auditing(context, CHANGING, signal, async () => {
    const [old] = await requireActiveKeys(context, [service], signal)
    const made =
      identity === undefined
        ? await makeIdentity(context, service, { modulusLength, like: old.public })
        : keepPublic(context, service, identity)
    const isSame = KEY_PARTS.every((part) => isEqual(made.identity, old.public, part))
    // Nothing new: an environment, say, that still has the old line first.
    if (isSame) return old
    signal?.throwIfAborted()
    const keyIds = KEY_PARTS.map((part) => old.keyIds[part])
    await fencing(context, { keys: keyIds.map(CACHE_KEYS.key) }, (fence) =>
      transactCertainly({
        db: context.db,
        signal,
        work: async (trx) => {
          await lockService(trx, context, service)
          const rotated = await setKeyStatus(trx, context, {
            keyIds,
            from: ['active'],
            to: 'rotated',
          })
          // Else somebody else rotated them meanwhile.
          if (rotated.length > 0) await insertKeys(trx, context, { service, ...made, expiresAt })
        },
        // Whoever rotated them: what the service has now is read below.
        wasCommitted: async (trx) => {
          await lockService(trx, context, service)
          const { rows } = await sql`SELECT 1 FROM ${table(context, 'cryptographic_keys')}
            WHERE key_id IN (${sql.join(keyIds)}) AND status = 'active'`.execute(trx)
          return rows.length === 0
        },
        onDoubt: fence.renew,
      }),
    )
    const [active] = await requireActiveKeys(context, [service], signal)
    return active
  })
}

function isEqual(one: PublicIdentity, other: PublicIdentity, part: 'encryption' | 'signing') {
  return Buffer.compare(one[part].fingerprint, other[part].fingerprint) === 0
}

/**
 * Revokes a key, and with it the other key of its identity where the key source knows it: from the moment this returns they neither
 * seal nor open, and nothing they signed is believed. What was sealed to them stays closed. Not taken back; revoking
 * twice is no error. Returns the ids of the revoked keys.
 *
 * @throws NOT_FOUND when no key has this id
 */
export async function revokeKey(
  context: VaultContext,
  keyId: string,
  options: CallOptions = {},
): Promise<readonly string[]> {
  assertName(keyId, 'keyId')
  if (keyId === undefined) throw new TypeError('keyId must be the id of a key')
  assertOptions(options, ['signal'])
  const { signal } = options
  return auditing(context, CHANGING, signal, async () => {
    const keyIds = await idsOfIdentity(context, keyId, signal)
    const auditId = randomUUID()
    // A revocation never waits for Redis: what seals, opens and delivers reads the database.
    return fencing(context, { keys: keyIds.map(CACHE_KEYS.key), always: true }, (fence) =>
      transactCertainly({
        db: context.db,
        signal,
        work: async (trx) => {
          const from = ['active', 'rotated', 'revoked'] as const
          const revoked = await setKeyStatus(trx, context, { keyIds, from, to: 'revoked', auditId })
          if (revoked.includes(keyId)) return revoked
          throw storeError('NOT_FOUND', 'no key has this id')
        },
        wasCommitted: async (trx) => {
          await lockKeys(trx, context, keyIds)
          const { rows } = await sql`SELECT 1 FROM ${table(context, 'audit_logs')}
            WHERE id = ${auditId}::text::uuid`.execute(trx)
          return rows.length > 0
        },
        onDoubt: fence.renew,
      }),
    )
  })
}

/** Both key ids of an identity. A source that does not know it, or is down, must not hinder a revocation. */
async function idsOfIdentity(
  context: VaultContext,
  keyId: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const [row] = await readKeyRows(context, { keyIds: [keyId] }, signal)
  if (row === undefined) return [keyId]
  const ref = { service: row.service_name, keyId }
  const identity = await askSource(() => context.keys.publicIdentity(ref)).catch(() => undefined)
  const others = [identity?.encryption.keyId, identity?.signing.keyId]
  return [...new Set([keyId, ...others.filter((id) => id !== undefined)])]
}

interface StatusChange {
  readonly keyIds: readonly string[]
  readonly from: readonly KeyStatus[]
  readonly to: KeyStatus
  /** UUID of the first key's audit row. */
  readonly auditId?: string
}

/** Sets a status where it is one of `from`, with an audit row each. Returns the ids of those keys. */
async function setKeyStatus(
  trx: Kysely<Database>,
  context: VaultContext,
  { keyIds, from, to, auditId }: StatusChange,
): Promise<readonly string[]> {
  await lockKeys(trx, context, keyIds)
  const rotatedAt = to === 'rotated' ? sql`CURRENT_TIMESTAMP` : sql`rotated_at`
  const { rows } = await sql<{ id: string; key_id: string }>`
    UPDATE ${table(context, 'cryptographic_keys')} SET status = ${to}, rotated_at = ${rotatedAt}
    WHERE key_id IN (${sql.join(keyIds)}) AND status IN (${sql.join(from)})
    RETURNING id::text AS id, key_id`.execute(trx)
  for (const [index, row] of rows.entries()) {
    const id = index === 0 && auditId !== undefined ? { id: auditId } : {}
    await writeAudit(trx, context, { ...CHANGING, resourceId: row.id, ...id })
  }
  return rows.map((row) => row.key_id)
}

/** In the order in which openings and sealings lock them, so that nobody waits in a circle. */
async function lockKeys(
  trx: Kysely<Database>,
  context: VaultContext,
  keyIds: readonly string[],
): Promise<void> {
  await sql`SELECT 1 FROM ${table(context, 'cryptographic_keys')}
    WHERE key_id IN (${sql.join(keyIds)}) ORDER BY key_id FOR UPDATE`.execute(trx)
}
