import { createVault, type Vault } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { Network } from './support/network'
import { openTestVault, type TestVault } from './support/vaults'

const asResponse = { as: 'response', from: 'vault' } as const

describe('round trips', () => {
  let t: TestVault
  let network: Network
  let vault: Vault
  let plain: Vault
  let pool: pg.Pool
  beforeAll(async () => {
    t = await openTestVault('PostgreSQL')
    network = await Network.open(String(t.database.source))
    vault = await createVault({ db: network.url, service: 'vault', keys: t.keys })
    pool = new pg.Pool({ connectionString: network.url, max: 1 })
    plain = await createVault({ db: pool, service: 'vault', keys: t.keys })
  })
  afterAll(async () => {
    await vault?.close()
    await pool?.end()
    await network?.close()
    await t?.close()
  })

  async function tripsOf(work: () => Promise<unknown>): Promise<number> {
    network.reset()
    await work()
    return network.trips
  }

  test('a single statement is one, its transaction included', async () => {
    expect(await tripsOf(() => vault.audit.list())).toBe(1)
  })

  test('send: one for all keys, two to store, however many receivers', async () => {
    expect(await tripsOf(() => vault.send('x', { to: 'response' }))).toBe(3)
    expect(await tripsOf(() => vault.send('x', { to: ['response', 'stranger'] }))).toBe(3)
  })

  test('prompts: create, get, change and list', async () => {
    let id = ''
    const create = async () => {
      id = (await vault.prompts.create('x')).id
    }
    expect(await tripsOf(create)).toBe(2)
    expect(await tripsOf(() => vault.prompts.get(id))).toBe(2)
    expect(await tripsOf(() => vault.prompts.update(id, { version: 1, data: 'y' }))).toBe(2)
    expect(await tripsOf(() => vault.prompts.list({ limit: 1 }))).toBe(1)
    expect(await tripsOf(() => vault.prompts.delete(id))).toBe(2)
  })

  test('deliver: read, look at the keys, and the rest with COMMIT', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    expect(await tripsOf(() => vault.deliver(id))).toBe(3)
  })

  test('open: envelope, keys, guarded status, and its records with COMMIT', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    expect(await tripsOf(() => vault.open(id, asResponse))).toBe(4)
  })

  test('a refusal: read, roll back, and its record', async () => {
    const id = '00000000-0000-4000-8000-000000000000'
    expect(await tripsOf(() => codeOf(vault.deliver(id)))).toBe(3)
  })

  test('a COMMIT that the server refused is not in doubt: it is rolled back, and nobody asks', async () => {
    await t.database.exec(
      "ALTER TABLE audit_logs ADD CONSTRAINT x CHECK (action <> 'create') NOT VALID",
    )
    expect(await tripsOf(() => codeOf(vault.send('x', { to: 'response' })))).toBe(4)
    await t.database.exec('ALTER TABLE audit_logs DROP CONSTRAINT x')
  })

  test('a plain pool works as well, with more of them', async () => {
    const { id } = await plain.send('x', { to: 'response' })
    expect(await tripsOf(() => plain.open(id, asResponse))).toBe(7)
  })
})
