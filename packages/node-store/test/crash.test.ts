import { createVault, memoryKeys, type Vault } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../../../test/support/postgres'

const WORKERS = 6
const ENOUGH = 40
const asVault = { as: 'vault', from: 'vault' } as const

/** A server of its own to kill; where `DATABASE_URL` gives one, there is none. */
describe.skipIf(process.env['DATABASE_URL'])('a server killed under load', () => {
  let server: PostgresServer
  let vault: Vault
  let admin: pg.Pool
  beforeAll(async () => {
    server = await startPostgres()
    admin = new pg.Pool({ connectionString: server.url })
    admin.on('error', () => {})
    const keys = memoryKeys()
    vault = await createVault({ db: server.url, service: 'vault', keys, migrate: 'auto' })
    await vault.keys.ensure('vault', { modulusLength: 2048 })
  })
  afterAll(async () => {
    await vault?.close()
    await admin?.end()
    await server?.stop()
  })

  const column = async (sql: string) =>
    (await admin.query<{ id: string }>(sql)).rows.map((row) => row.id)

  test('no acknowledged send is lost, and no plaintext was released unrecorded', async () => {
    const sent: string[] = []
    const released: string[] = []
    const codes = new Set<unknown>()
    let isOver = false
    const worker = async () => {
      while (!isOver) {
        try {
          const { id } = await vault.send('x', { to: 'vault', singleUse: true })
          sent.push(id)
          if (Math.random() < 0.5) {
            await vault.open(id, asVault)
            released.push(id)
          }
        } catch (error) {
          codes.add((error as { code?: unknown }).code)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    }
    const work = Promise.all(Array.from({ length: WORKERS }, worker))
    await expect.poll(() => sent.length, { timeout: 60_000 }).toBeGreaterThan(ENOUGH)
    const { rows } = await admin.query<{ pid: number }>('SELECT pid FROM pg_stat_activity')
    await server.crash?.(rows.map(({ pid }) => pid))
    // The vault finds the new server by itself.
    const before = sent.length
    await expect.poll(() => sent.length, { timeout: 60_000 }).toBeGreaterThan(before + ENOUGH)
    isOver = true
    await work

    expect([...codes]).toEqual(['DATABASE'])
    const stored = await column('SELECT envelope_id AS id FROM envelope_recipients')
    expect(sent.filter((id) => !stored.includes(id))).toEqual([])
    const opened = await column(
      'SELECT envelope_id AS id FROM envelope_decryptions WHERE decryption_successful',
    )
    expect(released.filter((id) => !opened.includes(id))).toEqual([])
    expect(new Set(opened).size).toBe(opened.length)
    const marked = await column("SELECT id FROM envelopes WHERE status = 'decrypted'")
    expect(marked.sort()).toEqual(opened.sort())
  })
})
