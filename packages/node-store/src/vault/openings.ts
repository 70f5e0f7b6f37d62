import { randomUUID } from 'node:crypto'
import { ZkebError } from '@zkeb/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import { runLater } from '../db/context'
import { storeError } from '../db/errors'
import type { Database } from '../db/schema'
import { transact, transactCertainly } from '../db/transact'
import { auditFailure, writeAudit } from './audit'
import { currentAuditContext } from './audit-context'
import { table, type VaultContext } from './context'
import { setStatus } from './stored-envelope'

/** A failure is not worth waiting for long: it is also an audit row. */
const LOCK_TIMEOUT_MS = 3_000

/** One try to open an envelope. */
export interface Opening {
  readonly envelopeId: string
  /** The service that opens. */
  readonly as: string
  /** How far it came: whether the signature was found good. */
  signatureVerified: boolean
}

/** The audit row of an opening. */
export const openingEvent = ({ envelopeId, as }: Opening) =>
  ({
    event: 'decryption',
    action: 'read',
    resourceType: 'envelope',
    resourceId: envelopeId,
    service: as,
  }) as const

/**
 * Records a successful opening: status, decryption row and audit row in one transaction. When it returns
 * the opening is committed and the plaintext may be released; when it throws it must not be.
 *
 * @throws REPLAYED when the envelope opens once and another opening was first; EXPIRED or NOT_FOUND when
 *   its status says so, or it was deleted meanwhile; DATABASE when nothing could be recorded
 */
export function recordOpening(
  context: VaultContext,
  opening: Opening,
  options: { readonly singleUse: boolean; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { singleUse, signal } = options
  const { envelopeId } = opening
  // Chosen before, so that the row can be looked for when the answer to the commit is lost.
  const decryptionId = randomUUID()
  return transactCertainly({
    db: context.db,
    signal,
    work: async (trx) => {
      const won = await setStatus(trx, envelopeId, {
        from: singleUse ? ['pending', 'delivered'] : ['pending', 'delivered', 'decrypted'],
        to: 'decrypted',
      })
      if (!won) throw await whyNot(trx, context, envelopeId)
      signal?.throwIfAborted()
      await insertDecryption(trx, opening, { id: decryptionId })
      await writeAudit(trx, context, openingEvent(opening))
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
 * Records a failed opening, unless the database itself failed: then an opening may have been committed after
 * all, and the log must not say both. Never throws: the failure itself must reach the caller, and there is
 * no plaintext to hold back.
 */
export async function recordFailedOpening(
  context: VaultContext,
  opening: Opening,
  code: string,
): Promise<void> {
  if (code === 'DATABASE') return
  const event = { ...openingEvent(opening), error: code }
  try {
    await transact(context.db, { lockTimeoutMs: LOCK_TIMEOUT_MS }, async (trx) => {
      await insertDecryption(trx, opening, { id: randomUUID(), code })
      await writeAudit(trx, context, event)
    })
  } catch {
    // The envelope may be gone, so that its decryption row has no parent: the audit row needs none.
    await auditFailure(context, event)
  }
}

async function insertDecryption(
  trx: Kysely<Database>,
  opening: Opening,
  { id, code }: { readonly id: string; readonly code?: string },
): Promise<void> {
  const { ipAddress, userAgent } = currentAuditContext()
  const row = trx.insertInto('envelope_decryptions').values({
    id,
    envelope_id: opening.envelopeId,
    signature_verified: opening.signatureVerified,
    decryption_successful: code === undefined,
    error_message: code ?? null,
    decrypted_by: opening.as,
    ip_address: ipAddress ?? null,
    user_agent: userAgent ?? null,
  })
  await runLater(trx, row.compile())
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
