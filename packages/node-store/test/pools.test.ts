import { randomUUID } from 'node:crypto'
import { createVault, memoryKeys } from '@zkeb/node-store'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TransactionSettings } from '../src/db/context'
import { applySettings, runLater } from '../src/db/context'
import type { Database } from '../src/db/schema'
import { openSource } from '../src/db/source'
import { transact } from '../src/db/transact'
import { codeOf } from './support/codes'
import { openPostgres } from './support/databases'

const TENANTS = 100

describe.each([{ pipeline: true }, { pipeline: false }])('a pool, %o', ({ pipeline }) => {
  let database: Awaited<ReturnType<typeof openPostgres>>
  let pool: pg.Pool
  let db: Kysely<Database>
  beforeAll(async () => {
    database = await openPostgres()
    await database.exec('CREATE TABLE notes (text text PRIMARY KEY CHECK (text <> $$bad$$))')
    pool = new pg.Pool({ connectionString: database.source, max: 2, pipeline })
    pool.on('error', () => {})
    db = openSource(pool).db
  })
  afterAll(async () => {
    await pool?.end()
    await database?.drop()
  })
  beforeEach(() => database.exec('DELETE FROM notes'))

  const insert = (text: string) => sql`INSERT INTO notes VALUES (${text}::text)`
  const notes = async () => (await database.query('SELECT text FROM notes ORDER BY 1')).length
  const tenantOf = async (on: Kysely<Database>) =>
    (
      await sql<{ id: string | null }>`
      SELECT nullif(current_setting('app.current_user_id', true), '') AS id`.execute(on)
    ).rows[0]?.id

  test('settings hold in the transaction and end with it', async () => {
    const id = randomUUID()
    const settings = { app: { current_user_id: id }, statementTimeoutMs: 1234, role: 'pg_monitor' }
    const inside = await transact(db, settings, async (trx) => {
      const { rows } = await sql`SELECT current_user::text AS role,
        current_setting('statement_timeout') AS timeout, current_setting('lock_timeout') AS lock`.execute(
        trx,
      )
      return [await tenantOf(trx), rows[0]]
    })
    expect(inside).toEqual([id, { role: 'pg_monitor', timeout: '1234ms', lock: '10s' }])
    for (let i = 0; i < 4; i++) expect(await tenantOf(db)).toBeNull()
    expect((await pool.query('SELECT current_user::text AS role')).rows).toEqual([
      { role: 'postgres' },
    ])
  })

  test.each<[string, TransactionSettings]>([
    ['a role', { role: 'postgres; DROP TABLE notes' }],
    ['a value', { app: { current_user_id: "' OR true --" } }],
    ['a name', { app: { 'x = 1; --': '' } }],
    ['a timeout', { lockTimeoutMs: -1 }],
    ['a fraction', { statementTimeoutMs: 1.5 }],
    ['no number', { statementTimeoutMs: Number.NaN }],
    ['SQL for a number', { statementTimeoutMs: '0; COMMIT' as never }],
  ])('%s that is none is a TypeError, and nothing is run', async (_what, settings) => {
    const work = () => insert('x').execute(db)
    await expect(transact(db, settings, work)).rejects.toThrow(TypeError)
    expect(await notes()).toBe(0)
  })

  test('when the context cannot be set, the statement behind it is not run', async () => {
    const work = transact(db, { role: 'no_such_role' }, (trx) => insert('x').execute(trx))
    await expect(work).rejects.toMatchObject({ code: '22023' })
    expect(await notes()).toBe(0)
    expect(await tenantOf(db)).toBeNull()
  })

  test('when BEGIN itself fails, the statement behind it is not run outside a transaction', async () => {
    // Kysely lets it through, because another database has it.
    const begin = db.transaction().setIsolationLevel('snapshot')
    const work = begin.execute((trx) => insert('x').execute(trx))
    await expect(work).rejects.toMatchObject({ code: '42601' })
    expect(await notes()).toBe(0)
  })

  test('a later write fails at the commit, or at the next statement, and takes all with it', async () => {
    const late = db.transaction().execute(async (trx) => {
      await insert('good').execute(trx)
      await runLater(trx, insert('bad').compile(trx))
    })
    await expect(late).rejects.toMatchObject({ code: '23514' })
    const sooner = db.transaction().execute(async (trx) => {
      await runLater(trx, insert('bad').compile(trx))
      await insert('good').execute(trx)
    })
    await expect(sooner).rejects.toMatchObject({ code: '23514' })
    expect(await notes()).toBe(0)
    await db.transaction().execute((trx) => runLater(trx, insert('good').compile(trx)))
    expect(await notes()).toBe(1)
  })

  test('a COMMIT that is answered with ROLLBACK is an error', async () => {
    const work = db.transaction().execute(async (trx) => {
      await insert('good').execute(trx)
      await insert('bad')
        .execute(trx)
        .catch(() => {})
    })
    expect(await codeOf(work)).toBe('DATABASE')
    expect(await notes()).toBe(0)
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })

  test('settings after an error do not keep the transaction from being undone', async () => {
    const work = db.transaction().execute(async (trx) => {
      await insert('bad')
        .execute(trx)
        .catch(() => {})
      await applySettings(trx, { lockTimeoutMs: 1 })
      throw new RangeError('enough')
    })
    await expect(work).rejects.toThrow(RangeError)
    expect(pool.idleCount).toBe(pool.totalCount)
    expect(pool.totalCount).toBeGreaterThan(0)
  })

  test('an error of one statement alone is its own, and the connection stays', async () => {
    const pid = async () =>
      (await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(db)).rows[0]?.pid
    const before = await pid()
    await expect(insert('bad').execute(db)).rejects.toMatchObject({ code: '23514' })
    expect(await pid()).toBe(before)
  })

  test('a client given back inside a transaction is ended, not used', async () => {
    const own = new pg.Pool({ connectionString: database.source, max: 1, pipeline })
    own.on('error', () => {})
    const { db: over } = openSource(own)
    const client = await own.connect()
    await client.query('BEGIN')
    await client.query("SELECT set_config('app.current_user_id', 'stranger', true)")
    client.release()
    expect(await tenantOf(over)).toBeNull()
    const busy = await own.connect()
    const running = busy.query('SELECT pg_sleep(0.2)').catch((error: Error) => error.message)
    busy.release()
    expect(await tenantOf(over)).toBeNull()
    expect(await running).toMatch(/terminated/)
    await own.end()
  })

  test(`${TENANTS} tenants on two connections, with errors, timeouts and ends: never a foreign context`, async () => {
    const outcomes = await Promise.all(
      Array.from({ length: TENANTS }, async (_, i) => {
        const id = randomUUID()
        const seen: unknown[] = []
        const app = { current_user_id: id }
        await transact(db, { app, statementTimeoutMs: 50 }, async (trx) => {
          seen.push(await tenantOf(trx))
          if (i % 5 === 0) await sql`SELECT 1/0`.execute(trx)
          if (i % 5 === 1) await sql`SELECT pg_sleep(5)`.execute(trx)
          if (i % 5 === 2) throw new RangeError('aborted')
          if (i % 25 === 3) await sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(trx)
          seen.push(await tenantOf(trx))
        }).catch(() => {})
        return seen.every((tenant) => tenant === id) && (await tenantOf(db)) === null
      }),
    )
    expect(outcomes).toEqual(Array(TENANTS).fill(true))
    expect(pool.idleCount).toBe(pool.totalCount)
  })
})

describe('pools that are refused', () => {
  let database: Awaited<ReturnType<typeof openPostgres>>
  beforeAll(async () => {
    database = await openPostgres()
  })
  afterAll(() => database?.drop())

  const options = { service: 'vault', keys: memoryKeys(), migrate: 'auto' } as const

  test.each([
    ['query_timeout', { query_timeout: 1000 }],
    ['binary', { binary: true }],
  ])('one with %s is a TypeError that says so', async (name, given) => {
    const pool = new pg.Pool({ connectionString: database.source, ...given })
    const making = createVault({ ...options, db: pool })
    await expect(making).rejects.toThrow(TypeError)
    await expect(making).rejects.toThrow(name)
    await pool.end()
  })

  test('a connection string with query_timeout as well', async () => {
    const making = createVault({ ...options, db: `${database.source}?query_timeout=1000` })
    await expect(making).rejects.toThrow(/query_timeout/)
  })
})
