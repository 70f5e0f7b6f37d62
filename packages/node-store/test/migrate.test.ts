import { createVault, memoryKeys } from '@zkeb/node-store'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dumpCatalog } from './support/catalog'
import { codeOf } from './support/codes'
import { ENGINE_ROWS, ENGINES, openPostgres, type TestDatabase } from './support/databases'
import { FaultyPool } from './support/faulty-pool'

const STEPS = ['001-prompt-vault', '002-envelope-recipients', '003-grants-and-receipts']
const LAST = STEPS.slice(-1)
const REST = STEPS.slice(0, -1)

describe.each(ENGINE_ROWS)('migrations on $engine', ({ engine }) => {
  let database: TestDatabase
  let schema: string
  let count = 0
  beforeAll(async () => {
    database = await ENGINES[engine]()
  })
  afterAll(() => database?.drop())
  beforeEach(() => {
    schema = `case_${++count}`
  })
  afterEach(() => database.exec(`DROP SCHEMA IF EXISTS ${schema} CASCADE`))

  const start = (migrate: 'check' | 'auto') =>
    createVault({
      db: database.source,
      service: 'vault',
      keys: memoryKeys(),
      schema,
      migrate,
    })
  const migrated = async () => {
    const vault = await start('auto')
    await vault.close()
  }

  test('a database that is not migrated is SCHEMA_PENDING, and stays untouched', async () => {
    expect(await codeOf(start('check'))).toBe('SCHEMA_PENDING')
    const found = await database.query('SELECT to_regnamespace($1) AS schema', [schema])
    expect(found).toEqual([{ schema: null }])
  })

  test('auto makes the schema; check is content afterwards; a second auto changes nothing', async () => {
    await migrated()
    const first = await dumpCatalog(database, schema)
    const vault = await start('check')
    expect(await vault.migrations.status()).toEqual({ applied: STEPS, pending: [] })
    expect(await vault.health()).toMatchObject({ ok: true, schema })
    await vault.close()
    await migrated()
    expect(await dumpCatalog(database, schema)).toEqual(first)
  })

  test.each(['prompts', 'audit_logs', 'envelope_recipients', 'zkeb_migrations'])(
    'a table %s of somebody else is SCHEMA_COLLISION, and nothing is changed',
    async (table) => {
      await database.exec(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.${table} (theirs int)`)
      const before = await dumpCatalog(database, schema)
      expect(await codeOf(start('check'))).toBe('SCHEMA_COLLISION')
      expect(await codeOf(start('auto'))).toBe('SCHEMA_COLLISION')
      expect(await dumpCatalog(database, schema)).toEqual(before)
    },
  )

  test('a view, an index or a function of one of our names is a collision as well', async () => {
    for (const statement of [
      `CREATE VIEW ${schema}.envelopes AS SELECT 1 AS theirs`,
      `CREATE TABLE ${schema}.other (x int); CREATE INDEX idx_prompts_status ON ${schema}.other (x)`,
      `CREATE FUNCTION ${schema}.zkeb_set_updated_at() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'`,
    ]) {
      await database.exec(`CREATE SCHEMA ${schema}; ${statement}`)
      const before = await dumpCatalog(database, schema)
      expect(await codeOf(start('auto'))).toBe('SCHEMA_COLLISION')
      expect(await dumpCatalog(database, schema)).toEqual(before)
      await database.exec(`DROP SCHEMA ${schema} CASCADE`)
    }
  })

  test.each([
    ['a dropped table', 'DROP TABLE $.envelope_recipients'],
    ['a dropped column', 'ALTER TABLE $.prompts DROP COLUMN version'],
    ['a column of another type', 'ALTER TABLE $.envelopes ALTER COLUMN iv TYPE varchar(10)'],
    ['a column that became nullable', 'ALTER TABLE $.prompts ALTER secret_hash DROP NOT NULL'],
    ['an edited checksum', "UPDATE $.zkeb_migrations SET checksum = 'x' WHERE name LIKE '001%'"],
  ])('half-migrated: %s is SCHEMA_DRIFT', async (_name, statement) => {
    await migrated()
    await database.exec(statement.replace('$', schema))
    expect(await codeOf(start('check'))).toBe('SCHEMA_DRIFT')
    expect(await codeOf(start('auto'))).toBe('SCHEMA_DRIFT')
  })

  test('half-migrated: a step that is missing is SCHEMA_PENDING, and auto finishes it', async () => {
    const vault = await start('auto')
    expect(await vault.migrations.down()).toEqual(LAST)
    expect(await vault.migrations.status()).toEqual({ applied: REST, pending: LAST })
    expect(await vault.health()).toMatchObject({ ok: false, error: 'SCHEMA_PENDING' })
    expect(await codeOf(start('check'))).toBe('SCHEMA_PENDING')
    expect(await vault.migrations.up()).toEqual(LAST)
    expect(await vault.migrations.down({ to: REST.at(-1) ?? '' })).toEqual(LAST)
    await expect(vault.migrations.down({ to: '999' })).rejects.toThrow(TypeError)
    await vault.close()
  })

  test('what users add beside the tables is no drift', async () => {
    await migrated()
    await database.exec(
      `ALTER TABLE ${schema}.prompts ADD COLUMN tenant text; CREATE TABLE ${schema}.theirs (x int)`,
    )
    await (await start('check')).close()
  })

  test('a breaking step of a newer program is SCHEMA_NEWER, a harmless one is not', async () => {
    await migrated()
    const insert = `INSERT INTO ${schema}.zkeb_migrations (name, checksum, breaking) VALUES`
    await database.exec(`${insert} ('900-harmless', 'x', false)`)
    await (await start('check')).close()
    await database.exec(`${insert} ('901-breaking', 'x', true)`)
    expect(await codeOf(start('check'))).toBe('SCHEMA_NEWER')
    expect(await codeOf(start('auto'))).toBe('SCHEMA_NEWER')
  })

  test('a step that fails half-way leaves nothing of itself', async () => {
    // The function comes last in the first step, after all its tables.
    await database.exec(`CREATE SCHEMA ${schema};
      CREATE FUNCTION ${schema}.zkeb_set_updated_at() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
    expect(await codeOf(start('auto'))).toBe('SCHEMA_COLLISION')
    const left = await database.query(
      'SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace($1)',
      [schema],
    )
    expect(left).toEqual([])
  })
})

describe('migrations on a real server', () => {
  let database: Awaited<ReturnType<typeof openPostgres>>
  beforeAll(async () => {
    database = await openPostgres()
  })
  afterAll(() => database?.drop())

  test('twenty that start at once migrate once', async () => {
    const keys = memoryKeys()
    const options = { db: database.source, service: 'vault', keys, schema: 'twenty' } as const
    const vaults = await Promise.all(
      Array.from({ length: 20 }, () => createVault({ ...options, migrate: 'auto' })),
    )
    const statuses = await Promise.all(vaults.map((vault) => vault.migrations.status()))
    expect(statuses).toEqual(vaults.map(() => ({ applied: STEPS, pending: [] })))
    await Promise.all(vaults.map((vault) => vault.close()))
    const tracked = await database.query('SELECT name FROM twenty.zkeb_migrations ORDER BY 1')
    expect(tracked.map((row) => row['name'])).toEqual(STEPS)
  })

  test('a status asked for while another process migrates sees one moment, and no drift', async () => {
    const options = { service: 'vault', keys: memoryKeys(), schema: 'moving' } as const
    const other = await createVault({ ...options, db: database.source, migrate: 'auto' })
    const pool = new FaultyPool(database.source)
    const vault = await createVault({ ...options, db: pool })
    await other.migrations.down()
    pool.interruptAfter(/pg_namespace/, () => other.migrations.up())
    expect(await vault.migrations.status()).toEqual({ applied: REST, pending: LAST })
    expect(await vault.migrations.status()).toEqual({ applied: STEPS, pending: [] })
    await vault.close()
    await pool.end()
    await other.close()
  })

  test('while another process holds the migration lock, a starter waits and then goes on', async () => {
    await database.exec(`BEGIN; SELECT pg_advisory_xact_lock(
      hashtextextended('zkeb migrate ' || current_database() || '.waiting', 0))`)
    let done = false
    const keys = memoryKeys()
    const starting = createVault({
      db: database.source,
      service: 'vault',
      keys,
      schema: 'waiting',
      migrate: 'auto',
    }).then((vault) => {
      done = true
      return vault
    })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(done).toBe(false)
    // It polls: nobody waits inside the lock function.
    const waiting = await database.query(
      "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
    )
    expect(waiting).toEqual([])
    await database.exec('COMMIT')
    await (await starting).close()
  })
})
