import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { runLater } from '../db/context'
import { type Database, jsonb } from '../db/schema'
import { transact, transactCertainly } from '../db/transact'
import { auditFailure, writeAudit } from './audit'
import { currentAuditContext } from './audit-context'
import { table, type VaultContext } from './context'
import { setDecrypted, type UsedEnvelope } from './envelope-status'
import { CACHE_KEYS, fencing } from './fencing'

/** A failure is not worth waiting for long: it is also an audit row. */
const LOCK_TIMEOUT_MS = 3_000

/** One try to open an envelope. */
export interface Opening {
  readonly envelopeId: string
  /** The service that opens. */
  readonly as: string
  /** How far it came: whether the signature was found good. */
  signatureVerified: boolean
  /** JSON text for `metadata`. */
  readonly metadata?: string
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
 *   its status says so, or it was deleted meanwhile; KEY when a key was revoked meanwhile; DATABASE when nothing could be
 *   recorded
 */
export function recordOpening(
  context: VaultContext,
  opening: Opening,
  options: { readonly used: UsedEnvelope; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { used, signal } = options
  // Chosen before, so that the row can be looked for when the answer to the commit is lost.
  const decryptionId = randomUUID()
  return fencing(context, { keys: [CACHE_KEYS.envelope(opening.envelopeId)] }, (fence) =>
    transactCertainly({
      db: context.db,
      signal,
      work: (trx) => insertOpening(trx, context, { opening, used, decryptionId, signal }),
      wasCommitted: (trx) => isOpeningThere(trx, context, { opening, decryptionId }),
      onDoubt: fence.renew,
    }),
  )
}

/** What {@link recordOpening} does, inside a transaction. */
export async function insertOpening(
  trx: Kysely<Database>,
  context: VaultContext,
  row: {
    readonly opening: Opening
    readonly used: UsedEnvelope
    readonly decryptionId: string
    readonly signal: AbortSignal | undefined
  },
): Promise<void> {
  const { opening, used, decryptionId, signal } = row
  await setDecrypted(trx, context, used)
  signal?.throwIfAborted()
  await insertDecryption(trx, opening, { id: decryptionId })
  await writeAudit(trx, context, openingEvent(opening))
}

/** Whether an opening was committed. Waits for the lost transaction, if the server still runs it. */
async function isOpeningThere(
  trx: Kysely<Database>,
  context: VaultContext,
  row: { readonly opening: Opening; readonly decryptionId: string },
): Promise<boolean> {
  // The lost transaction holds this row.
  await sql`SELECT 1 FROM ${table(context, 'envelopes')}
    WHERE id = ${row.opening.envelopeId}::text::uuid FOR SHARE`.execute(trx)
  const { rows } = await sql`SELECT 1 FROM ${table(context, 'envelope_decryptions')}
    WHERE id = ${row.decryptionId}::text::uuid`.execute(trx)
  return rows.length > 0
}

/**
 * Records a failed opening, unless the database itself failed: then an opening may have been committed after
 * all, and the log must not say both. Never throws: the failure itself must reach the caller, and there is
 * no plaintext to hold back. Inside a caller's transaction it is not waited for.
 */
export async function recordFailedOpening(
  context: VaultContext,
  opening: Opening,
  code: string,
): Promise<void> {
  if (code === 'DATABASE') return
  const { outside, ...past } = context
  if (outside === undefined) return insertFailedOpening(context, opening, code)
  const { db } = outside
  return outside.run(() => insertFailedOpening({ ...past, db }, opening, code))
}

async function insertFailedOpening(
  context: VaultContext,
  opening: Opening,
  code: string,
): Promise<void> {
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
    metadata: jsonb(opening.metadata ?? null),
  })
  await runLater(trx, row.compile())
}
