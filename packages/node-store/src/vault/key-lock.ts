import { type RawBuilder, sql } from 'kysely'
import { table, type VaultContext } from './context'
import type { KeyPart } from './key-source'

/** A key as it was used: what the statement that commits the use looks for. */
export interface KeyUse {
  readonly keyId: string
  readonly service: string
  readonly part: KeyPart
  /** Lower-case hex of its fingerprint, as in `public_key_hash`. */
  readonly hash: string
}

/** Whether keys are locked to seal with, or to open with. */
type Purpose = 'seal' | 'open'

/**
 * For a WITH in the very statement that commits the use: `usable`, the keys that may still be used, locked until the transaction
 * ends. A revocation either came first, and then a key is missing, or waits until this transaction is through. Sealing
 * takes active keys that have not expired; opening all that are not revoked.
 */
export function withUsable(
  context: VaultContext,
  keys: readonly KeyUse[],
  purpose: Purpose,
): RawBuilder<unknown> {
  const condition =
    purpose === 'open'
      ? sql`k.status <> 'revoked'`
      : sql`k.status = 'active' AND (k.expires_at IS NULL OR k.expires_at > CURRENT_TIMESTAMP)`
  // As JSON: the two drivers write arrays differently. In one order, so that nobody waits in a circle.
  return sql`usable AS (
    SELECT k.key_id FROM ${table(context, 'cryptographic_keys')} AS k
    JOIN jsonb_to_recordset(${JSON.stringify(distinct(keys))}::text::jsonb)
      AS used("keyId" text, service text, part text, hash text)
      ON k.key_id = used."keyId" AND k.service_name = used.service AND k.key_type = used.part
        AND k.public_key_hash = used.hash
    WHERE ${condition} ORDER BY k.key_id FOR SHARE OF k)`
}

/** Whether `usable` holds every one of the keys. */
export function allUsable(keys: readonly KeyUse[]): RawBuilder<boolean> {
  return sql<boolean>`(SELECT count(*) FROM usable) = ${distinct(keys).length}::int`
}

function distinct(keys: readonly KeyUse[]): readonly KeyUse[] {
  return [...new Map(keys.map((key) => [key.keyId, key])).values()]
}
