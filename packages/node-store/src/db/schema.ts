import { type ColumnType, type Generated, type RawBuilder, sql } from 'kysely'

/** Column `status` of table `envelopes`. */
export type EnvelopeStatus = 'pending' | 'delivered' | 'decrypted' | 'expired'
/** Column `status` of table `prompts`. */
export type PromptStatus = 'active' | 'archived' | 'deleted'
/** Column `status` of table `cryptographic_keys`: `rotated` keys still open, `revoked` ones do nothing. */
export type KeyStatus = 'active' | 'rotated' | 'revoked'

/** How times and JSON appear to whoever queries: the rest of a row is the same for all. */
interface Forms {
  /** Not null, with a default. */
  readonly time: unknown
  readonly timeOrNull: unknown
  readonly jsonOrNull: unknown
}

/** The store reads both as text (see `utcText`), so that no driver rounds or reorders them. */
interface TextForms {
  readonly time: Generated<string>
  readonly timeOrNull: string | null
  readonly jsonOrNull: string | null
}

/** What drivers make of them unless told otherwise. */
interface DriverForms {
  readonly time: ColumnType<Date, Date | string | undefined, Date | string>
  readonly timeOrNull: ColumnType<
    Date | null,
    Date | string | null | undefined,
    Date | string | null
  >
  /** Parsed when read; JSON text when written, which no driver reshapes. */
  readonly jsonOrNull: ColumnType<unknown, string | null | undefined, string | null>
}

interface PromptsTable<F extends Forms> {
  id: Generated<string>
  prompt_text: string
  prompt_metadata: F['jsonOrNull']
  secret_hash: string
  status: Generated<PromptStatus>
  version: Generated<number>
  created_at: F['time']
  updated_at: F['time']
  deleted_at: F['timeOrNull']
  created_by: string | null
  updated_by: string | null
}

interface EnvelopesTable<F extends Forms> {
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
  metadata: F['jsonOrNull']
  expires_at: F['timeOrNull']
  status: Generated<EnvelopeStatus>
  created_at: F['time']
  updated_at: F['time']
  deleted_at: F['timeOrNull']
}

interface EnvelopeRecipientsTable {
  envelope_id: string
  position: number
  receiver_public_key_id: string | null
  fingerprint: Uint8Array
  encrypted_key: string | null
}

interface EnvelopeGrantsTable<F extends Forms> {
  envelope_id: string
  fingerprint: Uint8Array
  receiver_public_key_id: string
  granted_by: string
  grant_json: string
  expires_at: F['timeOrNull']
  created_at: F['time']
}

interface EnvelopeReceiptsTable<F extends Forms> {
  digest: Uint8Array
  envelope_id: string
  receipt_json: string
  created_at: F['time']
}

interface EnvelopeDecryptionsTable<F extends Forms> {
  id: Generated<string>
  envelope_id: string
  decrypted_at: F['time']
  signature_verified: boolean
  decryption_successful: boolean
  error_message: string | null
  decrypted_by: string
  ip_address: string | null
  user_agent: string | null
  metadata: F['jsonOrNull']
}

interface CryptographicKeysTable<F extends Forms> {
  id: Generated<string>
  key_id: string
  key_type: 'encryption' | 'signing'
  key_algorithm: string
  key_usage: 'sender' | 'receiver'
  service_name: string
  key_storage_location: string
  public_key_hash: string | null
  status: Generated<KeyStatus>
  rotated_at: F['timeOrNull']
  expires_at: F['timeOrNull']
  created_at: F['time']
  updated_at: F['time']
}

interface AuditLogsTable<F extends Forms> {
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
  metadata: F['jsonOrNull']
  created_at: F['time']
}

interface Tables<F extends Forms> {
  prompts: PromptsTable<F>
  envelopes: EnvelopesTable<F>
  envelope_recipients: EnvelopeRecipientsTable
  envelope_grants: EnvelopeGrantsTable<F>
  envelope_receipts: EnvelopeReceiptsTable<F>
  envelope_decryptions: EnvelopeDecryptionsTable<F>
  cryptographic_keys: CryptographicKeysTable<F>
  audit_logs: AuditLogsTable<F>
}

/** The store's tables as its own Kysely sees them. */
export interface Database extends Tables<TextForms> {}

/**
 * The vault's tables for a Kysely of your own: `new Kysely<VaultTables>(…)`, or `Kysely<Mine & VaultTables>`. Times
 * are Dates and JSON is parsed, as `pg` and PGlite give them by default. Read what you like; write through the
 * vault, since nearly every column is signed. spec/vault.md §7 tells what the columns hold.
 */
export interface VaultTables extends Tables<DriverForms> {}

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
