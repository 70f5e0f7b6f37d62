import { randomUUID } from 'node:crypto'
import type { EnvelopeRows } from '@zkeb/core'
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { runLater } from '../db/context'
import { type Database, jsonb, moment } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { writeAudit } from './audit'
import { isRecorded } from './change'
import { table, type VaultContext } from './context'
import { isPromptThere, type NewPrompt, promptInsert, whereIndexed } from './create-prompt'
import { allUsable, type KeyUse, withUsable } from './key-lock'
import { whyNotPrompt } from './prompt-changes'
import { keyError } from './trusted-keys'

/** A sealed envelope and the prompt it belongs to. */
export interface SealedForPrompt {
  /** To be inserted; or one that is there, with the version that was sealed. */
  readonly prompt: NewPrompt | { readonly promptId: string; readonly version: number }
  readonly rows: EnvelopeRows
  /** The receivers' and the sender's. */
  readonly keys: readonly KeyUse[]
}

/** The audit row of a sending. */
export const SENDING = { event: 'encryption', action: 'create', resourceType: 'envelope' } as const

/**
 * Stores envelope, recipients and audit row in one transaction, and the prompt if it is a new one. When it returns
 * that is committed.
 *
 * @throws KEY when a key is no longer active; PAYLOAD_TOO_LARGE when a plaintext is too long for the index; NOT_FOUND,
 *   STATE or CONFLICT when a prompt that was there is no longer what was sealed; DATABASE when it was not stored, or
 *   when that cannot be found out (the hint tells which)
 */
export function storeEnvelope(
  context: VaultContext,
  sealed: SealedForPrompt,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { prompt } = sealed
  const { promptId } = prompt
  const auditId = randomUUID()
  const isNew = 'promptText' in prompt
  return transactCertainly({
    db: context.db,
    signal,
    work: async (trx) => {
      // Two round trips: prompt and envelope, then recipients, audit row and COMMIT.
      await whereIndexed(async () => {
        if (isNew) await runLater(trx, promptInsert(trx, context, prompt).compile())
        await insertEnvelope(trx, context, sealed)
      })
      signal?.throwIfAborted()
      await insertRecipients(trx, sealed.rows)
      await writeAudit(trx, context, {
        ...SENDING,
        resourceId: sealed.rows.envelope.id,
        id: auditId,
      })
    },
    wasCommitted: (trx) =>
      isNew
        ? isPromptThere(trx, context, promptId)
        : isRecorded(trx, context, { of: 'prompts', id: promptId, auditId }),
  })
}

/** Inserts the envelope only where every key is active and the prompt is what was sealed, at this very moment. */
async function insertEnvelope(
  trx: Transaction<Database>,
  context: VaultContext,
  { rows, prompt, keys }: SealedForPrompt,
): Promise<void> {
  const row = rows.envelope
  const { promptId } = prompt
  const version = 'version' in prompt ? prompt.version : 1
  const { rows: inserted } = await sql`
    WITH ${withUsable(context, keys, 'seal')}, ${withPrompt(context, { promptId, version })}
    INSERT INTO ${table(context, 'envelopes')} (id, prompt_id, encrypted_data, encrypted_key, signature,
      iv, auth_tag, algorithm, key_algorithm, signature_algorithm, receiver_public_key_id,
      sender_private_key_id, metadata, created_at, expires_at)
    SELECT ${row.id}::text::uuid, prompt.id, ${row.encrypted_data}::text,
      ${row.encrypted_key}::text, ${row.signature}::text, ${row.iv}::text, ${row.auth_tag}::text,
      ${row.algorithm}::text, ${row.key_algorithm}::text, ${row.signature_algorithm}::text,
      ${row.receiver_public_key_id}::text, ${row.sender_private_key_id}::text,
      ${jsonb(row.metadata)}, ${moment(row.created_at)}, ${moment(row.expires_at)}
    FROM prompt WHERE ${allUsable(keys)}
    RETURNING id`.execute(trx)
  if (inserted.length === 0) throw await whyNotSealed(trx, context, { promptId, version })
}

/** The same prompt as was sealed, locked until the transaction ends: a change or a deletion waits. */
function withPrompt(
  context: VaultContext,
  { promptId, version }: { readonly promptId: string; readonly version: number },
): RawBuilder<unknown> {
  return sql`prompt AS (
    SELECT id FROM ${table(context, 'prompts')} WHERE id = ${promptId}::text::uuid
      AND status = 'active' AND deleted_at IS NULL AND version = ${version}::int FOR SHARE)`
}

async function whyNotSealed(
  trx: Transaction<Database>,
  context: VaultContext,
  prompt: { readonly promptId: string; readonly version: number },
) {
  const { rows } = await sql`WITH ${withPrompt(context, prompt)} SELECT id FROM prompt`.execute(trx)
  if (rows.length === 0) return whyNotPrompt(trx, context, { ...prompt, from: ['active'] })
  return keyError(
    'the key of a receiver or of the sender is not active any more',
    'it was rotated or revoked while this was sealed; send again',
  )
}

async function insertRecipients(
  db: Kysely<Database>,
  { envelope, recipients }: EnvelopeRows,
): Promise<void> {
  const rows = recipients.map((row) => ({ ...row, envelope_id: envelope.id }))
  await runLater(db, db.insertInto('envelope_recipients').values(rows).compile())
}
