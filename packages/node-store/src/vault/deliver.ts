import { type EnvelopeJson, type SealedEnvelope, ZkebError } from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import type { Fence } from '../cache/cache'
import { type CallOptions, inDatabase } from '../db/call'
import { runLater } from '../db/context'
import type { Database } from '../db/schema'
import { isSingleUse } from './associated-data'
import { auditing, writeAudit } from './audit'
import { table, toUuid, type VaultContext } from './context'
import { replayed } from './envelope-status'
import { CACHE_KEYS, fencing } from './fencing'
import { envelopeOf, keyIdsOf, readStoredEnvelope } from './stored-envelope'
import { keyError } from './trusted-keys'

/** What a receiver without access to the database needs, beside its own keys and the sender's public ones. */
export interface Delivered {
  readonly envelope: EnvelopeJson
  /** For {@link vaultAssociatedData}: an envelope is bound to the prompt it was sent with. */
  readonly promptId: string
}

/**
 * Hands out a stored envelope as JSON, for a receiver without access to the database, and marks it
 * delivered. Nothing is opened or verified here: the receiver does that, with `open` of core and
 * `vaultAssociatedData`.
 *
 * Single use ends here: it binds `vault.open`, and the vault does not learn of an opening with core. A
 * single-use envelope that was delivered opens as often as its receiver likes, and is delivered again
 * until `vault.open` opened it, or `vault.recordOpening` was told of it.
 *
 * @throws NOT_FOUND; KEY when the sender's key or all receivers' were revoked; EXPIRED; REPLAYED for a single-use envelope that was opened; FORMAT when the row was
 *   edited out of shape
 */
export async function deliverEnvelope(
  context: VaultContext,
  id: string,
  options: CallOptions = {},
): Promise<Delivered> {
  const envelopeId = toUuid(id, 'id')
  const { signal } = options
  const event = {
    event: 'delivery',
    action: 'read',
    resourceType: 'envelope',
    resourceId: envelopeId,
  } as const
  const deliver = async (trx: Kysely<Database>, fence: Fence) => {
    const stored = await readStoredEnvelope(trx, context, { id: envelopeId, lock: true })
    const envelope = envelopeOf(stored, envelopeId)
    const expired = envelope.expiresAt !== undefined && Date.now() >= envelope.expiresAt
    if (expired || stored.status === 'expired') {
      throw new ZkebError('EXPIRED', 'the envelope has expired')
    }
    if (stored.status === 'decrypted' && isSingleUse(envelope.metadata)) {
      throw replayed()
    }
    signal?.throwIfAborted()
    await assertKeys(trx, context, envelope)
    signal?.throwIfAborted()
    if (stored.status === 'pending') {
      await fence.add([CACHE_KEYS.envelope(envelopeId)])
      await setDelivered(trx, envelopeId)
    }
    signal?.throwIfAborted()
    await writeAudit(trx, context, event)
    return { envelope: envelope.toJSON(), promptId: stored.promptId }
  }
  return auditing(context, event, signal, () =>
    fencing(context, { keys: [] }, (fence) =>
      inDatabase(signal, () => context.db.transaction().execute((trx) => deliver(trx, fence))),
    ),
  )
}

/** Sets the status and nothing else of the envelope, whose row is locked: all other columns are the signed ones. */
async function setDelivered(trx: Kysely<Database>, id: string): Promise<void> {
  const update = trx.updateTable('envelopes').set({ status: 'delivered' }).where('id', '=', id)
  await runLater(trx, update.compile())
}

/**
 * A revoked key must not go on working where the database is out of reach: so its envelopes stay here.
 *
 * @throws KEY when the sender's key was revoked, or that of everybody who might open
 */
async function assertKeys(
  trx: Kysely<Database>,
  context: VaultContext,
  envelope: SealedEnvelope,
): Promise<void> {
  const { rows } = await sql<{ key_id: string }>`
    SELECT key_id FROM ${table(context, 'cryptographic_keys')} WHERE status <> 'revoked' AND (
      key_id IN (SELECT jsonb_array_elements_text(
        ${JSON.stringify(keyIdsOf(envelope))}::text::jsonb))
      OR key_id IN (SELECT receiver_public_key_id FROM ${table(context, 'envelope_grants')}
        WHERE envelope_id = ${envelope.id}::text::uuid))
    ORDER BY key_id FOR SHARE`.execute(trx)
  const sender = envelope.senderPrivateKeyId
  const isSenderGood = rows.some((row) => row.key_id === sender)
  if (isSenderGood && rows.length > 1) return
  throw keyError(
    isSenderGood ? 'the keys of all receivers were revoked' : 'the key of the sender was revoked',
    'send again, to keys that are active',
  )
}
