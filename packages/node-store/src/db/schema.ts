import { type Generated, type RawBuilder, sql } from 'kysely'

/** Moments and JSON are read as text (see `utcText`), so that no driver rounds or reorders them. */
type Moment = Generated<string>

interface PromptsTable {
  id: Generated<string>
  prompt_text: string
  prompt_metadata: string | null
  secret_hash: string
  status: Generated<'active' | 'archived' | 'deleted'>
  version: Generated<number>
  created_at: Moment
  updated_at: Moment
  deleted_at: string | null
  created_by: string | null
  updated_by: string | null
}

export type EnvelopeStatus = 'pending' | 'delivered' | 'decrypted' | 'expired'

interface EnvelopesTable {
  id: Generated<string>
  prompt_id: string
  encrypted_data: string
  encrypted_key: string
  signature: string
  iv: string
  auth_tag: string
  algorithm: Generated<string>
  key_algorithm: Generated<string>
  signature_algorithm: Generated<string>
  receiver_public_key_id: string | null
  sender_private_key_id: string | null
  metadata: string | null
  expires_at: string | null
  status: Generated<EnvelopeStatus>
  created_at: Moment
  updated_at: Moment
  deleted_at: string | null
}

interface EnvelopeRecipientsTable {
  envelope_id: string
  position: number
  receiver_public_key_id: string | null
  fingerprint: Uint8Array
  encrypted_key: string | null
}

interface EnvelopeDecryptionsTable {
  id: Generated<string>
  envelope_id: string
  decrypted_at: Moment
  signature_verified: boolean
  decryption_successful: boolean
  error_message: string | null
  decrypted_by: string
  ip_address: string | null
  user_agent: string | null
  metadata: string | null
}

export interface CryptographicKeysTable {
  id: Generated<string>
  key_id: string
  key_type: 'encryption' | 'signing'
  key_algorithm: string
  key_usage: 'sender' | 'receiver'
  service_name: string
  key_storage_location: string
  public_key_hash: string | null
  status: Generated<'active' | 'rotated' | 'revoked'>
  rotated_at: string | null
  expires_at: string | null
  created_at: Moment
  updated_at: Moment
}

interface AuditLogsTable {
  id: Generated<string>
  event_type: string
  service_name: string
  user_id: string | null
  resource_type: 'prompt' | 'envelope' | 'key' | null
  resource_id: string | null
  action: 'create' | 'read' | 'update' | 'delete'
  success: boolean
  error_message: string | null
  ip_address: string | null
  user_agent: string | null
  request_id: string | null
  metadata: string | null
  created_at: Moment
}

/** The store's tables as Kysely sees them. */
export interface Database {
  prompts: PromptsTable
  envelopes: EnvelopesTable
  envelope_recipients: EnvelopeRecipientsTable
  envelope_decryptions: EnvelopeDecryptionsTable
  cryptographic_keys: CryptographicKeysTable
  audit_logs: AuditLogsTable
}

/**
 * Checks a schema name: letters, digits and underscores, at most 63 bytes, not PostgreSQL's own.
 * Upper case is kept, because every statement quotes it.
 *
 * @throws TypeError for anything else
 */
export function assertSchemaName(schema: string): void {
  if (typeof schema !== 'string' || !/^(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) {
    throw new TypeError(
      'schema must be 1 to 63 letters, digits and underscores, not beginning with a digit or pg_',
    )
  }
}

/**
 * A timestamptz column as ISO 8601 text in UTC with microseconds, whatever the session's zone. A time that
 * has no such text (infinite, or before Christ, whose era `to_char` leaves out) is PostgreSQL's own text, so
 * that it is refused where it is read and not taken for NULL or for another time.
 */
export function utcText(column: string): RawBuilder<string> {
  const time = sql.ref(column)
  return sql<string>`CASE WHEN isfinite(${time}) AND ${time} >= '0001-01-01 00:00:00+00'
    THEN to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE ${time}::text END`
}

/** ISO 8601 text as a timestamptz parameter, cast in SQL so that no driver converts it. */
export function moment(iso: string | null): RawBuilder<string> {
  return sql<string>`${iso}::text::timestamptz`
}

/** JSON text as a jsonb parameter, cast in SQL so that no driver serialises it a second time. */
export function jsonb(text: string | null): RawBuilder<string> {
  return sql<string>`${text}::text::jsonb`
}
