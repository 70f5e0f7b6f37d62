import { ZkebError } from '@zkeb/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import { storeError } from '../db/errors'
import type { Database } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { auditFailure, writeAudit } from './audit'
import { currentAuditContext } from './audit-context'
import { table, type VaultContext } from './context'
import { setStatus } from './stored-envelope'

/** One try to open an envelope. */
export interface Opening {
  /** Id of the row in `envelope_decryptions`, chosen before the try. */
  readonly decryptionId: string
  readonly envelopeId: string
  /** The service that opens. */
  readonly as: string
}

const event = (opening: Opening) =>
  ({
    event: 'decryption',
    action: 'read',
    resourceType: 'envelope',
    resourceId: opening.envelopeId,
    service: opening.as,
  }) as const

/**
 * Records a successful opening: status, decryption row and audit row in one transaction. When it returns
 * the opening is committed and the plaintext may be released; when it throws it must not be.
 *
 * @throws REPLAYED when the envelope opens once and another opening was first; EXPIRED or NOT_FOUND when
 *   it was expired or deleted meanwhile; DATABASE when nothing could be recorded
 */
export function recordOpening(
  context: VaultContext,
  opening: Opening,
  options: { readonly singleUse: boolean; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { singleUse, signal } = options
  const { envelopeId, decryptionId } = opening
  return transactCertainly({
    db: context.db,
    signal,
    work: async (trx) => {
      signal?.throwIfAborted()
      const won = await setStatus(trx, context, {
        id: envelopeId,
        status: 'decrypted',
        ...(singleUse && { from: ['pending', 'delivered'] as const }),
      })
      if (!won) throw await whyNot(trx, context, envelopeId)
      signal?.throwIfAborted()
      await insertDecryption(trx, context, opening)
      signal?.throwIfAborted()
      await writeAudit(trx, context, event(opening))
    },
    wasCommitted: async (trx) => {
      // Waits for the lost transaction, if the server still runs it: it holds this row.
      await sql`SELECT 1 FROM ${table(context, 'envelopes')}
        WHERE id = ${envelopeId}::text::uuid FOR SHARE`.execute(trx)
      const { rows } = await sql`SELECT 1 FROM ${table(context, 'envelope_decryptions')}
        WHERE id = ${decryptionId}::text::uuid`.execute(trx)
      return rows.length > 0
    },
  })
}

/**
 * Records a failed opening. Never throws: the failure itself must reach the caller, and there is no
 * plaintext to hold back.
 */
export async function recordFailedOpening(
  context: VaultContext,
  opening: Opening,
  failure: { readonly code: string; readonly signatureVerified: boolean },
): Promise<void> {
  const { code } = failure
  try {
    await context.db.transaction().execute(async (trx) => {
      await insertDecryption(trx, context, opening, failure)
      await writeAudit(trx, context, { ...event(opening), error: code })
    })
  } catch {
    // The envelope may be gone, so that its decryption row has no parent: the audit row needs none.
    await auditFailure(context, { ...event(opening), error: code })
  }
}

/** Records that somebody asked for an envelope that is not there: it can have no decryption row. */
export function recordUnknownEnvelope(context: VaultContext, opening: Opening): Promise<void> {
  return auditFailure(context, { ...event(opening), error: 'NOT_FOUND' })
}

async function insertDecryption(
  db: Kysely<Database>,
  context: VaultContext,
  opening: Opening,
  failure?: { readonly code: string; readonly signatureVerified: boolean },
): Promise<void> {
  const { ipAddress, userAgent } = currentAuditContext()
  await db
    .withSchema(context.schema)
    .insertInto('envelope_decryptions')
    .values({
      id: opening.decryptionId,
      envelope_id: opening.envelopeId,
      signature_verified: failure?.signatureVerified ?? true,
      decryption_successful: failure === undefined,
      error_message: failure?.code ?? null,
      decrypted_by: opening.as,
      ip_address: ipAddress ?? null,
      user_agent: userAgent ?? null,
    })
    .execute()
}

/** Why the guarded update changed no row. */
async function whyNot(
  trx: Transaction<Database>,
  context: VaultContext,
  envelopeId: string,
): Promise<ZkebError<string>> {
  const { rows } = await sql<{ status: string }>`
    SELECT status FROM ${table(context, 'envelopes')}
    WHERE id = ${envelopeId}::text::uuid AND deleted_at IS NULL`.execute(trx)
  const status = rows[0]?.status
  if (status === undefined) return storeError('NOT_FOUND', `no envelope ${envelopeId}`)
  if (status === 'expired') return new ZkebError('EXPIRED', 'the envelope has expired')
  return new ZkebError('REPLAYED', 'the envelope opens once and was opened', {
    hint: 'ask the sender for a new one',
  })
}
