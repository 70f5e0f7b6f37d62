import { isBytes } from '../bytes'
import { ENVELOPE_VERSION } from '../constants'
import { toBase64 } from '../encoding/base64'
import { isPlainObject } from '../encoding/jcs'
import { parseStrictJson } from '../encoding/strict-json'
import { malformed } from '../errors'
import type { Envelope, EnvelopeFields } from './envelope'
import { fromJson, toJson } from './json'

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

/** The row form is the JSON form under the columns' names, absent being null. */
export function toRows(envelope: Envelope): EnvelopeRows {
  const json = toJson(envelope)
  assertSigned(json.signatureAlgorithm)
  return {
    envelope: {
      id: json.id,
      encrypted_data: json.encryptedData,
      encrypted_key: json.encryptedKey,
      signature: json.signature,
      iv: json.iv,
      auth_tag: json.authTag,
      algorithm: json.algorithm,
      key_algorithm: json.keyAlgorithm,
      signature_algorithm: json.signatureAlgorithm,
      receiver_public_key_id: json.receiverPublicKeyId ?? null,
      sender_private_key_id: json.senderPrivateKeyId ?? null,
      metadata: json.metadata ? JSON.stringify(json.metadata) : null,
      created_at: json.createdAt,
      expires_at: json.expiresAt ?? null,
    },
    recipients: envelope.recipients.map(({ receiverPublicKeyId, fingerprint }, position) => ({
      position,
      receiver_public_key_id: receiverPublicKeyId ?? null,
      fingerprint,
      encrypted_key: json.recipients[position]?.encryptedKey ?? null,
    })),
  }
}

/** Throws `FORMAT` or `LIMIT`; the fields are still to be checked by checkEnvelope(). */
export function fromRows(rows: EnvelopeRows): EnvelopeFields {
  if (!isPlainObject(rows) || !isPlainObject(rows.envelope)) throw malformed('the row')
  const row = { ...(rows.envelope as EnvelopeRow) }
  assertSigned(row.signature_algorithm)
  return fromJson({
    version: ENVELOPE_VERSION,
    id: row.id,
    createdAt: toColumnTime(row.created_at),
    expiresAt: toColumnTime(orAbsent(row.expires_at)),
    algorithm: row.algorithm,
    keyAlgorithm: row.key_algorithm,
    signatureAlgorithm: row.signature_algorithm,
    receiverPublicKeyId: orAbsent(row.receiver_public_key_id),
    senderPrivateKeyId: orAbsent(row.sender_private_key_id),
    metadata: parseMetadata(orAbsent(row.metadata)),
    encryptedData: row.encrypted_data,
    authTag: row.auth_tag,
    iv: row.iv,
    signature: row.signature,
    encryptedKey: row.encrypted_key,
    recipients: fromRecipientRows(rows.recipients),
  })
}

function fromRecipientRows(rows: readonly RecipientRow[]) {
  if (!Array.isArray(rows) || !rows.every((row) => Number.isInteger(row?.position))) {
    throw malformed('recipients')
  }
  const sorted = [...(rows as readonly RecipientRow[])].sort((a, b) => a.position - b.position)
  return sorted.map(({ position, receiver_public_key_id, fingerprint, encrypted_key }, i) => {
    if (position !== i || !isBytes(fingerprint)) throw malformed('recipients')
    return {
      receiverPublicKeyId: orAbsent(receiver_public_key_id),
      fingerprint: toBase64(fingerprint),
      encryptedKey: orAbsent(encrypted_key),
    }
  })
}

/** A database is no place for what nobody signed. */
function assertSigned(signatureAlgorithm: unknown): void {
  if (signatureAlgorithm === '') throw malformed('signature_algorithm')
}

/** NULL is absent; a column that was not selected is a mistake. */
export function orAbsent<T>(value: T | null): T | undefined {
  if (value === undefined) throw malformed('a column')
  return value ?? undefined
}

function parseMetadata(metadata: unknown): unknown {
  if (metadata === undefined) return undefined
  if (typeof metadata !== 'string') throw malformed('metadata')
  return parseStrictJson(metadata)
}

/** PostgreSQL counts microseconds: its six digits are taken where the last three are zero. */
export function toColumnTime(time: unknown): unknown {
  return typeof time === 'string' ? time.replace(/(\.\d{3})000Z$/, '$1Z') : time
}
