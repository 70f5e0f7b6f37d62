import { runWithAuditContext } from '@zkeb/node-store'
import { drizzle } from 'drizzle-orm/node-postgres'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CallerTransaction, createVault, type Vault } from '../src/index'
import { codeOf } from './support/codes'
import { openTestVault, type TestVault } from './support/vaults'

/** The caller's own statement, and what the vault takes, in one open transaction. */
interface Open {
  readonly tx: CallerTransaction
  run(sql: string): Promise<unknown>
}

/** Runs work in a transaction of its library; an error rolls back. */
type Begin = <T>(work: (open: Open) => Promise<T>) => Promise<T>

interface Library {
  readonly begin: Begin
  close(): Promise<void>
}

const adapters = async () => ({
  // @ts-expect-error the module is made of the README's code
  ...(await import('readme:node-store/typeorm/0')),
  // @ts-expect-error the module is made of the README's code
  ...(await import('readme:node-store/drizzle/0')),
})

const LIBRARIES: Record<string, (url: string) => Promise<Library>> = {
  async Kysely(url) {
    const pool = new pg.Pool({ connectionString: url })
    const db = new Kysely<object>({
      dialect: new PostgresDialect({ pool }),
      plugins: [new CamelCasePlugin()],
    })
    const begin: Begin = (work) =>
      db.transaction().execute((tx) =>
        work({
          tx,
          run: (sql) => tx.executeQuery({ sql, parameters: [], query: {} as never } as never),
        }),
      )
    return { begin, close: () => db.destroy() }
  },
  async 'pg client'(url) {
    const pool = new pg.Pool({ connectionString: url })
    const begin: Begin = async (work) => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        const result = await work({ tx: client, run: (sql) => client.query(sql) })
        await client.query('COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    }
    return { begin, close: () => pool.end() }
  },
  async TypeORM(url) {
    const { fromTypeOrm } = await adapters()
    const source = await new DataSource({ type: 'postgres', url }).initialize()
    const begin: Begin = (work) =>
      source.transaction(({ queryRunner }) =>
        work({ tx: fromTypeOrm(queryRunner), run: async (sql) => queryRunner?.query(sql) }),
      )
    return { begin, close: () => source.destroy() }
  },
  async Drizzle(url) {
    const { fromDrizzle } = await adapters()
    const pool = new pg.Pool({ connectionString: url })
    const db = drizzle(pool)
    const begin: Begin = (work) =>
      db.transaction((tx) =>
        work({ tx: fromDrizzle(tx), run: async (sql) => void (await tx.execute(sql)) }),
      )
    return { begin, close: () => pool.end() }
  },
}

const asResponse = { as: 'response', from: 'vault' } as const
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

describe.each(Object.keys(LIBRARIES))('inside a transaction of %s', (name) => {
  let t: TestVault
  let library: Library
  beforeAll(async () => {
    t = await openTestVault('PostgreSQL')
    await t.database.exec('CREATE TABLE orders (id int PRIMARY KEY)')
    library = await (LIBRARIES[name] as (url: string) => Promise<Library>)(
      String(t.database.source),
    )
  })
  afterAll(async () => {
    await library?.close()
    await t?.close()
  })
  beforeEach(() =>
    t.database.exec('DELETE FROM orders; DELETE FROM prompts; DELETE FROM audit_logs'),
  )

  const count = async (table: string) =>
    (await t.database.query(`SELECT count(*)::int AS n FROM ${table}`))[0]?.['n']
  const errors = async () =>
    (await t.vault.audit.list()).items.flatMap(({ error, requestId }) =>
      error ? { error, requestId } : [],
    )

  test('a send is there with the commit and not before', async () => {
    const { id } = await library.begin(async ({ tx, run }) => {
      await run('INSERT INTO orders VALUES (1)')
      const sent = await t.vault.in(tx).send('with order 1', { to: 'response', metadata: { n: 1 } })
      expect(await codeOf(t.vault.open(sent.id, asResponse))).toBe('NOT_FOUND')
      const delivered = await t.vault.in(tx).deliver(sent.id)
      expect(delivered.promptId).toBe(sent.promptId)
      return sent
    })
    expect((await t.vault.open(id, asResponse)).text()).toBe('with order 1')
    expect(await count('orders')).toBe(1)
  })

  test('a rollback leaves nothing of it', async () => {
    const rollback = library.begin(async ({ tx }) => {
      await t.vault.in(tx).send('x', { to: 'response' })
      throw new RangeError('changed my mind')
    })
    await expect(rollback).rejects.toThrow(RangeError)
    expect([await count('prompts'), await count('envelopes'), await count('audit_logs')]).toEqual([
      0, 0, 0,
    ])
  })

  test('a refusal leaves the transaction usable, and its record survives a rollback', async () => {
    const requestId = '11111111-2222-4333-8444-555555555555'
    const rollback = runWithAuditContext({ requestId }, () =>
      library.begin(async ({ tx, run }) => {
        await run('INSERT INTO orders VALUES (1)')
        expect(await codeOf(t.vault.in(tx).send('x', { to: 'nobody' }))).toBe('KEY')
        expect(await codeOf(t.vault.in(tx).deliver(UNKNOWN))).toBe('NOT_FOUND')
        await run('INSERT INTO orders VALUES (2)')
        throw new RangeError('changed my mind')
      }),
    )
    await expect(rollback).rejects.toThrow(RangeError)
    await expect.poll(async () => (await errors()).length).toBe(2)
    const records = await errors()
    expect(records.map(({ error }) => error).sort()).toEqual(['KEY', 'NOT_FOUND'])
    expect(records.every((record) => record.requestId === requestId)).toBe(true)
    expect(await count('orders')).toBe(0)
  })

  describe('when its last statement fails', () => {
    beforeEach(() =>
      t.database.exec("ALTER TABLE audit_logs ADD CONSTRAINT broken CHECK (action <> 'create')"),
    )
    afterEach(() => t.database.exec('ALTER TABLE audit_logs DROP CONSTRAINT broken'))

    test('nothing of a send is left, and the caller may commit the rest', async () => {
      await library.begin(async ({ tx, run }) => {
        await run('INSERT INTO orders VALUES (1)')
        expect(await codeOf(t.vault.in(tx).send('x', { to: 'response' }))).toBe('DATABASE')
        await run('INSERT INTO orders VALUES (2)')
      })
      expect([await count('orders'), await count('prompts')]).toEqual([2, 0])
    })
  })

  test('several at once take turns: one that fails undoes nothing of another', async () => {
    const sent = await library.begin(async ({ tx }) => {
      const inside = t.vault.in(tx)
      const fail = async () => {
        for (let i = 0; i < 12; i++) expect(await codeOf(inside.deliver(UNKNOWN))).toBe('NOT_FOUND')
      }
      const send = (text: string) => inside.send(text, { to: 'response' })
      const [a, b] = await Promise.all([send('a'), send('b'), fail()])
      return [a, b]
    })
    const opened = await Promise.all(sent.map(({ id }) => t.vault.open(id, asResponse)))
    expect(opened.map((one) => one.text())).toEqual(['a', 'b'])
  })
})

describe('what is no transaction', () => {
  let t: TestVault
  beforeAll(async () => {
    t = await openTestVault('PostgreSQL')
  })
  afterAll(() => t?.close())

  test('a pool, a Kysely, a PGlite and nothing are a TypeError', async () => {
    const pool = new pg.Pool({ connectionString: String(t.database.source) })
    const db = new Kysely<object>({ dialect: new PostgresDialect({ pool }) })
    const pglite = { query: async () => ({ rows: [] }), transaction: async () => {} }
    for (const tx of [pool, db, pglite, undefined, null, {}, 'BEGIN']) {
      expect(() => t.vault.in(tx as never)).toThrow(TypeError)
    }
    await db.destroy()
  })

  test('a client that has begun none is a TypeError, and nothing is stored', async () => {
    const client = new pg.Client({ connectionString: String(t.database.source) })
    await client.connect()
    await expect(t.vault.in(client).send('x', { to: 'response' })).rejects.toThrow(TypeError)
    expect(await t.database.query('SELECT 1 FROM prompts')).toEqual([])
    await client.end()
  })

  test('an answer without rows is a TypeError', async () => {
    for (const answer of [[], undefined]) {
      const tx = { query: async () => answer }
      await expect(t.vault.in(tx as never).deliver(UNKNOWN)).rejects.toThrow(/must answer/)
    }
  })
})

describe('inside a transaction of PGlite', () => {
  let t: TestVault
  beforeAll(async () => {
    t = await openTestVault('PGlite')
  })
  afterAll(() => t?.close())

  test('what is refused is recorded after it: it has the only connection', async () => {
    const pglite = t.database.source as import('@electric-sql/pglite').PGlite
    const vault: Vault = await createVault({ db: pglite, service: 'vault', keys: t.keys })
    const sent = await pglite.transaction(async (tx) => {
      expect(await codeOf(vault.in(tx).send('x', { to: 'nobody' }))).toBe('KEY')
      return vault.in(tx).send('x', { to: 'response' })
    })
    await vault.close()
    expect((await t.vault.open(sent.id, asResponse)).text()).toBe('x')
    const { items: entries } = await t.vault.audit.list()
    expect(entries.filter(({ error }) => error === 'KEY')).toHaveLength(1)
  })
})
