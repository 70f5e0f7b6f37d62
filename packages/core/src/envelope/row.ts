import { isBytes } from '../bytes'
import { toBase64 } from '../encoding/base64'
import { isPlainObject } from '../encoding/jcs'
import { parseStrictJson } from '../encoding/json'
import { decodeColumn, fromTextColumns, fromTime, toTextColumns, toTime } from './columns'
import { type Envelope, type EnvelopeFields, malformed } from './envelope'

/**
 * The authenticated columns of table `envelopes` (spec/envelope.md §8.2). Times and metadata are text, so that nothing
 * is rounded on the way: select `metadata::text`, and times with
 * `to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.
 */
export interface EnvelopeRow {
  readonly id: string
  /** Base64 of salt(24) ‖ commitment(32) ‖ chunks without the last tag. */
  readonly encrypted_data: string
  /** Base64: the primary recipient's wrapped content key. */
  readonly encrypted_key: string
  /** Base64. */
  readonly signature: string
  /** Base64 of the 12-byte GCM nonce of the first chunk. */
  readonly iv: string
  /** Base64 of the 16-byte GCM tag of the last chunk. */
  readonly auth_tag: string
  readonly algorithm: string
  readonly key_algorithm: string
  readonly signature_algorithm: string
  readonly receiver_public_key_id: string | null
  readonly sender_private_key_id: string | null
  /** JSON text, or null. */
  readonly metadata: string | null
  /** ISO 8601, UTC, milliseconds. */
  readonly created_at: string
  readonly expires_at: string | null
}

/** A row of table `envelope_recipients`. */
export interface RecipientRow {
  /** 0 is the primary recipient. */
  readonly position: number
  readonly receiver_public_key_id: string | null
  /** 32 bytes. */
  readonly fingerprint: Uint8Array
  /** Base64; null at position 0, whose wrapped key is the envelope's own `encrypted_key`. */
  readonly encrypted_key: string | null
}

/** An envelope as rows of the two tables. */
export interface EnvelopeRows {
  readonly envelope: EnvelopeRow
  readonly recipients: readonly RecipientRow[]
}

export function toRows(envelope: Envelope): EnvelopeRows {
  const { encryptedData, encryptedKey, authTag, iv, signature } = toTextColumns(envelope)
  const { expiresAt, metadata, recipients } = envelope
  return {
    envelope: {
      id: envelope.id,
      encrypted_data: encryptedData,
      encrypted_key: encryptedKey,
      signature,
      iv,
      auth_tag: authTag,
      algorithm: envelope.algorithm,
      key_algorithm: envelope.keyAlgorithm,
      signature_algorithm: envelope.signatureAlgorithm,
      receiver_public_key_id: recipients[0].receiverPublicKeyId ?? null,
      sender_private_key_id: envelope.senderPrivateKeyId ?? null,
      metadata: metadata ? JSON.stringify(metadata) : null,
      created_at: toTime(envelope.createdAt),
      expires_at: expiresAt === undefined ? null : toTime(expiresAt),
    },
    recipients: recipients.map(({ receiverPublicKeyId, fingerprint, encryptedKey }, position) => ({
      position,
      receiver_public_key_id: receiverPublicKeyId ?? null,
      fingerprint,
      encrypted_key: position === 0 ? null : toBase64(encryptedKey),
    })),
  }
}

/** Throws `FORMAT` or `LIMIT`; the fields are still to be checked by checkEnvelope(). */
export function fromRows(rows: EnvelopeRows): EnvelopeFields {
  if (!isPlainObject(rows) || !isPlainObject(rows.envelope)) throw malformed('the row')
  const row = { ...rows.envelope }
  const { encryptedKey, ...columns } = fromTextColumns({
    encryptedData: row.encrypted_data,
    encryptedKey: row.encrypted_key,
    authTag: row.auth_tag,
    iv: row.iv,
    signature: row.signature,
  })
  const { metadata, expires_at } = row
  if (metadata !== null && typeof metadata !== 'string') throw malformed('metadata')
  return {
    id: row.id,
    createdAt: fromRowTime(row.created_at, 'created_at'),
    expiresAt: expires_at === null ? undefined : fromRowTime(expires_at, 'expires_at'),
    algorithm: row.algorithm,
    keyAlgorithm: row.key_algorithm,
    signatureAlgorithm: row.signature_algorithm,
    senderPrivateKeyId: row.sender_private_key_id ?? undefined,
    metadata: metadata === null ? undefined : parseStrictJson(metadata),
    ...columns,
    recipients: fromRecipientRows(rows.recipients, encryptedKey, row.receiver_public_key_id),
  }
}

function fromRecipientRows(
  rows: readonly RecipientRow[],
  primaryKey: Uint8Array,
  primaryLabel: string | null,
) {
  if (!Array.isArray(rows)) throw malformed('recipients')
  if (!rows.every((row) => Number.isInteger(row?.position))) throw malformed('recipients')
  const sorted = [...(rows as readonly RecipientRow[])].sort((a, b) => a.position - b.position)
  return sorted.map(({ position, receiver_public_key_id, fingerprint, encrypted_key }, i) => {
    if (position !== i || !isBytes(fingerprint)) throw malformed('recipients')
    const agrees = encrypted_key === null && receiver_public_key_id === primaryLabel
    if (i === 0 && !agrees) throw malformed('the first recipient')
    return {
      receiverPublicKeyId: receiver_public_key_id ?? undefined,
      fingerprint,
      encryptedKey: i === 0 ? primaryKey : decodeColumn(encrypted_key, 'encrypted_key'),
    }
  })
}

/** PostgreSQL counts microseconds: its six digits are taken where the last three are zero. */
function fromRowTime(value: unknown, name: string): number {
  return fromTime(typeof value === 'string' ? value.replace(/(\.\d{3})000Z$/, '$1Z') : value, name)
}
