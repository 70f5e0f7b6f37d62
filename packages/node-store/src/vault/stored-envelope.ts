import {
  type EnvelopeRow,
  type EnvelopeRows,
  fromRow,
  isZkebError,
  type RecipientRow,
  type SealedEnvelope,
  ZkebError,
} from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import { storeError } from '../db/errors'
import { type Database, type EnvelopeStatus, utcText } from '../db/schema'
import { table, type VaultContext } from './context'

/** An envelope as it lies in the database; nothing of it is authenticated yet. */
export interface StoredEnvelope {
  readonly rows: EnvelopeRows
  readonly promptId: string
  readonly status: EnvelopeStatus
}

interface Row extends EnvelopeRow {
  readonly prompt_id: string
  readonly status: EnvelopeStatus
  /** JSON text of the recipients, in their order. */
  readonly recipients: string
}

type RecipientJson = Omit<RecipientRow, 'fingerprint'> & { readonly fingerprint: string }

/**
 * Reads an envelope and its recipients in one statement, so that both are of the same moment. With `lock`
 * the row stays as it is until the transaction ends, and its prompt where it is.
 *
 * @throws NOT_FOUND when there is none, or it was deleted, or its prompt was
 */
export async function readStoredEnvelope(
  db: Kysely<Database>,
  context: VaultContext,
  query: { readonly id: string; readonly lock?: boolean },
): Promise<StoredEnvelope> {
  const { rows } = await sql<Row>`
    SELECT e.id::text, e.prompt_id::text, e.encrypted_data, e.encrypted_key, e.signature, e.iv,
      e.auth_tag, e.algorithm, e.key_algorithm, e.signature_algorithm, e.receiver_public_key_id,
      e.sender_private_key_id, e.metadata::text AS metadata,
      ${utcText('e.created_at')} AS created_at, ${utcText('e.expires_at')} AS expires_at, e.status,
      coalesce((
        SELECT json_agg(json_build_object(
          'position', r.position, 'receiver_public_key_id', r.receiver_public_key_id,
          'fingerprint', encode(r.fingerprint, 'hex'), 'encrypted_key', r.encrypted_key
        ) ORDER BY r.position)
        FROM ${table(context, 'envelope_recipients')} AS r WHERE r.envelope_id = e.id
      ), '[]')::text AS recipients
    FROM ${table(context, 'envelopes')} AS e
    JOIN ${table(context, 'prompts')} AS p ON p.id = e.prompt_id AND p.deleted_at IS NULL
    WHERE e.id = ${query.id}::text::uuid AND e.deleted_at IS NULL
    ${query.lock === true ? sql`FOR UPDATE OF e FOR SHARE OF p` : sql``}`.execute(db)
  const row = rows[0]
  if (row === undefined) throw storeError('NOT_FOUND', `no envelope ${query.id}`)
  const { prompt_id: promptId, status, recipients, ...envelope } = row
  const parsed = JSON.parse(recipients) as readonly RecipientJson[]
  return {
    promptId,
    status,
    rows: {
      envelope,
      recipients: parsed.map((recipient) => ({
        ...recipient,
        fingerprint: new Uint8Array(Buffer.from(recipient.fingerprint, 'hex')),
      })),
    },
  }
}

/**
 * The envelope of a stored row.
 *
 * @throws FORMAT when the row is none, or not the one that was asked for
 */
export function envelopeOf({ rows }: StoredEnvelope, id: string): SealedEnvelope {
  const envelope = readRow(rows)
  // An operator on the search path can make `id = $1` true of another row.
  if (envelope.id === id) return envelope
  throw new ZkebError('FORMAT', `the database answered another envelope than ${id}`, {
    hint: 'look for operators and views that somebody added to the database',
  })
}

function readRow(rows: EnvelopeRows): SealedEnvelope {
  try {
    return fromRow(rows)
  } catch (error) {
    if (!isZkebError(error)) throw error
    const hint = 'the row was edited after it was sent'
    throw new ZkebError(error.code, error.message, { hint })
  }
}

/** Every key id that an envelope names. */
export function keyIdsOf({ recipients, senderPrivateKeyId }: SealedEnvelope): readonly string[] {
  const receivers = recipients.flatMap((one) => one.receiverPublicKeyId ?? [])
  return receivers.concat(senderPrivateKeyId ?? [])
}
