import { fingerprintToHex, type PublicIdentity } from '@zkeb/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import { applySettings } from '../db/context'
import { type Database, moment } from '../db/schema'
import { writeAudit } from './audit'
import type { VaultContext } from './context'
import { KEY_PARTS, type SavedKeyIds } from './key-source'
import { askSource, USAGE } from './trusted-keys'

/** An identity, and how the key source keeps it. */
export interface KeepIdentity {
  readonly identity: PublicIdentity
  /** Puts the identity into the key source, which names its keys. */
  readonly keep: () => Promise<SavedKeyIds>
}

/** Longer than another process takes to keep its keys. */
const LOCK_TIMEOUT_MS = 10_000

/** Waits until nobody else registers keys of the service; until the transaction ends. */
export async function lockService(
  trx: Transaction<Database>,
  context: VaultContext,
  service: string,
): Promise<void> {
  await applySettings(trx, { lockTimeoutMs: LOCK_TIMEOUT_MS })
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(
    'zkeb keys ' || ${context.schema}::text || '.' || ${service}::text, 0))`.execute(trx)
}

/**
 * Keeps an identity and registers both its keys. Kept before the commit: a registered key whose private half was
 * lost could not open anything, a kept key that was never registered harms nobody.
 */
export async function insertKeys(
  trx: Kysely<Database>,
  context: VaultContext,
  key: KeepIdentity & { readonly service: string; readonly expiresAt: number | undefined },
): Promise<SavedKeyIds> {
  const { service, identity, keep, expiresAt } = key
  const ids = await askSource(keep)
  for (const part of KEY_PARTS) {
    const keyId = ids[part]
    const [row] = await trx
      .insertInto('cryptographic_keys')
      .values({
        key_id: keyId,
        key_type: part,
        key_algorithm: identity[part].type,
        key_usage: USAGE[part],
        service_name: service,
        key_storage_location: context.keys.location({ service, keyId }),
        public_key_hash: fingerprintToHex(identity[part].fingerprint),
        rotated_at: null,
        expires_at: expiresAt === undefined ? null : moment(new Date(expiresAt).toISOString()),
      })
      .returning('id')
      .execute()
    await writeAudit(trx, context, {
      event: 'key_access',
      action: 'create',
      resourceType: 'key',
      ...(row !== undefined && { resourceId: row.id }),
    })
  }
  return ids
}
