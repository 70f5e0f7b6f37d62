import { createVault, type Vault } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { FaultyPool } from './support/faulty-pool'
import { openTestVault, type TestVault } from './support/vaults'

const asResponse = { as: 'response', from: 'vault' } as const

/** Races and lost connections need a server with several of them: not PGlite. */
describe('races and failures on a real server', () => {
  let t: TestVault
  let pool: FaultyPool
  let vault: Vault
  beforeAll(async () => {
    t = await openTestVault('PostgreSQL')
    pool = new FaultyPool(String(t.database.source))
    vault = await createVault({ db: pool, service: 'vault', keys: t.keys })
  })
  afterAll(async () => {
    await pool?.end()
    await t?.close()
  })
  beforeEach(() => pool.heal())

  const openings = (id: string) =>
    t.database.query(
      `SELECT decryption_successful AS ok, error_message AS code FROM envelope_decryptions
       WHERE envelope_id = $1 ORDER BY decryption_successful DESC`,
      [id],
    )
  const statusOf = async (id: string) =>
    (await t.database.query('SELECT status FROM envelopes WHERE id = $1', [id]))[0]?.['status']

  test('of ten openers of one single-use envelope exactly one gets the plaintext', async () => {
    const { id } = await t.vault.send('once', { to: 'response', singleUse: true })
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => t.vault.open(id, asResponse)),
    )
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    const lost = results.flatMap((result) => (result.status === 'rejected' ? result.reason : []))
    expect(won.map((opened) => opened.text())).toEqual(['once'])
    expect(lost.map((error) => error.code)).toEqual(Array(9).fill('REPLAYED'))
    const rows = await openings(id)
    expect(rows.filter((row) => row['ok'] === true)).toHaveLength(1)
    expect(rows.filter((row) => row['code'] === 'REPLAYED')).toHaveLength(9)
  })

  test('a revocation under way wins over a seal: KEY, and nothing is stored', async () => {
    const admin = new pg.Client({ connectionString: String(t.database.source) })
    await admin.connect()
    const before = await t.database.query('SELECT count(*)::int AS n FROM prompts')
    await admin.query('BEGIN')
    await admin.query(
      "UPDATE cryptographic_keys SET status = 'revoked' WHERE service_name = 'response'",
    )
    const sending = codeOf(t.vault.send('x', { to: 'response' }))
    // The seal waits for the revoker's lock; only then does it know.
    await expect
      .poll(async () => (await t.database.query('SELECT 1 FROM pg_locks WHERE NOT granted')).length)
      .toBeGreaterThan(0)
    await admin.query('COMMIT')
    expect(await sending).toBe('KEY')
    await admin.query("UPDATE cryptographic_keys SET status = 'active'")
    await admin.end()
    expect(await t.database.query('SELECT count(*)::int AS n FROM prompts')).toEqual(before)
  })

  test('connection lost before the commit: DATABASE, no plaintext, the envelope opens later', async () => {
    const { id } = await t.vault.send('once', { to: 'response', singleUse: true })
    pool.breakAt(/^commit$/i, 'before')
    expect(await codeOf(vault.open(id, asResponse))).toBe('DATABASE')
    expect(pool.broken).toBe(1)
    expect(await statusOf(id)).toBe('pending')
    expect(await openings(id)).toEqual([])
    expect((await vault.open(id, asResponse)).text()).toBe('once')
  })

  test('connection lost after the commit: the opening is found, and the plaintext released', async () => {
    const { id } = await t.vault.send('once', { to: 'response', singleUse: true })
    pool.breakAt(/^commit$/i, 'after')
    expect((await vault.open(id, asResponse)).text()).toBe('once')
    expect(pool.broken).toBe(1)
    expect(await openings(id)).toEqual([{ ok: true, code: null }])
    expect(await codeOf(vault.open(id, asResponse))).toBe('REPLAYED')
  })

  test('outcome of the commit unknown: DATABASE and no plaintext', async () => {
    const { id } = await t.vault.send('once', { to: 'response', singleUse: true })
    pool.breakAt(/^commit$/i, 'after', { forGood: true })
    expect(await codeOf(vault.open(id, asResponse))).toBe('DATABASE')
    expect(await openings(id)).toEqual([{ ok: true, code: null }])
  })

  test('connection lost at the commit of a send: stored and acknowledged, or neither', async () => {
    pool.breakAt(/^commit$/i, 'after')
    const { id } = await vault.send('kept', { to: 'response' })
    expect((await t.vault.open(id, asResponse)).text()).toBe('kept')
    const before = await t.database.query('SELECT count(*)::int AS n FROM envelopes')
    pool.breakAt(/^commit$/i, 'before')
    expect(await codeOf(vault.send('lost', { to: 'response' }))).toBe('DATABASE')
    expect(await t.database.query('SELECT count(*)::int AS n FROM envelopes')).toEqual(before)
  })

  test('killed at every statement of an opening: released if and only if recorded', async () => {
    let finished = false
    for (let statement = 1; !finished; statement++) {
      for (const when of ['before', 'after'] as const) {
        const { id } = await t.vault.send('x', { to: 'response', singleUse: true })
        pool.heal()
        pool.breakAtStatement(statement, when)
        const released = await vault.open(id, asResponse).then(
          (opened) => opened.text() === 'x',
          (error: { code: string }) => {
            expect(error.code).toBe('DATABASE')
            return false
          },
        )
        finished = pool.broken === 0
        const recorded = (await openings(id)).filter((row) => row['ok'] === true).length
        expect({ statement, when, recorded }).toEqual({
          statement,
          when,
          recorded: released ? 1 : 0,
        })
        expect(await statusOf(id)).toBe(released ? 'decrypted' : 'pending')
      }
      expect(statement).toBeLessThan(20)
    }
  })

  test('when the failure cannot be recorded, the caller still gets the failure', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    pool.breakAt(/insert into .*envelope_decryptions/i, 'before', { forGood: true })
    expect(await codeOf(vault.open(id, { as: 'stranger', from: 'vault' }))).toBe('NOT_RECIPIENT')
    expect(await openings(id)).toEqual([])
  })
})
