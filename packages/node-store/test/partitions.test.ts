import { createVault, memoryKeys, type Vault } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dumpCatalog } from './support/catalog'
import { codeOf } from './support/codes'
import { ENGINE_ROWS, ENGINES, openPostgres, type TestDatabase } from './support/databases'

/** First day of a month so many months from now, in UTC. */
function month(ahead: number): string {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString()
}
const partition = (ahead: number) => `audit_logs_${month(ahead).slice(0, 7).replace('-', '_')}`

describe.each(ENGINE_ROWS)('partitions of the audit log on $engine', ({ engine }) => {
  let database: TestDatabase
  let vault: Vault
  let schema: string
  let count = 0
  beforeAll(async () => {
    database = await ENGINES[engine]()
    const [row] = await database.query('SELECT quote_ident(current_database()) AS name')
    for (const setting of ['TimeZone = $$Pacific/Kiritimati$$', 'search_path = pg_catalog']) {
      await database.exec(`ALTER DATABASE ${row?.['name']} SET ${setting}; SET ${setting}`)
    }
  })
  afterAll(() => database?.drop())
  beforeEach(async () => {
    schema = `Case_${++count}`
    const keys = memoryKeys()
    const options = { db: database.source, service: 'vault', keys, schema } as const
    vault = await createVault({ ...options, migrate: 'auto' })
  })
  afterEach(async () => {
    await vault?.close()
    await database.exec(`DROP SCHEMA "${schema}" CASCADE`)
  })

  const change = (statement: string) => database.exec(statement.replaceAll('$', `"${schema}"`))
  const write = (at: string, name = 'x') =>
    change(`INSERT INTO $.audit_logs (event_type, service_name, action, success, created_at)
      VALUES ('${name}', 'vault', 'read', true, '${at}')`)
  const rowsOf = (table: string) =>
    database.query(`SELECT event_type FROM "${schema}".${table} ORDER BY 1`)

  test('nothing is due after migrating', async () => {
    const before = await dumpCatalog(database, schema)
    expect(await vault.maintenance.run()).toEqual({ partitions: { created: [], movedRows: 0 } })
    expect(await dumpCatalog(database, schema)).toEqual(before)
    expect(await vault.health()).toMatchObject({ ok: true, warnings: [] })
  })

  test('a month that is missing is made with its rows, as the migration would have', async () => {
    const before = await dumpCatalog(database, schema)
    await change(`DROP TABLE $.${partition(0)}; DROP TABLE $.${partition(2)}`)
    const [first, last] = [month(0), new Date(Date.parse(month(1)) - 1).toISOString()]
    await write(first, 'first')
    await write(last, 'last')
    expect(await vault.health()).toMatchObject({
      ok: true,
      warnings: ['AUDIT_ROWS_IN_DEFAULT', 'AUDIT_PARTITIONS_DUE'],
    })
    expect(await vault.maintenance.run()).toEqual({
      partitions: { created: [partition(0), partition(2)], movedRows: 2 },
    })
    expect(await rowsOf(partition(0))).toEqual([{ event_type: 'first' }, { event_type: 'last' }])
    expect(await rowsOf('audit_logs_default')).toEqual([])
    expect(await vault.health()).toMatchObject({ ok: true, warnings: [] })
    expect(await dumpCatalog(database, schema)).toEqual(before)
  })

  test('rows of the past leave DEFAULT month by month; those of a far future stay', async () => {
    await write(month(-1), 'a')
    await write(month(-14), 'b')
    await write('2999-01-01', 'future')
    await write('infinity', 'never')
    await write('-infinity', 'always')
    expect(await vault.maintenance.run()).toEqual({
      partitions: { created: [partition(-14), partition(-1)], movedRows: 2 },
    })
    const left = await rowsOf('audit_logs_default')
    expect(left.map((row) => row['event_type'])).toEqual(['always', 'future', 'never'])
    expect(await vault.health()).toMatchObject({ warnings: ['AUDIT_ROWS_IN_DEFAULT'] })
    const all = await rowsOf('audit_logs')
    expect(all.map((row) => row['event_type'])).toEqual(['a', 'always', 'b', 'future', 'never'])
  })

  test('columns that users added or dropped come along', async () => {
    await change(`ALTER TABLE $.audit_logs ADD gone text, ADD tenant text,
      ADD twice int GENERATED ALWAYS AS (1 + 1) STORED; ALTER TABLE $.audit_logs DROP gone`)
    await write(month(-1), 'a')
    await change(`UPDATE $.audit_logs SET tenant = 't'`)
    await vault.maintenance.run()
    const rows = await database.query(`SELECT tenant, twice FROM "${schema}".${partition(-1)}`)
    expect(rows).toEqual([{ tenant: 't', twice: 2 }])
  })

  test('a partition of theirs that has part of a month is left, and a name that is taken too', async () => {
    await change(`DROP TABLE $.${partition(2)}; DROP TABLE $.${partition(3)};
      CREATE TABLE $.theirs PARTITION OF $.audit_logs
        FOR VALUES FROM ('${month(2)}') TO ('${month(2).slice(0, 8)}10 00:00:00+00');
      CREATE TABLE $.${partition(3)} (x int)`)
    const before = await dumpCatalog(database, schema)
    expect(await vault.maintenance.run()).toEqual({ partitions: { created: [], movedRows: 0 } })
    expect(await dumpCatalog(database, schema)).toEqual(before)
  })

  test('a missing DEFAULT is made', async () => {
    await change('DROP TABLE $.audit_logs_default')
    expect(await vault.health()).toMatchObject({ ok: true, warnings: [] })
    expect(await vault.maintenance.run()).toEqual({
      partitions: { created: ['audit_logs_default'], movedRows: 0 },
    })
  })

  test('a vault with a schedule does it by itself, and stops when closed', async () => {
    await change(`DROP TABLE $.${partition(1)}`)
    const keys = memoryKeys()
    const options = { db: database.source, service: 'vault', keys, schema } as const
    const other = await createVault({ ...options, maintenance: { everySeconds: 1 } })
    const due = async () => (await vault.health()).warnings
    await expect.poll(due, { timeout: 20_000 }).toEqual([])
    await change(`DROP TABLE $.${partition(1)}`)
    await expect.poll(due, { timeout: 20_000 }).toEqual([])
    await other.close()
    await change(`DROP TABLE $.${partition(1)}`)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(await due()).toEqual(['AUDIT_PARTITIONS_DUE'])
  })

  test.each([0, 1.5, Number.NaN, 2_147_484, '60'])('everySeconds %s is refused', async (value) => {
    const keys = memoryKeys()
    const options = { db: database.source, service: 'vault', keys, schema } as const
    const maintenance = { everySeconds: value as number }
    await expect(createVault({ ...options, maintenance })).rejects.toThrow(RangeError)
    const misspelt = { everySecond: 1 } as never
    await expect(createVault({ ...options, maintenance: misspelt })).rejects.toThrow(TypeError)
  })
})

