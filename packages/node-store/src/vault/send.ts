import { createHash, randomBytes, randomUUID } from 'node:crypto'
import {
  type EnvelopeRows,
  type JsonObject,
  type JsonValue,
  seal,
  toPlaintext,
  toRow,
} from '@zkeb/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import { SQLSTATE, sqlState, storeError } from '../db/errors'
import { type Database, jsonb, moment } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { vaultAssociatedData, vaultMetadata } from './associated-data'
import { auditFailure, writeAudit } from './audit'
import { currentAuditContext } from './audit-context'
import { type CallOptions, table, type VaultContext } from './context'
import { assertServiceName } from './key-source'
import { requireActiveKeys, type ServiceIdentity } from './keys'
import { assertSearchable, sealPromptText } from './prompt-text'
import { keyError, keyHash, signerOf } from './trusted-keys'

export interface SendOptions extends CallOptions {
  /** The service that may open it. */
  readonly to: string
  /** Seconds until it can no longer be opened; more than 0. Default: never expires. */
  readonly expiresInSeconds?: number
  /** Whether it opens once. Signed; it protects against clients, not against the database's owner. */
  readonly singleUse?: boolean
  /** JSON that is authenticated but not stored: the opener gives the same again. At most 64 KiB. */
  readonly associatedData?: JsonValue
  /** What the prompt can be found by; only its SHA-256 is stored. Default: 32 random bytes. */
  readonly secret?: string | Uint8Array
  /** Stores the text as PLAINTEXT, so that full-text search finds it. Text only. */
  readonly searchable?: boolean
  /** JSON object that is signed but readable by everyone who reads the row. At most 16 KiB. */
  readonly metadata?: JsonObject
}

export interface Sent {
  /** The envelope's id: what `deliver` and `open` take. */
  readonly id: string
  readonly promptId: string
  /** Base64url of the 32 random bytes, when no `secret` was given. Not stored: this is the only copy. */
  readonly secret?: string
}

const SECRET_BYTES = 32
const MS_PER_SECOND = 1000

/**
 * Seals `data` for a service and stores prompt, envelope and audit row in one transaction. Text is sealed
 * as UTF-8, bytes as they are, anything else as JSON.
 *
 * @throws KEY when the receiver's or the sender's key is missing, not active, or not what was registered;
 *   PAYLOAD_TOO_LARGE when a searchable text is too long for the index; LIMIT beyond 64 MiB
 */
export async function sendEnvelope(
  context: VaultContext,
  data: string | Uint8Array | JsonValue,
  options: SendOptions,
): Promise<Sent> {
  assertServiceName(options?.to, 'to')
  const { to, signal, searchable = false } = options
  if (searchable) assertSearchable(data)
  // Once: prompt and envelope hold the same bytes.
  const content = toPlaintext(data)
  const metadata = vaultMetadata(options.metadata, options.singleUse ?? false)
  const now = Date.now()
  const expiresAt = toExpiry(options.expiresInSeconds, now)
  const { secret, secretHash } = toSecret(options.secret)

  try {
    const sender = await requireActiveKeys(context, context.service, signal)
    const receiver = await requireActiveKeys(context, to, signal)
    const signer = await signerOf(context, {
      service: context.service,
      keyId: sender.keyIds.signing,
    })
    const promptId = randomUUID()
    // All cryptography is done before the transaction: no lock is held while keys work.
    const envelope = await seal(content, {
      to: receiver.public,
      from: { public: sender.public, signer },
      associatedData: vaultAssociatedData(promptId, options.associatedData),
      now,
      ...(metadata !== undefined && { metadata }),
      ...(expiresAt !== undefined && { expiresAt }),
    })
    const promptText = searchable
      ? String(data)
      : await sealPromptText(context.storageKey, promptId, content)
    await store(context, {
      promptId,
      promptText,
      secretHash,
      rows: toRow(envelope),
      sender,
      receiver,
      signal,
    })
    return { id: envelope.id, promptId, ...(secret !== undefined && { secret }) }
  } catch (error) {
    const code: unknown = (error as { code?: unknown } | null)?.code
    if (typeof code === 'string' && code !== 'DATABASE' && !signal?.aborted) {
      await auditFailure(context, { ...EVENT, error: code })
    }
    throw error
  }
}

const EVENT = { event: 'encryption', action: 'create', resourceType: 'envelope' } as const

interface Storing {
  readonly promptId: string
  readonly promptText: string
  readonly secretHash: string
  readonly rows: EnvelopeRows
  readonly sender: ServiceIdentity
  readonly receiver: ServiceIdentity
  readonly signal: AbortSignal | undefined
}

async function store(context: VaultContext, storing: Storing): Promise<void> {
  const { signal, rows, promptId } = storing
  signal?.throwIfAborted()
  await transactCertainly({
    db: context.db,
    signal,
    work: async (trx) => {
      await insertPrompt(trx, context, storing)
      signal?.throwIfAborted()
      await insertEnvelope(trx, context, storing)
      signal?.throwIfAborted()
      await trx
        .withSchema(context.schema)
        .insertInto('envelope_recipients')
        .values(rows.recipients.map((row) => ({ ...row, envelope_id: rows.envelope.id })))
        .execute()
      signal?.throwIfAborted()
      await writeAudit(trx, context, { ...EVENT, resourceId: rows.envelope.id })
    },
    wasCommitted: async (trx) => {
      const { rows: found } = await sql`
        SELECT 1 FROM ${table(context, 'prompts')} WHERE id = ${promptId}::text::uuid`.execute(trx)
      return found.length > 0
    },
  })
}

async function insertPrompt(
  trx: Transaction<Database>,
  context: VaultContext,
  { promptId, promptText, secretHash }: Storing,
): Promise<void> {
  const actor = currentAuditContext().actor ?? context.service
  try {
    await trx
      .withSchema(context.schema)
      .insertInto('prompts')
      .values({
        id: promptId,
        prompt_text: promptText,
        secret_hash: secretHash,
        created_by: actor,
        updated_by: actor,
      })
      .execute()
  } catch (error) {
    if (sqlState(error) !== SQLSTATE.programLimitExceeded) throw error
    throw storeError('PAYLOAD_TOO_LARGE', 'the text is too long for the full-text index')
  }
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
  { rows, promptId, sender, receiver }: Storing,
): Promise<void> {
  const row = rows.envelope
  const keys = table(context, 'cryptographic_keys')
  const isUsable = (alias: string, service: ServiceIdentity, part: 'encryption' | 'signing') => sql`
    ${sql.ref(`${alias}.key_id`)} = ${service.keyIds[part]}
    AND ${sql.ref(`${alias}.service_name`)} = ${service.service}
    AND ${sql.ref(`${alias}.key_type`)} = ${part}
    AND ${sql.ref(`${alias}.public_key_hash`)} = ${keyHash(service.public[part])}
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

function toExpiry(seconds: number | undefined, now: number): number | undefined {
  if (seconds === undefined) return undefined
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) {
    throw new RangeError('expiresInSeconds must be more than 0')
  }
  return now + Math.ceil(seconds * MS_PER_SECOND)
}

function toSecret(given: string | Uint8Array | undefined) {
  const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  if (given === undefined) {
    const bytes = randomBytes(SECRET_BYTES)
    return { secret: bytes.toString('base64url'), secretHash: hash(bytes) }
  }
  if ((typeof given !== 'string' && !(given instanceof Uint8Array)) || given.length === 0) {
    throw new TypeError('secret must be text or bytes, not empty')
  }
  return { secret: undefined, secretHash: hash(given) }
}
