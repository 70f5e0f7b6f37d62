import { fingerprintToHex, generateIdentity, type PublicIdentity } from '@zkeb/core'
import { sql, type Transaction } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import type { Database } from '../db/schema'
import { transact } from '../db/transact'
import { writeAudit } from './audit'
import { table, type VaultContext } from './context'
import { assertServiceName, KEY_PARTS, type KeyPart, type SavedKeyIds } from './key-source'
import {
  askSource,
  type KeyRow,
  keyError,
  readKeyRows,
  trustedIdentity,
  USAGE,
} from './trusted-keys'

/** Longer than another process takes to keep its keys. */
const LOCK_TIMEOUT_MS = 10_000

/** The identity a service seals and opens with. */
export interface ServiceIdentity {
  readonly service: string
  /** Ids of its two keys, as in `cryptographic_keys.key_id`. */
  readonly keyIds: SavedKeyIds
  readonly public: PublicIdentity
}

export interface EnsureKeysOptions extends CallOptions {
  /** Bits of the RSA keys if they have to be made; default 4096 (takes a second or more). */
  readonly modulusLength?: 2048 | 3072 | 4096
}

/**
 * The active identity of a service; made, kept in the key source and registered when there is none. Two
 * at once register one.
 *
 * @throws KEY when the registered identity is not in the key source, or differs from its hash
 */
export async function ensureKeys(
  context: VaultContext,
  service: string,
  options: EnsureKeysOptions = {},
): Promise<ServiceIdentity> {
  assertServiceName(service, 'service')
  const { signal, modulusLength = 4096 } = options
  const active = await findActive(context, service, signal)
  if (active !== undefined) return active
  const save = context.keys.save?.bind(context.keys)
  if (save === undefined) {
    throw keyError(
      `${service} has no registered keys and the key source cannot keep new ones`,
      'register the keys of the service with vault.keys.register',
    )
  }
  // Made before the lock is taken: it may take seconds.
  const identity = await generateIdentity({ modulusLength, extractable: true })
  signal?.throwIfAborted()
  await insertOnce(context, service, {
    signal,
    keep: () => save(service, identity),
    identity: identity.public,
  })
  return requireActiveKeys(context, service, signal)
}

/**
 * Registers keys that were made elsewhere, or learns the public keys of a service that registered itself in this
 * database already; the key source keeps them if it can. Whoever calls this trusts `identity` to be `service`: get
 * it over a channel you trust.
 *
 * @throws KEY when the service has another active identity, or the source does not know these keys
 */
export async function registerKeys(
  context: VaultContext,
  service: string,
  identity: PublicIdentity,
  options: CallOptions = {},
): Promise<ServiceIdentity> {
  assertServiceName(service, 'service')
  const { signal } = options
  const labelled = { encryption: identity.encryption.keyId, signing: identity.signing.keyId }
  const hash = (of: PublicIdentity, part: KeyPart) => fingerprintToHex(of[part].fingerprint)
  const rows = await readKeyRows(context, { service }, signal)
  const isRegistered = (part: KeyPart) =>
    rows.some((row) => row.status === 'active' && row.public_key_hash === hash(identity, part))
  if (KEY_PARTS.every(isRegistered)) {
    await askSource(async () => context.keys.savePublic?.(service, identity))
  }
  await insertOnce(context, service, {
    signal,
    identity,
    keep: async () => {
      const savePublic = context.keys.savePublic?.bind(context.keys)
      if (savePublic !== undefined) return savePublic(service, identity)
      const { encryption, signing } = labelled
      if (encryption !== undefined && signing !== undefined) return { encryption, signing }
      throw keyError('the identity has no key ids', 'give `keyIds` when it is imported')
    },
  })
  const active = await requireActiveKeys(context, service, signal)
  if (KEY_PARTS.some((part) => hash(active.public, part) !== hash(identity, part))) {
    throw keyError(`${service} has another active identity`, 'one service has one active identity')
  }
  return active
}

/** The service's newest active encryption key and the signing key of the same identity. */
async function findActive(
  context: VaultContext,
  service: string,
  signal: AbortSignal | undefined,
): Promise<ServiceIdentity | undefined> {
  const rows = await readKeyRows(context, { service }, signal)
  const usable = rows.filter((row) => row.status === 'active' && !row.expired)
  const row = usable.find((key) => key.key_type === 'encryption')
  if (row === undefined) return undefined
  const found = await trustedIdentity(context, { service, keyId: row.key_id }, row)
  if (found === undefined) throw notInSource(service, row.key_id)
  const signing = usable.find((key) => key.key_id === found.signing.keyId)
  if (signing === undefined) {
    throw keyError(`${service} has no active signing key`, 'an identity has both keys registered')
  }
  const checked = await trustedIdentity(context, { service, keyId: signing.key_id }, signing)
  if (checked === undefined) throw notInSource(service, signing.key_id)
  return {
    service,
    keyIds: { encryption: row.key_id, signing: signing.key_id },
    public: found,
  }
}

/**
 * The active identity of a service.
 *
 * @throws KEY when there is none, or as {@link ensureKeys}
 */
export async function requireActiveKeys(
  context: VaultContext,
  service: string,
  signal: AbortSignal | undefined,
): Promise<ServiceIdentity> {
  const active = await findActive(context, service, signal)
  if (active !== undefined) return active
  throw keyError(
    `${service} has no active keys`,
    `call vault.keys.ensure('${service}') where its keys may be made, or vault.keys.register`,
  )
}

interface Insertion {
  readonly identity: PublicIdentity
  /** Puts the identity into the key source, which names its keys. */
  readonly keep: () => Promise<SavedKeyIds>
  readonly signal: AbortSignal | undefined
}

/** Registers the identity unless the service has an active one by now. */
function insertOnce(context: VaultContext, service: string, insertion: Insertion): Promise<void> {
  const { identity, keep, signal } = insertion
  return inDatabase(signal, () =>
    transact(context.db, { lockTimeoutMs: LOCK_TIMEOUT_MS }, async (trx) => {
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(
        'zkeb keys ' || ${context.schema}::text || '.' || ${service}::text, 0))`.execute(trx)
      const { rows } = await sql<KeyRow>`SELECT key_id FROM ${table(context, 'cryptographic_keys')}
        WHERE service_name = ${service} AND status = 'active' AND key_type = 'encryption'
          AND (expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP)`.execute(trx)
      if (rows.length > 0) return
      // Kept before the commit: a registered key whose private half was lost could not open anything,
      // a kept key that was never registered harms nobody.
      const ids = await askSource(keep)
      for (const part of KEY_PARTS) await insertKey(trx, context, { service, part, ids, identity })
    }),
  )
}

async function insertKey(
  trx: Transaction<Database>,
  context: VaultContext,
  key: {
    readonly service: string
    readonly part: KeyPart
    readonly ids: SavedKeyIds
    readonly identity: PublicIdentity
  },
): Promise<void> {
  const { service, part, ids, identity } = key
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
      expires_at: null,
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

function notInSource(service: string, keyId: string) {
  return keyError(
    `key ${keyId} of ${service} is registered but not in the key source`,
    'give the vault the keys it was set up with, or copy the public keys of that service to it',
  )
}
