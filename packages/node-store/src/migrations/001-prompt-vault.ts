import type { Migration } from '../db/migration'
import { createTable, quoteIdentifier, type TableSpecs } from '../db/table-spec'

const UUID_KEY = ['uuid', 'PRIMARY KEY DEFAULT gen_random_uuid()'] as const
const NOW = ['timestamp with time zone', 'NOT NULL DEFAULT CURRENT_TIMESTAMP'] as const
const TIME = ['timestamp with time zone'] as const
const JSONB = ['jsonb'] as const
const INET = ['inet'] as const
const TEXT = ['text'] as const
const TEXT_NEEDED = ['text', 'NOT NULL'] as const
const varchar = (length: number, definition?: string) =>
  definition === undefined
    ? ([`character varying(${length})`] as const)
    : ([`character varying(${length})`, definition] as const)

const tables = {
  prompts: {
    id: UUID_KEY,
    prompt_text: TEXT_NEEDED,
    prompt_metadata: JSONB,
    secret_hash: varchar(255, 'NOT NULL'),
    status: varchar(50, "NOT NULL DEFAULT 'active'"),
    version: ['integer', 'NOT NULL DEFAULT 1'],
    created_at: NOW,
    updated_at: NOW,
    deleted_at: TIME,
    created_by: varchar(255),
    updated_by: varchar(255),
  },
  envelopes: {
    id: UUID_KEY,
    prompt_id: ['uuid', 'NOT NULL'],
    encrypted_data: TEXT_NEEDED,
    encrypted_key: TEXT_NEEDED,
    signature: TEXT_NEEDED,
    iv: TEXT_NEEDED,
    auth_tag: TEXT_NEEDED,
    algorithm: varchar(50, "NOT NULL DEFAULT 'AES-256-GCM'"),
    key_algorithm: varchar(50, "NOT NULL DEFAULT 'RSA-OAEP'"),
    signature_algorithm: varchar(50, "NOT NULL DEFAULT 'RSA-PSS'"),
    receiver_public_key_id: varchar(255),
    sender_private_key_id: varchar(255),
    metadata: JSONB,
    expires_at: TIME,
    status: varchar(50, "NOT NULL DEFAULT 'pending'"),
    created_at: NOW,
    updated_at: NOW,
    deleted_at: TIME,
  },
  envelope_decryptions: {
    id: UUID_KEY,
    envelope_id: ['uuid', 'NOT NULL'],
    decrypted_at: NOW,
    signature_verified: ['boolean', 'NOT NULL'],
    decryption_successful: ['boolean', 'NOT NULL'],
    error_message: TEXT,
    decrypted_by: varchar(255, 'NOT NULL'),
    ip_address: INET,
    user_agent: TEXT,
    metadata: JSONB,
  },
  cryptographic_keys: {
    id: UUID_KEY,
    key_id: varchar(255, 'NOT NULL UNIQUE'),
    key_type: varchar(50, 'NOT NULL'),
    key_algorithm: varchar(50, 'NOT NULL'),
    key_usage: varchar(50, 'NOT NULL'),
    service_name: varchar(100, 'NOT NULL'),
    key_storage_location: varchar(255, 'NOT NULL'),
    public_key_hash: varchar(255),
    status: varchar(50, "NOT NULL DEFAULT 'active'"),
    rotated_at: TIME,
    expires_at: TIME,
    created_at: NOW,
    updated_at: NOW,
  },
  audit_logs: {
    id: ['uuid', 'NOT NULL DEFAULT gen_random_uuid()'],
    event_type: varchar(100, 'NOT NULL'),
    service_name: varchar(100, 'NOT NULL'),
    user_id: varchar(255),
    resource_type: varchar(100),
    resource_id: ['uuid'],
    action: varchar(100, 'NOT NULL'),
    success: ['boolean', 'NOT NULL'],
    error_message: TEXT,
    ip_address: INET,
    user_agent: TEXT,
    request_id: ['uuid'],
    metadata: JSONB,
    created_at: NOW,
  },
} as const satisfies TableSpecs

/** The closed sets of the documents, as text + CHECK. */
const CHECKS: Readonly<Record<string, readonly (readonly [column: string, values: string])[]>> = {
  prompts: [['status', 'active,archived,deleted']],
  envelopes: [['status', 'pending,delivered,decrypted,expired']],
  cryptographic_keys: [
    ['key_type', 'encryption,signing'],
    ['key_usage', 'sender,receiver'],
    ['status', 'active,rotated,revoked'],
  ],
  audit_logs: [
    ['resource_type', 'prompt,envelope,key'],
    ['action', 'create,read,update,delete'],
  ],
}

