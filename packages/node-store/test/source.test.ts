import type { PGlite } from '@electric-sql/pglite'
import { createVault, memoryKeys } from '@zkeb/node-store'
import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSource } from '../src/db/source'
import { codeOf } from './support/codes'
import { openPostgres } from './support/databases'
import { createPGlite } from './support/pglite'

const options = { service: 'vault', keys: memoryKeys(), migrate: 'auto' } as const

describe('sources', () => {
  let database: Awaited<ReturnType<typeof openPostgres>>
  beforeAll(async () => {
    database = await openPostgres()
  })
  afterAll(() => database?.drop())

  const connections = async () =>
    (
      await database.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      )
    )[0]?.['n']

  test('a connection string: close ends its connections, twice is fine', async () => {
    const vault = await createVault({ ...options, db: database.source })
    expect(await connections()).toBeGreaterThan(0)
    await vault.close()
    await vault.close()
    await expect.poll(connections).toBe(0)
    expect(await vault.health()).toMatchObject({ ok: false })
    // Not the server's fault: the message must not send people looking there.
    await expect(vault.audit.list()).rejects.toMatchObject({
      code: 'DATABASE',
      message: 'the pool is closed',
    })
  })

  test('a pg.Pool stays open', async () => {
    const pool = new pg.Pool({ connectionString: database.source })
    const vault = await createVault({ ...options, db: pool })
    expect(await vault.audit.list()).toEqual({ items: [] })
    await vault.close()
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await pool.end()
  })

  test('a Kysely stays open, and its plugins do not rename our columns', async () => {
    const pool = new pg.Pool({ connectionString: database.source })
    const db = new Kysely<object>({
      dialect: new PostgresDialect({ pool }),
      plugins: [new CamelCasePlugin()],
    })
    const vault = await createVault({ ...options, db })
    await vault.keys.ensure('vault', { modulusLength: 2048 })
    expect((await vault.audit.list()).items).toHaveLength(2)
    await vault.close()
    expect((await sql`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }])
    await db.transaction().execute(async (trx) => {
      await expect(createVault({ ...options, db: trx })).rejects.toThrow(TypeError)
    })
    await db.destroy()
  })

  test.each([
    ['undefined', undefined],
    ['an empty object', {}],
    ['a pg.Client', new pg.Client()],
    ['a path', '/var/lib/db'],
    ['a URL of something else', 'mysql://user:hunter2@host/db'],
    ['a broken connection string', 'postgres://user:hunter2@host:port/db'],
  ])('%s is a TypeError that quotes nothing', async (_what, db) => {
    const error = await createVault({ ...options, db: db as never }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).not.toContain('hunter2')
    expect((error as Error).cause).toBeUndefined()
  })

  test('a database that is down is DATABASE with a hint, and without the password', async () => {
    const db = 'postgres://user:hunter2@127.0.0.1:1/none'
    const error = await createVault({ ...options, db }).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'DATABASE' })
    expect(String(error)).toContain('ECONNREFUSED')
    expect((error as { hint: string }).hint).not.toBe('')
    expect(JSON.stringify(error) + String(error) + (error as Error).stack).not.toContain('hunter2')
    expect((error as Error).cause).toBeUndefined()
  })

  test('a wrong password or database is DATABASE', async () => {
    const missing = new URL(database.source)
    missing.pathname = '/not_there'
    expect(await codeOf(createVault({ ...options, db: missing.href }))).toBe('DATABASE')
  })

  test('connections the server ends are replaced, and do not end the process', async () => {
    const vault = await createVault({ ...options, db: database.source })
    await vault.audit.list()
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    await expect.poll(async () => (await vault.health()).ok).toBe(true)
    await vault.close()
  })
})

describe('the PGlite driver', () => {
  let pglite: PGlite
  beforeAll(async () => {
    pglite = await createPGlite()
  })
  afterAll(() => pglite?.close())

  test('its PGlite stays open; callers at once queue, and a failed transaction leaves nothing', async () => {
    const keys = memoryKeys()
    const vault = await createVault({ ...options, keys, db: pglite })
    await vault.keys.ensure('vault', { modulusLength: 2048 })
    const sent = await Promise.all(
      Array.from({ length: 10 }, (_, i) => vault.send(`text ${i}`, { to: 'vault' })),
    )
    const opened = await Promise.all(
      sent.map(({ id }) => vault.open(id, { as: 'vault', from: 'vault' })),
    )
    expect(opened.map((one) => one.text())).toEqual(sent.map((_, i) => `text ${i}`))

    // The last statement of the transaction fails: everything before it must be gone.
    await pglite.exec(
      'ALTER TABLE audit_logs ADD CONSTRAINT broken CHECK (success IS NULL) NOT VALID',
    )
    expect(await codeOf(vault.send('x', { to: 'vault' }))).toBe('DATABASE')
    await pglite.exec('ALTER TABLE audit_logs DROP CONSTRAINT broken')
    expect((await pglite.query('SELECT count(*)::int AS n FROM prompts')).rows).toEqual([{ n: 10 }])
    expect((await vault.send('x', { to: 'vault' })).id).toBeDefined()

    await vault.close()
    expect((await pglite.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('a transaction that goes on after an error is DATABASE, not committed in silence', async () => {
    const { db } = openSource(pglite)
    const work = db.transaction().execute(async (trx) => {
      await sql`CREATE TABLE never (id int)`.execute(trx)
      await sql`SELECT 1/0`.execute(trx).catch(() => {})
    })
    expect(await codeOf(work)).toBe('DATABASE')
    expect((await pglite.query("SELECT to_regclass('never') AS t")).rows).toEqual([{ t: null }])
  })
})
