import { type EnvelopeRows, fingerprintToHex } from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import { runLater } from '../db/context'
import { SQLSTATE, sqlState, storeError } from '../db/errors'
import { type Database, jsonb, moment } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { writeAudit } from './audit'
import { currentAuditContext } from './audit-context'
import { table, type VaultContext } from './context'
import type { KeyPart } from './key-source'
import type { ServiceIdentity } from './keys'
import { keyError } from './trusted-keys'

/** A sealed envelope and the prompt it belongs to. */
interface Sealed {
  readonly promptId: string
  readonly promptText: string
  readonly secretHash: string
  readonly rows: EnvelopeRows
  readonly sender: ServiceIdentity
  readonly receiver: ServiceIdentity
}

/** The audit row of a sending. */
export const SENDING = { event: 'encryption', action: 'create', resourceType: 'envelope' } as const

/**
 * Stores prompt, envelope, recipients and audit row in one transaction. When it returns that is committed.
 *
 * @throws KEY when a key is no longer active; PAYLOAD_TOO_LARGE when a plaintext is too long for the index;
 *   DATABASE when it was not stored, or when that cannot be found out (the hint tells which)
 */
export function storeEnvelope(
  context: VaultContext,
  sealed: Sealed,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { envelope, recipients } = sealed.rows
  return transactCertainly({
    db: context.db,
    signal,
    work: async (trx) => {
      // Two round trips: prompt and envelope, then recipients, audit row and COMMIT.
      await insertPromptAndEnvelope(trx, context, sealed)
      signal?.throwIfAborted()
      const rows = recipients.map((row) => ({ ...row, envelope_id: envelope.id }))
      await runLater(trx, trx.insertInto('envelope_recipients').values(rows).compile())
      await writeAudit(trx, context, { ...SENDING, resourceId: envelope.id })
    },
    wasCommitted: (trx) => isPromptThere(trx, context, sealed.promptId),
  })
}

async function insertPromptAndEnvelope(
  trx: Kysely<Database>,
  context: VaultContext,
  sealed: Sealed,
): Promise<void> {
  const actor = currentAuditContext().actor ?? context.service
  const prompt = trx.insertInto('prompts').values({
    id: sealed.promptId,
    prompt_text: sealed.promptText,
    secret_hash: sealed.secretHash,
    created_by: actor,
    updated_by: actor,
  })
  try {
    await runLater(trx, prompt.compile())
    await insertEnvelope(trx, context, sealed)
  } catch (error) {
    if (sqlState(error) !== SQLSTATE.programLimitExceeded) throw error
    throw storeError('PAYLOAD_TOO_LARGE', 'the text is too long for the full-text index')
  }
}

/**
 * Whether the prompt was committed. Asked by inserting its id again and taking that back: unlike reading, that
 * waits for the lost transaction, if the server still runs it.
 */
async function isPromptThere(
  trx: Kysely<Database>,
  context: VaultContext,
  promptId: string,
): Promise<boolean> {
  await sql`SAVEPOINT zkeb_was_committed`.execute(trx)
  const { rows } = await sql`
    INSERT INTO ${table(context, 'prompts')} (id, prompt_text, secret_hash)
    VALUES (${promptId}::text::uuid, '', '') ON CONFLICT (id) DO NOTHING RETURNING id`.execute(trx)
  await sql`ROLLBACK TO SAVEPOINT zkeb_was_committed`.execute(trx)
  return rows.length === 0
}

/**
 * Inserts the envelope only where both keys are active at this very moment, and locks their rows: a
 * revocation either comes first, and nothing is inserted, or waits until this transaction is through.
 *
 * @throws KEY when a key is no longer active, or no longer the one that was used
 */
async function insertEnvelope(
  trx: Kysely<Database>,
  context: VaultContext,
  { rows, promptId, sender, receiver }: Sealed,
): Promise<void> {
  const row = rows.envelope
  const keys = table(context, 'cryptographic_keys')
  const isUsable = (alias: string, service: ServiceIdentity, part: KeyPart) => sql`
    ${sql.ref(`${alias}.key_id`)} = ${service.keyIds[part]}
    AND ${sql.ref(`${alias}.service_name`)} = ${service.service}
    AND ${sql.ref(`${alias}.key_type`)} = ${part}
    AND ${sql.ref(`${alias}.public_key_hash`)} = ${fingerprintToHex(service.public[part].fingerprint)}
    AND ${sql.ref(`${alias}.status`)} = 'active'
    AND (${sql.ref(`${alias}.expires_at`)} IS NULL
      OR ${sql.ref(`${alias}.expires_at`)} > CURRENT_TIMESTAMP)`
  const { rows: inserted } = await sql`
    INSERT INTO ${table(context, 'envelopes')} (id, prompt_id, encrypted_data, encrypted_key, signature,
      iv, auth_tag, algorithm, key_algorithm, signature_algorithm, receiver_public_key_id,
      sender_private_key_id, metadata, created_at, expires_at)
    SELECT ${row.id}::text::uuid, ${promptId}::text::uuid, ${row.encrypted_data}::text,
      ${row.encrypted_key}::text, ${row.signature}::text, ${row.iv}::text, ${row.auth_tag}::text,
      ${row.algorithm}::text, ${row.key_algorithm}::text, ${row.signature_algorithm}::text,
      receiver.key_id, sender.key_id, ${jsonb(row.metadata)}, ${moment(row.created_at)},
      ${moment(row.expires_at)}
    FROM ${keys} AS receiver, ${keys} AS sender
    WHERE ${isUsable('receiver', receiver, 'encryption')}
      AND ${isUsable('sender', sender, 'signing')}
    FOR SHARE OF receiver, sender
    RETURNING id`.execute(trx)
  if (inserted.length > 0) return
  throw keyError(
    'the receiver’s or the sender’s key is not active any more',
    'it was rotated or revoked while this was sealed; send again',
  )
}