/** [name, table, definition]. */
const INDEXES = [
  ['idx_prompts_status', 'prompts', '(status) WHERE deleted_at IS NULL'],
  ['idx_prompts_created_at', 'prompts', '(created_at DESC)'],
  ['idx_prompts_secret_hash', 'prompts', '(secret_hash)'],
  ['idx_prompts_deleted_at', 'prompts', '(deleted_at) WHERE deleted_at IS NULL'],
  ['idx_prompts_text_search', 'prompts', "USING gin (to_tsvector('english', prompt_text))"],
  ['idx_envelopes_prompt_id', 'envelopes', '(prompt_id)'],
  ['idx_envelopes_status', 'envelopes', '(status) WHERE deleted_at IS NULL'],
  ['idx_envelopes_created_at', 'envelopes', '(created_at DESC)'],
  ['idx_envelopes_expires_at', 'envelopes', '(expires_at) WHERE expires_at IS NOT NULL'],
  ['idx_envelopes_deleted_at', 'envelopes', '(deleted_at) WHERE deleted_at IS NULL'],
  ['idx_decryptions_envelope_id', 'envelope_decryptions', '(envelope_id)'],
  ['idx_decryptions_decrypted_at', 'envelope_decryptions', '(decrypted_at DESC)'],
  [
    'idx_decryptions_success',
    'envelope_decryptions',
    '(decryption_successful, signature_verified)',
  ],
  ['idx_decryptions_decrypted_by', 'envelope_decryptions', '(decrypted_by)'],
  ['idx_keys_key_id', 'cryptographic_keys', '(key_id)'],
  ['idx_keys_service_name', 'cryptographic_keys', '(service_name)'],
  ['idx_keys_status', 'cryptographic_keys', '(status)'],
  ['idx_keys_key_type', 'cryptographic_keys', '(key_type, key_usage)'],
  ['idx_audit_event_type', 'audit_logs', '(event_type)'],
  ['idx_audit_service_name', 'audit_logs', '(service_name)'],
  ['idx_audit_created_at', 'audit_logs', '(created_at DESC)'],
  ['idx_audit_resource', 'audit_logs', '(resource_type, resource_id)'],
  ['idx_audit_request_id', 'audit_logs', '(request_id)'],
  ['idx_audit_user_id', 'audit_logs', '(user_id)'],
] as const

/** Table constraints beside the CHECKs. */
function constraintsOf(table: string, schema: string): readonly string[] {
  const checks = (CHECKS[table] ?? []).map(
    ([column, values]) => `CHECK (${column} IN ('${values.replaceAll(',', "', '")}'))`,
  )
  const references = (target: string) =>
    `REFERENCES ${quoteIdentifier(schema)}.${target} (id) ON DELETE CASCADE`
  if (table === 'envelopes') checks.push(`FOREIGN KEY (prompt_id) ${references('prompts')}`)
  if (table === 'envelope_decryptions') {
    checks.push(`FOREIGN KEY (envelope_id) ${references('envelopes')}`)
  }
  // Every unique key of a partitioned table contains the partition column.
  if (table === 'audit_logs') checks.push('PRIMARY KEY (id, created_at)')
  return checks
}

/**
 * This month and the three to come, and a DEFAULT one so that an unmaintained installation keeps
 * working. Bounds carry +00: without it they would follow the session's time zone.
 */
function createPartitions(schema: string): readonly string[] {
  const audit = `${quoteIdentifier(schema)}.audit_logs`
  return [
    `CREATE TABLE ${quoteIdentifier(schema)}.audit_logs_default PARTITION OF ${audit} DEFAULT`,
    `DO $zkeb$
DECLARE
  first_day date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
  month date;
BEGIN
  FOR ahead IN 0..3 LOOP
    month := (first_day + make_interval(months => ahead))::date;
    EXECUTE format(
      'CREATE TABLE %I.%I PARTITION OF %I.audit_logs FOR VALUES FROM (%L) TO (%L)',
      '${schema}', 'audit_logs_' || to_char(month, 'YYYY_MM'), '${schema}',
      to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
      to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
    );
  END LOOP;
END
$zkeb$`,
  ]
}

/** `updated_at` is the database's, whoever writes. */
function createTriggers(schema: string): readonly string[] {
  const inSchema = quoteIdentifier(schema)
  const touched = Object.entries(tables).filter(([, spec]) => 'updated_at' in spec)
  return [
    `CREATE FUNCTION ${inSchema}.zkeb_set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $zkeb$
BEGIN
  NEW.updated_at := CURRENT_TIMESTAMP;
  RETURN NEW;
END
$zkeb$`,
    ...touched.map(
      ([table]) =>
        `CREATE TRIGGER ${table}_set_updated_at BEFORE UPDATE ON ${inSchema}.${table}
FOR EACH ROW EXECUTE FUNCTION ${inSchema}.zkeb_set_updated_at()`,
    ),
  ]
}

/** The five documented tables of the prompt vault. */
export const promptVault: Migration = {
  tables,
  up: (schema) => [
    ...Object.entries(tables).map(([name, spec]) =>
      createTable({
        schema,
        name,
        spec,
        constraints: constraintsOf(name, schema),
        suffix: name === 'audit_logs' ? ' PARTITION BY RANGE (created_at)' : '',
      }),
    ),
    // Ciphertext does not compress: trying costs time on every write.
    `ALTER TABLE ${quoteIdentifier(schema)}.envelopes
ALTER COLUMN encrypted_data SET STORAGE EXTERNAL`,
    ...INDEXES.map(
      ([name, table, definition]) =>
        `CREATE INDEX ${name} ON ${quoteIdentifier(schema)}.${table} ${definition}`,
    ),
    ...createPartitions(schema),
    ...createTriggers(schema),
  ],
  down: (schema) => [
    ...Object.keys(tables)
      .reverse()
      .map((table) => `DROP TABLE ${quoteIdentifier(schema)}.${table}`),
    `DROP FUNCTION ${quoteIdentifier(schema)}.zkeb_set_updated_at()`,
  ],
}
