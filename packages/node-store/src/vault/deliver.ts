import { type EnvelopeJson, ZkebError } from '@zkeb/core'
import { type CallOptions, inDatabase } from '../db/call'
import { isSingleUse } from './associated-data'
import { auditing, writeAudit } from './audit'
import { toUuid, type VaultContext } from './context'
import { envelopeOf, readStoredEnvelope, setStatus } from './stored-envelope'

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
 * until `vault.open` opened it.
 *
 * @throws NOT_FOUND; EXPIRED; REPLAYED for a single-use envelope that was opened; FORMAT when the row was
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
  const deliver = () =>
    context.db.transaction().execute(async (trx) => {
      const stored = await readStoredEnvelope(trx, context, { id: envelopeId, lock: true })
      const envelope = envelopeOf(stored, envelopeId)
      const expired = envelope.expiresAt !== undefined && Date.now() >= envelope.expiresAt
      if (expired || stored.status === 'expired') {
        throw new ZkebError('EXPIRED', 'the envelope has expired')
      }
      if (stored.status === 'decrypted' && isSingleUse(envelope.metadata)) {
        throw new ZkebError('REPLAYED', 'the envelope opens once and was opened')
      }
      signal?.throwIfAborted()
      if (stored.status === 'pending') {
        await setStatus(trx, envelopeId, { from: ['pending'], to: 'delivered' })
      }
      signal?.throwIfAborted()
      await writeAudit(trx, context, event)
      return { envelope: envelope.toJSON(), promptId: stored.promptId }
    })
  return auditing(context, event, signal, () => inDatabase(signal, deliver))
}
