import { createVault, memoryKeys, type Vault } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dumpCatalog, readColumns, readIndexes } from './support/catalog'
import { codeOf } from './support/codes'
import { CATALOG_ROWS, ENGINES, type EngineName, type TestDatabase } from './support/databases'
import {
  DOCUMENTED_COLUMNS,
  DOCUMENTED_INDEXES,
  DOCUMENTED_REFERENCES,
} from './support/documented-tables'

const databases = new Map<EngineName, Promise<TestDatabase>>()

/** One database per engine: PGlite takes seconds to boot. */
function databaseOf(engine: EngineName): Promise<TestDatabase> {
  const known = databases.get(engine)
  if (known !== undefined) return known
  const made = ENGINES[engine]().then(async (database) => {
    // Bounds of partitions must not follow the session's zone, nor anything its search_path.
    const settings = ['TimeZone = $$Pacific/Kiritimati$$', 'search_path = pg_catalog']
    const [row] = await database.query('SELECT quote_ident(current_database()) AS name')
    for (const setting of settings) {
      await database.exec(`ALTER DATABASE ${row?.['name']} SET ${setting}`)
      // PGlite has one session, which is open already.
      await database.exec(`SET ${setting}`)
    }
    return database
  })
  databases.set(engine, made)
  return made
}

afterAll(async () => {
  for (const database of databases.values()) await (await database).drop()
})

const CASES = CATALOG_ROWS.flatMap(({ engine }) =>
  ['public', 'Other_Schema'].map((schema) => ({ engine, schema })),
)

describe.each(CASES)('tables in $schema on $engine', ({ engine, schema }) => {
  let database: TestDatabase
  let vault: Vault
  beforeAll(async () => {
    database = await databaseOf(engine)
    vault = await createVault({
      db: database.source,
      service: 'vault',
      keys: memoryKeys(),
      schema,
      migrate: 'auto',
    })
  })
  afterAll(() => vault?.close())

  test('columns, types, nullability and defaults are the documented ones', async () => {
    const columns = await readColumns(database, schema)
    expect(columns).toEqual(DOCUMENTED_COLUMNS)
    // toEqual does not see the order of columns.
    for (const [table, documented] of Object.entries(DOCUMENTED_COLUMNS)) {
      expect(Object.keys(columns[table] ?? {})).toEqual(Object.keys(documented))
    }
  })

  test('indexes are the documented ones', async () => {
    expect(await readIndexes(database, schema)).toEqual(DOCUMENTED_INDEXES)
  })

  test('foreign keys cascade as documented, and stay in the schema', async () => {
    const rows = await database.query(
      `SELECT c.relname || ' ' || pg_get_constraintdef(k.oid) AS def, f.relnamespace = c.relnamespace AS own
       FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
       WHERE k.contype = 'f' AND k.connamespace = to_regnamespace($1) ORDER BY 1`,
      [`"${schema}"`],
    )
    expect(rows.every((row) => row['own'] === true)).toBe(true)
    const definitions = rows.map((row) =>
      String(row['def']).replaceAll(/REFERENCES ("?\w+"?\.)/g, 'REFERENCES '),
    )
    expect(definitions).toEqual(DOCUMENTED_REFERENCES)
  })

  test.each([
    ['prompts', 'status', ['active', 'archived', 'deleted']],
    ['envelopes', 'status', ['pending', 'delivered', 'decrypted', 'expired']],
    ['cryptographic_keys', 'key_type', ['encryption', 'signing']],
    ['cryptographic_keys', 'key_usage', ['sender', 'receiver']],
    ['cryptographic_keys', 'status', ['active', 'rotated', 'revoked']],
    ['audit_logs', 'resource_type', ['prompt', 'envelope', 'key']],
    ['audit_logs', 'action', ['create', 'read', 'update', 'delete']],
  ])('%s.%s takes the documented values only', async (table, column, values) => {
    const checks = await database.query(
      `SELECT pg_get_constraintdef(k.oid) AS def FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
       WHERE k.contype = 'c' AND c.relnamespace = to_regnamespace($1) AND c.relname = $2`,
      [`"${schema}"`, table],
    )
    const check = checks.map((row) => String(row['def'])).find((def) => def.includes(`(${column})`))
    expect([...(check ?? '').matchAll(/'(\w+)'/g)].map(([, value]) => value)).toEqual(values)
  })

  test('audit_logs has this month, three to come and a default, with bounds in UTC', async () => {
    await database.exec(`SET TimeZone = 'UTC'`)
    const rows = await database.query(
      `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
       WHERE p.relname = 'audit_logs' AND p.relnamespace = to_regnamespace($1) ORDER BY 1`,
      [`"${schema}"`],
    )
    const now = new Date()
    const month = (ahead: number) =>
      new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString()
    const expected = [0, 1, 2, 3].map((ahead) => {
      const [from, to] = [month(ahead), month(ahead + 1)]
      return {
        name: `audit_logs_${from.slice(0, 7).replace('-', '_')}`,
        bound: `FOR VALUES FROM ('${from.slice(0, 10)} 00:00:00+00') TO ('${to.slice(0, 10)} 00:00:00+00')`,
      }
    })
    expect(rows).toEqual([...expected, { name: 'audit_logs_default', bound: 'DEFAULT' }])
  })

  test('ciphertext is stored uncompressed, and updated_at is the database’s', async () => {
    const [column] = await database.query(
      `SELECT attstorage::text AS storage FROM pg_attribute
       WHERE attname = 'encrypted_data' AND attrelid = to_regclass($1)`,
      [`"${schema}".envelopes`],
    )
    expect(column?.['storage']).toBe('e')
    const prompts = `"${schema}".prompts`
    await database.query(
      `INSERT INTO ${prompts} (id, prompt_text, secret_hash, updated_at)
       VALUES ('00000000-0000-4000-8000-000000000001', 'x', 'x', '2001-01-01')`,
    )
    await database.query(`UPDATE ${prompts} SET version = 2, updated_at = '2002-01-01'`)
    const [row] = await database.query(
      `SELECT updated_at > now() - interval '1 minute' AS fresh FROM ${prompts}`,
    )
    expect(row?.['fresh']).toBe(true)
    await database.query(`DELETE FROM ${prompts}`)
  })

  test('every operation works there, whatever the search path', async () => {
    await vault.keys.ensure('vault', { modulusLength: 2048 })
    const { id, promptId } = await vault.send('x', { to: 'vault' })
    expect((await vault.deliver(id)).promptId).toBe(promptId)
    expect((await vault.open(id, { as: 'vault', from: 'vault' })).text()).toBe('x')
    expect(await codeOf(vault.open(id, { as: 'other', from: 'vault' }))).toBe('NOT_RECIPIENT')
    expect((await vault.prompts.get(promptId)).text()).toBe('x')
    expect((await vault.audit.list({ resourceId: id })).items).toHaveLength(4)
    expect(await vault.health()).toMatchObject({ ok: true, schema })
  })

  test('up, down, up gives the same catalogue, and down leaves nothing', async () => {
    const first = await dumpCatalog(database, schema)
    expect(first.length).toBeGreaterThan(100)
    expect(await vault.migrations.down({ to: null })).toEqual([
      '003-grants-and-receipts',
      '002-envelope-recipients',
      '001-prompt-vault',
    ])
    expect(await dumpCatalog(database, schema)).toEqual([])
    await vault.migrations.up()
    expect(await dumpCatalog(database, schema)).toEqual(first)
  })
})
