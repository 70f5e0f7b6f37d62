import { createVault, memoryKeys, type OpenedMigrator, openMigrator } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrations } from '../src/migrations/index'
import { dumpCatalog, readIndexes } from './support/catalog'
import { codeOf } from './support/codes'
import { ENGINE_ROWS, ENGINES, openPostgres, type TestDatabase } from './support/databases'
import { DOCUMENTED_INDEXES } from './support/documented-tables'
import { foreignTables } from './support/foreign-tables'

const STEPS = Object.keys(migrations)

describe.each(ENGINE_ROWS)('tables of somebody else on $engine', ({ engine }) => {
  let database: TestDatabase
  let schema: string
  let migrator: OpenedMigrator
  let count = 0
  beforeAll(async () => {
    database = await ENGINES[engine]()
  })
  afterAll(async () => {
    await database?.drop()
  })
  beforeEach(async () => {
    schema = `case_${++count}`
    migrator = openMigrator({ db: database.source, schema })
    await database.exec(`CREATE SCHEMA ${schema}; ${foreignTables(schema)}`)
  })
  afterEach(async () => {
    await migrator?.close()
    await database.exec(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  })

  const change = (statement: string) => database.exec(statement.replaceAll('$', schema))

  test('that are as documented are taken over with their rows, and work', async () => {
    await change(`INSERT INTO $.audit_logs (event_type, service_name, action, success)
      VALUES ('theirs', 'theirs', 'read', true)`)
    expect(await codeOf(migrator.up())).toBe('SCHEMA_COLLISION')
    expect(await codeOf(migrator.plan())).toBe('SCHEMA_COLLISION')
    expect(await migrator.adopt()).toEqual(STEPS)
    expect(await migrator.status()).toEqual({ applied: STEPS, pending: [] })
    expect(await migrator.drift()).toEqual([])
    const indexes = await readIndexes(database, schema)
    const { audit_logs_pkey, ...others } = DOCUMENTED_INDEXES
    expect(indexes).toEqual({ ...others, audit_logs_pkey: 'unique audit_logs btree (id)' })

    const keys = memoryKeys()
    const vault = await createVault({ db: database.source, service: 'vault', keys, schema })
    await vault.keys.ensure('vault', { modulusLength: 2048 })
    const { id } = await vault.send('x', { to: 'vault' })
    expect((await vault.open(id, { as: 'vault', from: 'vault' })).text()).toBe('x')
    const { items } = await vault.audit.list()
    expect(items.map(({ event }) => event)).toContain('theirs')
    expect(await vault.maintenance.run()).toEqual({ partitions: { created: [], movedRows: 0 } })
    expect(await vault.health()).toMatchObject({ ok: true, warnings: [] })
    await vault.close()
  })

  test('what was missing is made, what they have beside it stays', async () => {
    await change(`ALTER TABLE $.prompts ADD COLUMN tenant text;
      CREATE INDEX idx_prompts_status ON $.prompts (status) WHERE deleted_at IS NULL;
      CREATE INDEX theirs_too ON $.prompts (tenant)`)
    await migrator.adopt()
    await expect(change("UPDATE $.prompts SET status = 'x'")).resolves.toBeUndefined()
    await expect(
      change("INSERT INTO $.prompts (prompt_text, secret_hash, status) VALUES ('', '', 'x')"),
    ).rejects.toMatchObject({ code: '23514' })
    const foreignKeys = await database.query(
      `SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass($1)`,
      [`${schema}.envelopes`],
    )
    expect(foreignKeys).toEqual([{ conname: 'theirs' }])
    expect(Object.keys(await readIndexes(database, schema))).toContain('theirs_too')
    expect(await migrator.drift()).toEqual([])
  })

  test.each([
    ['a column of another type', 'ALTER TABLE $.prompts ALTER status TYPE text'],
    ['a missing column', 'ALTER TABLE $.audit_logs DROP COLUMN request_id'],
    ['a missing default', 'ALTER TABLE $.envelopes ALTER status DROP DEFAULT'],
    ['a column that may not be null', 'ALTER TABLE $.envelopes ALTER metadata SET NOT NULL'],
    ['a column of theirs to be filled', 'ALTER TABLE $.prompts ADD tenant text NOT NULL'],
    ['a missing table', 'DROP TABLE $.cryptographic_keys'],
    ['a view', 'DROP TABLE $.audit_logs; CREATE VIEW $.audit_logs AS SELECT 1 AS id'],
    ['no primary key', 'ALTER TABLE $.prompts DROP CONSTRAINT prompts_pkey CASCADE'],
    ['another index of our name', 'CREATE INDEX idx_prompts_status ON $.prompts (status)'],
    [
      'an index of our name elsewhere',
      'CREATE TABLE $.other (x int); CREATE INDEX idx_prompts_status ON $.other (x)',
    ],
    [
      'another function of our name',
      "CREATE FUNCTION $.zkeb_set_updated_at() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    ],
    ['a table of a later step', 'CREATE TABLE $.envelope_receipts (theirs int)'],
    [
      'a row that breaks a CHECK',
      "INSERT INTO $.prompts (prompt_text, secret_hash, status) VALUES ('', '', 'x')",
    ],
    [
      'a row that breaks a foreign key',
      `INSERT INTO $.envelope_decryptions (envelope_id, signature_verified, decryption_successful, decrypted_by)
       VALUES (gen_random_uuid(), true, true, 'x')`,
    ],
  ])('with %s are SCHEMA_COLLISION, and nothing is changed', async (_name, statement) => {
    await change(statement)
    const before = await dumpCatalog(database, schema)
    expect(await codeOf(migrator.adopt())).toBe('SCHEMA_COLLISION')
    expect(await dumpCatalog(database, schema)).toEqual(before)
  })

  test('an index half-built by a call that was killed is dropped and built', async () => {
    await migrator.adopt()
    // As CREATE INDEX CONCURRENTLY leaves it when it is killed.
    await change(`UPDATE pg_index SET indisvalid = false
      WHERE indexrelid = '$.idx_prompts_secret_hash'::regclass; DROP INDEX $.idx_keys_status`)
    expect(await migrator.drift()).toEqual([
      'index idx_keys_status is missing',
      'index idx_prompts_secret_hash is invalid',
    ])
    expect(await migrator.adopt()).toEqual([])
    expect(await migrator.drift()).toEqual([])
  })

  test('a misspelt option is refused: it would be the schema public', () => {
    const options = { db: database.source, shema: schema } as never
    expect(() => openMigrator(options)).toThrow(TypeError)
  })

  test('an empty schema, and one of ours, need nothing to be taken over', async () => {
    await change('DROP SCHEMA $ CASCADE')
    expect(await migrator.adopt()).toEqual(STEPS)
    const first = await dumpCatalog(database, schema)
    expect(await migrator.adopt()).toEqual([])
    expect(await dumpCatalog(database, schema)).toEqual(first)
    expect(await migrator.drift()).toEqual([])
  })
})

describe('adopting on a real server', () => {
  let database: Awaited<ReturnType<typeof openPostgres>>
  beforeAll(async () => {
    database = await openPostgres()
  })
  afterAll(() => database?.drop())

  test('others write while indexes are built, and one killed in there is repeated', async () => {
    await database.exec(`CREATE SCHEMA busy; ${foreignTables('busy')}`)
    const writer = new pg.Client({ connectionString: database.source })
    await writer.connect()
    const write = () =>
      writer.query("INSERT INTO busy.prompts (prompt_text, secret_hash) VALUES ('x', 'x')")
    const migrator = openMigrator({ db: database.source, schema: 'busy' })
    const reader = new pg.Client({ connectionString: database.source })
    await reader.connect()
    // Whoever looks at a moment before the tables were taken over holds up an index, and nobody else.
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1')
    const adopting = codeOf(migrator.adopt())
    const building = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'
      AND wait_event = 'virtualxid'`
    await expect.poll(() => database.query(building), { timeout: 60_000 }).toHaveLength(1)
    await write()

    // Another one waits for its turn.
    const other = openMigrator({ db: database.source, schema: 'busy' })
    let isOtherDone = false
    const second = other.adopt().finally(() => {
      isOtherDone = true
    })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(isOtherDone).toBe(false)
    const [row] = await database.query(building)
    await database.query('SELECT pg_terminate_backend($1)', [row?.['pid']])
    expect(await adopting).toBe('DATABASE')
    await reader.query('COMMIT')
    expect(await second).toEqual([])
    expect(await other.drift()).toEqual([])
    await write()
    for (const client of [reader, writer]) await client.end()
    for (const opened of [migrator, other]) await opened.close()
  })
})
