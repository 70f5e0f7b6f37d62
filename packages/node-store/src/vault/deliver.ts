import { type EnvelopeJson, fromRow, ZkebError } from '@zkeb/core'
import { mapErrors } from '../db/errors'
import { isSingleUse } from './associated-data'
import { auditFailure, writeAudit } from './audit'
import { type CallOptions, toUuid, type VaultContext } from './context'
import { readStoredEnvelope, setStatus } from './stored-envelope'

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
  try {
    return await mapErrors(signal, async () => {
      signal?.throwIfAborted()
      return context.db.transaction().execute(async (trx) => {
        const stored = await readStoredEnvelope(trx, context, { id: envelopeId, lock: true })
        const envelope = fromRow(stored.rows)
        const expired = envelope.expiresAt !== undefined && Date.now() >= envelope.expiresAt
        if (expired || stored.status === 'expired') {
          throw new ZkebError('EXPIRED', 'the envelope has expired')
        }
        if (stored.status === 'decrypted' && isSingleUse(envelope.metadata)) {
          throw new ZkebError('REPLAYED', 'the envelope opens once and was opened')
        }
        signal?.throwIfAborted()
        if (stored.status === 'pending') {
          await setStatus(trx, context, { id: envelopeId, status: 'delivered', from: ['pending'] })
        }
        signal?.throwIfAborted()
        await writeAudit(trx, context, event)
        return { envelope: envelope.toJSON(), promptId: stored.promptId }
      })
    })
  } catch (error) {
    const code: unknown = (error as { code?: unknown } | null)?.code
    if (typeof code === 'string' && code !== 'DATABASE' && !signal?.aborted) {
      await auditFailure(context, { ...event, error: code })
    }
    throw error
  }
}
