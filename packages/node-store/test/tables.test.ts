import type { VaultTables } from '@zkeb/node-store'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest'
import { type CurveVault, openCurveVault } from './support/curve-vaults'
import { DOCUMENTED_COLUMNS } from './support/documented-tables'

/** Every column of every table, typed by hand: `Record` makes the compiler compare. */
type ColumnsOf<T> = { readonly [Table in keyof T]: Readonly<Record<keyof T[Table], true>> }

const COLUMNS: ColumnsOf<VaultTables> = {
  prompts: {
    id: true,
    prompt_text: true,
    prompt_metadata: true,
    secret_hash: true,
    status: true,
    version: true,
    created_at: true,
    updated_at: true,
    deleted_at: true,
    created_by: true,
    updated_by: true,
  },
  envelopes: {
    id: true,
    prompt_id: true,
    encrypted_data: true,
    encrypted_key: true,
    signature: true,
    iv: true,
    auth_tag: true,
    algorithm: true,
    key_algorithm: true,
    signature_algorithm: true,
    receiver_public_key_id: true,
    sender_private_key_id: true,
    metadata: true,
    expires_at: true,
    status: true,
    created_at: true,
    updated_at: true,
    deleted_at: true,
  },
  envelope_recipients: {
    envelope_id: true,
    position: true,
    receiver_public_key_id: true,
    fingerprint: true,
    encrypted_key: true,
  },
  envelope_grants: {
    envelope_id: true,
    fingerprint: true,
    receiver_public_key_id: true,
    granted_by: true,
    grant_json: true,
    expires_at: true,
    created_at: true,
  },
  envelope_receipts: { digest: true, envelope_id: true, receipt_json: true, created_at: true },
  envelope_decryptions: {
    id: true,
    envelope_id: true,
    decrypted_at: true,
    signature_verified: true,
    decryption_successful: true,
    error_message: true,
    decrypted_by: true,
    ip_address: true,
    user_agent: true,
    metadata: true,
  },
  cryptographic_keys: {
    id: true,
    key_id: true,
    key_type: true,
    key_algorithm: true,
    key_usage: true,
    service_name: true,
    key_storage_location: true,
    public_key_hash: true,
    status: true,
    rotated_at: true,
    expires_at: true,
    created_at: true,
    updated_at: true,
  },
  audit_logs: {
    id: true,
    event_type: true,
    service_name: true,
    user_id: true,
    resource_type: true,
    resource_id: true,
    action: true,
    success: true,
    error_message: true,
    ip_address: true,
    user_agent: true,
    request_id: true,
    metadata: true,
    created_at: true,
  },
}

let t: CurveVault
let db: Kysely<VaultTables>
beforeAll(async () => {
  t = await openCurveVault('PostgreSQL')
  const pool = new pg.Pool({ connectionString: String(t.database.source) })
  db = new Kysely({ dialect: new PostgresDialect({ pool }) })
})
afterAll(async () => {
  await db?.destroy()
  await t?.close()
})

test('the types have the columns of the tables', () => {
  const names = Object.fromEntries(
    Object.entries(COLUMNS).map(([table, columns]) => [table, Object.keys(columns).sort()]),
  )
  const documented = Object.fromEntries(
    Object.entries(DOCUMENTED_COLUMNS).map(([table, columns]) => [
      table,
      Object.keys(columns).sort(),
    ]),
  )
  expect(names).toEqual(documented)
})

test('what a Kysely of the caller reads is what the types say', async () => {
  const { id } = await t.vault.send('x', {
    to: 'response',
    expiresInSeconds: 60,
    metadata: { a: 1 },
  })
  const row = await db
    .selectFrom('envelopes')
    .innerJoin('envelope_recipients', 'envelope_id', 'envelopes.id')
    .select(['envelopes.id', 'status', 'created_at', 'expires_at', 'metadata', 'fingerprint'])
    .where('envelopes.id', '=', id)
    .executeTakeFirstOrThrow()
  expectTypeOf(row.status).toEqualTypeOf<'pending' | 'delivered' | 'decrypted' | 'expired'>()
  expectTypeOf(row.created_at).toEqualTypeOf<Date>()
  expectTypeOf(row.expires_at).toEqualTypeOf<Date | null>()
  expectTypeOf(row.fingerprint).toEqualTypeOf<Uint8Array>()
  expect(row.created_at).toBeInstanceOf(Date)
  expect(row.expires_at).toBeInstanceOf(Date)
  expect(row.metadata).toEqual({ a: 1 })
  expect(row.fingerprint).toBeInstanceOf(Uint8Array)
  const prompt = await db.selectFrom('prompts').select(['version']).executeTakeFirstOrThrow()
  expectTypeOf(prompt.version).toEqualTypeOf<number>()
  expect(prompt.version).toBe(1)
})
