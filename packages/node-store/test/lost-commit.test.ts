import { createVault, type Vault } from '@zkeb/node-store'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { FaultyPool } from './support/faulty-pool'
import { openTestVault, type TestVault } from './support/vaults'

const asResponse = { as: 'response', from: 'vault' } as const

/** The connection is gone but the server has not noticed: the transaction is still open and may yet commit. */
describe('a transaction lost at its commit that the server still runs', () => {
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
  afterEach(() => pool.endLost('rollback'))

  const openings = (id: string) =>
    t.database.query(
      `SELECT decryption_successful AS ok, error_message AS code FROM envelope_decryptions
       WHERE envelope_id = $1`,
      [id],
    )
  const count = async () =>
    (await t.database.query('SELECT count(*)::int AS n FROM prompts'))[0]?.['n'] as number
  const someoneWaits = () =>
    expect
      .poll(async () => t.database.query('SELECT 1 FROM pg_locks WHERE NOT granted'), {
        timeout: 20_000,
      })
      .not.toEqual([])

  test('open waits for it: committed after all, the plaintext is released', async () => {
    const { id } = await t.vault.send('once', { to: 'response', singleUse: true })
    pool.breakAt(/^commit$/i, 'neither')
    const opening = vault.open(id, asResponse)
    await someoneWaits()
    await pool.endLost('commit')
    expect((await opening).text()).toBe('once')
    expect(await openings(id)).toEqual([{ ok: true, code: null }])
  })

  test('open gives up with DATABASE, and the log never says both success and failure', async () => {
    const { id } = await t.vault.send('once', { to: 'response', singleUse: true })
    pool.breakAt(/^commit$/i, 'neither')
    expect(await codeOf(vault.open(id, asResponse))).toBe('DATABASE')
    await pool.endLost('commit')
    expect(await openings(id)).toEqual([{ ok: true, code: null }])
    const audit = (await t.vault.audit.list({ resourceId: id })).items
    expect(audit.filter((entry) => entry.event === 'decryption')).toMatchObject([{ success: true }])
  })

  test('send waits for it: committed after all, it is acknowledged', async () => {
    const before = await count()
    pool.breakAt(/^commit$/i, 'neither')
    const sending = vault.send('kept', { to: 'response' })
    await someoneWaits()
    await pool.endLost('commit')
    const { id } = await sending
    expect((await t.vault.open(id, asResponse)).text()).toBe('kept')
    expect(await count()).toBe(before + 1)
  })

  test('send waits for it: rolled back, it is DATABASE and nothing was changed', async () => {
    const before = await count()
    pool.breakAt(/^commit$/i, 'neither')
    const sending = codeOf(vault.send('lost', { to: 'response' }))
    await someoneWaits()
    await pool.endLost('rollback')
    expect(await sending).toBe('DATABASE')
    expect(await count()).toBe(before)
  })

  test('send that cannot find out says that it may have happened', async () => {
    const before = await count()
    pool.breakAt(/^commit$/i, 'neither')
    const error = await vault.send('late', { to: 'response' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DATABASE', hint: expect.stringContaining('may have') })
    await pool.endLost('commit')
    expect(await count()).toBe(before + 1)
  })
})
