import { createVault, type Vault } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { codeOf } from './support/codes'
import { type Fault, Network } from './support/network'
import { openTestVault, type TestVault } from './support/vaults'

const asResponse = { as: 'response', from: 'vault' } as const
/** More than any limit of the store. */
const VERY_LONG_MS = 1_000_000

/** On the pool of the store's own, where several statements travel together: every trip is a boundary. */
describe('failures of network and server', () => {
  let t: TestVault
  let network: Network
  let vault: Vault
  beforeAll(async () => {
    t = await openTestVault('PostgreSQL')
    network = await Network.open(String(t.database.source))
    const db = `${network.url}?application_name=zkeb_network`
    vault = await createVault({ db, service: 'vault', keys: t.keys })
  })
  afterAll(async () => {
    await vault?.close()
    await network?.close()
    await t?.close()
  })
  beforeEach(() => network.reset())
  afterEach(() => {
    vi.useRealTimers()
  })

  const terminate = () =>
    t.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'zkeb_network'`,
    )
  const count = async (from: string, parameters: unknown[] = []) =>
    (await t.database.query(`SELECT count(*)::int AS n FROM ${from}`, parameters))[0]?.['n']
  const openingsOf = (id: string) =>
    count('envelope_decryptions WHERE envelope_id = $1 AND decryption_successful', [id])
  const statusOf = async (id: string) =>
    (await t.database.query('SELECT status FROM envelopes WHERE id = $1', [id]))[0]?.['status']
  /** Whether it succeeded; any failure but DATABASE fails the test. */
  const succeeded = (work: Promise<unknown>) =>
    work.then(
      () => true,
      (error: { code?: string }) => {
        expect(error).toMatchObject({ code: 'DATABASE' })
        return false
      },
    )

  /** Calls `work` with the fault at the first trip, at the second, and so on until none was left. */
  async function atEveryTrip(when: Fault['when'], work: (where: object) => Promise<void>) {
    for (let trip = 1; ; trip++) {
      const act: Fault['act'] = async (cut) => {
        await terminate()
        if (when === 'after') cut()
      }
      network.reset({ trip, when, act })
      await work({ trip, when })
      if (network.isFaultPending) {
        expect(trip).toBeGreaterThan(3)
        return
      }
    }
  }

  describe.each(['before', 'after'] as const)('backend ended %s it did a trip', (when) => {
    test('of an opening: released if and only if recorded', async () => {
      await atEveryTrip(when, async (where) => {
        const { id } = await t.vault.send('x', { to: 'response', singleUse: true })
        const released = await succeeded(vault.open(id, asResponse))
        expect({ ...where, recorded: await openingsOf(id), status: await statusOf(id) }).toEqual({
          ...where,
          recorded: released ? 1 : 0,
          status: released ? 'decrypted' : 'pending',
        })
      })
    })

    test('of a send: acknowledged if and only if stored, whole', async () => {
      await atEveryTrip(when, async (where) => {
        await t.database.exec('DELETE FROM prompts; DELETE FROM audit_logs')
        const stored = (await succeeded(vault.send('x', { to: 'response' }))) ? 1 : 0
        const tables = ['prompts', 'envelopes', 'envelope_recipients', 'audit_logs']
        expect({ ...where, rows: await Promise.all(tables.map((name) => count(name))) }).toEqual({
          ...where,
          rows: [stored, stored, stored, stored],
        })
      })
    })

    test('of a delivery: what is handed out is marked and recorded', async () => {
      await atEveryTrip(when, async (where) => {
        const { id } = await t.vault.send('x', { to: 'response' })
        const delivered = await succeeded(vault.deliver(id))
        const rows = await count("audit_logs WHERE event_type = 'delivery' AND resource_id = $1", [
          id,
        ])
        const isMarked = (await statusOf(id)) === 'delivered'
        // Handing ciphertext out is not refused for an answer that was lost.
        if (delivered) expect({ ...where, rows, isMarked }).toEqual({ ...where, rows: 1, isMarked })
        expect({ ...where, isMarked }).toEqual({ ...where, isMarked: rows === 1 })
      })
    })
  })

  test('a half-open connection is given up in time, and the next call gets another', async () => {
    const { id } = await t.vault.send('once', { to: 'response', singleUse: true })
    await vault.audit.list()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    network.freeze()
    const opening = codeOf(vault.open(id, asResponse))
    while (network.trips < 2) await new Promise(setImmediate)
    await vi.advanceTimersByTimeAsync(VERY_LONG_MS)
    expect(await opening).toBe('DATABASE')
    vi.useRealTimers()
    network.thaw()
    expect((await vault.open(id, asResponse)).text()).toBe('once')
  })

  test('no connection that comes free: DATABASE in time, and none is lost', async () => {
    const pool = new pg.Pool({ connectionString: String(t.database.source), max: 1 })
    const small = await createVault({ db: pool, service: 'vault', keys: t.keys })
    const taken = await pool.connect()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waiting = codeOf(small.audit.list())
    await new Promise(setImmediate)
    await vi.advanceTimersByTimeAsync(VERY_LONG_MS)
    expect(await waiting).toBe('DATABASE')
    vi.useRealTimers()
    taken.release()
    // The one that came too late for its caller went back.
    expect((await small.audit.list()).items).toBeInstanceOf(Array)
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
    await pool.end()
  })

  test('aborted at any trip of a send: all or nothing, and no transaction is left open', async () => {
    for (let trip = 1; trip <= 4; trip++) {
      await t.database.exec('DELETE FROM prompts')
      const abort = new AbortController()
      network.reset({ trip, when: 'before', act: () => abort.abort(new RangeError('enough')) })
      const outcome = await vault.send('x', { to: 'response', signal: abort.signal }).then(
        () => 1,
        (error: unknown) => {
          expect(error).toBe(abort.signal.reason)
          return 0
        },
      )
      expect([trip, await count('prompts'), await count('envelopes')]).toEqual([
        trip,
        outcome,
        outcome,
      ])
    }
    const open = await t.database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`,
    )
    expect(open).toEqual([])
  })

  test('a transaction that the server ends while it is idle is DATABASE, and nothing is stored', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.database.exec(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = 60',
        current_database()); END $$`,
    )
    await terminate()
    await expect.poll(async () => (await vault.health()).ok).toBe(true)
    const act = () => new Promise<void>((resolve) => setTimeout(resolve, 400))
    network.reset({ trip: 3, when: 'before', act })
    expect(await codeOf(vault.deliver(id))).toBe('DATABASE')
    expect(await statusOf(id)).toBe('pending')
    expect((await vault.deliver(id)).promptId).toBeDefined()
  })
})