describe('partitions of the audit log while others work', () => {
  let database: Awaited<ReturnType<typeof openPostgres>>
  let vault: Vault
  beforeAll(async () => {
    database = await openPostgres()
    const options = { db: database.source, service: 'vault', keys: memoryKeys() } as const
    vault = await createVault({ ...options, migrate: 'auto' })
  })
  afterAll(async () => {
    await vault?.close()
    await database?.drop()
  })

  test('no row is lost or doubled while twenty maintain and others write', async () => {
    await database.exec(`DROP TABLE ${partition(0)}`)
    const pool = new pg.Pool({ connectionString: database.source, max: 5 })
    let isDone = false
    let written = 0
    const writers = Array.from({ length: 5 }, async () => {
      while (!isDone) {
        await pool.query(`INSERT INTO audit_logs (event_type, service_name, action, success)
          VALUES ('x', 'vault', 'read', true)`)
        written++
      }
    })
    await expect.poll(() => written).toBeGreaterThan(50)
    const runs = await Promise.all(Array.from({ length: 20 }, () => vault.maintenance.run()))
    await new Promise((resolve) => setTimeout(resolve, 100))
    isDone = true
    await Promise.all(writers)
    await pool.end()
    expect(runs.flatMap(({ partitions }) => partitions.created)).toEqual([partition(0)])
    const [row] = await database.query('SELECT count(*)::int AS n FROM audit_logs')
    expect(row).toEqual({ n: written })
    const [left] = await database.query('SELECT count(*)::int AS n FROM audit_logs_default')
    expect(left).toEqual({ n: 0 })
  })

  test('health asks for no privilege on partitions', async () => {
    const role = `reader_${process.pid}_${Date.now()}`
    await database.exec(
      `CREATE ROLE ${role}; GRANT SELECT ON audit_logs, zkeb_migrations TO ${role}`,
    )
    const url = `${database.source}?options=${encodeURIComponent(`-c role=${role}`)}`
    const other = await createVault({ db: url, service: 'vault', keys: memoryKeys() })
    expect(await other.health()).toMatchObject({ ok: true, warnings: [] })
    await other.close()
    await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  })

  test('behind a long transaction it gives up, and does it later', async () => {
    await database.exec(`DROP TABLE ${partition(3)}`)
    const reader = new pg.Client({ connectionString: database.source })
    await reader.connect()
    await reader.query('BEGIN; SELECT count(*) FROM audit_logs')
    expect(await codeOf(vault.maintenance.run())).toBe('DATABASE')
    await reader.end()
    expect(await vault.maintenance.run()).toMatchObject({
      partitions: { created: [partition(3)] },
    })
  })
})
