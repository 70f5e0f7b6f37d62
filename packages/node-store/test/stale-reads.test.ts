import { randomBytes } from 'node:crypto'
import { type CacheTrouble, createVault, isZkebError, type Vault } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CurveVault, openCurveVault } from './support/curve-vaults'
import { CLIENTS, RedisServer, skipsRedis, type TestClient, untilReady } from './support/redis'

const OPERATIONS = process.env['ZKEB_SOAK'] ? 200_000 : 10_000
const TIMEOUT = process.env['ZKEB_SOAK'] ? 7_200_000 : 300_000
const WORKERS = 12
const ROWS = 5
const FAULT_EVERY = 150
/** How many of the database's answers are late, and by how many milliseconds at most. */
const LATE = 0.1
const LATE_MS = 40
const seed = Number(process.env['ZKEB_SEED'] ?? Date.now() % 2 ** 31)
console.info(`stale reads: seed ${seed} (ZKEB_SEED repeats its choices), ${OPERATIONS} operations`)

/** What a row went through: each acknowledged change has a higher number, and a read has that of what it saw. */
interface Row {
  readonly id: string
  readonly key: string
  /** Of the last acknowledged change. */
  acknowledged: number
  /** When the excuse began or was prolonged: a writer was cut off from Redis (the documented limit). */
  cutOffAt: number | undefined
  /** Changes under way that were cut off. */
  cutOff: number
}

describe.skipIf(skipsRedis())('the stale-read hunt', () => {
  let redis: RedisServer
  let t: CurveVault
  const clients: TestClient[] = []
  const vaults: Vault[] = []
  const pools: pg.Pool[] = []
  const rows = new Map<string, Row>()
  const changing = new Map<string, Set<Change>>()
  interface Change {
    readonly began: number
    isCutOff: boolean
  }
  let now = 0
  let excused = 0
  let reads = 0
  let deadlocks = 0
  const stale: string[] = []

  beforeAll(async () => {
    redis = await RedisServer.start()
    t = await openCurveVault('PostgreSQL')
    for (const open of [CLIENTS.ioredis, CLIENTS['node-redis']]) {
      const client = await open(redis.port)
      clients.push(client)
      const cache = { redis: client.client, onTrouble }
      const pool = new pg.Pool({ connectionString: t.database.source as string })
      // The database is dropped while connections of it are ending.
      pool.on('error', () => {})
      pools.push(pool)
      const db = delayed(pool)
      vaults.push(await createVault({ db, service: 'vault', keys: t.keys, cache }))
    }
  })
  afterAll(async () => {
    for (const vault of vaults) await vault.close()
    for (const client of clients) await client.close()
    for (const pool of pools) await pool.end()
    await t?.close()
    await redis?.stop()
  })

  function onTrouble({ during, keys }: CacheTrouble): void {
    if (during === 'read') return
    for (const key of keys) {
      const row = rows.get(key)
      if (row !== undefined) row.cutOffAt = ++now
      // Which of those under way it was is not told: none of them ends the excuse.
      for (const change of changing.get(key) ?? []) change.isCutOff = true
    }
  }

  function add(kind: 'prompt' | 'envelope' | 'key', id: string): Row {
    const key = `${kind}:${id}`
    const row: Row = { id, key, acknowledged: 0, cutOffAt: undefined, cutOff: 0 }
    rows.set(key, row)
    return row
  }

  /** A change; `work` gives its number, or undefined where it was refused. */
  async function change(row: Row, work: () => Promise<number | undefined>): Promise<void> {
    const own: Change = { began: ++now, isCutOff: false }
    const all = changing.get(row.key) ?? new Set<Change>()
    changing.set(row.key, all.add(own))
    const number = await work().catch(refused)
    all.delete(own)
    if (own.isCutOff) row.cutOffAt = ++now
    else if (number !== undefined && own.began > (row.cutOffAt ?? 0)) {
      const isAlone = [...all].every((other) => !other.isCutOff)
      if (isAlone) row.cutOffAt = undefined
    }
    if (number !== undefined) row.acknowledged = Math.max(row.acknowledged, number)
  }

  /** A read; `work` gives the number of what it saw, or undefined where there is nothing, which is never cached. */
  async function read(row: Row, work: () => Promise<number>): Promise<void> {
    const { acknowledged } = row
    const wasExcused = row.cutOffAt !== undefined
    const seen = await work().catch(refused)
    reads++
    if (seen === undefined || seen >= acknowledged) return
    if (wasExcused || row.cutOffAt !== undefined) excused++
    else stale.push(`${row.key}: ${seen} after ${acknowledged}`)
  }

  const STATES = ['pending', 'delivered', 'decrypted', 'expired']
  const EXPECTED = ['CONFLICT', 'STATE', 'NOT_FOUND', 'EXPIRED']
  function refused(error: unknown): undefined {
    // A deadlock has a victim, who was told that nothing was changed.
    if (isZkebError(error) && error.message.includes('SQLSTATE 40P01')) deadlocks++
    else if (!isZkebError<string>(error) || !EXPECTED.includes(error.code)) throw error
  }

  test('no read is older than the last acknowledged change', { timeout: TIMEOUT }, async () => {
    const random = mulberry32(seed)
    const below = (n: number) => Math.floor(random() * n)
    const vault = () => vaults[below(2)] as Vault
    const prompts: Row[] = []
    const envelopes: Row[] = []
    const keys: Row[] = []
    const newEnvelope = async (promptId: string) =>
      add('envelope', (await t.vault.prompts.send(promptId, { to: 'response' })).id)
    const newKey = async () => {
      const keyId = `hunt/${randomBytes(8).toString('hex')}/signing`
      await t.database.query(
        `INSERT INTO cryptographic_keys (key_id, key_type, key_algorithm, key_usage, service_name,
          key_storage_location) VALUES ($1, 'signing', 'Ed25519', 'sender', 'hunt', 'none')`,
        [keyId],
      )
      return add('key', keyId)
    }
    for (let i = 0; i < ROWS; i++) {
      const prompt = add('prompt', (await t.vault.prompts.create('x')).id)
      prompt.acknowledged = 1
      prompts.push(prompt)
      envelopes.push(await newEnvelope(prompt.id))
      keys.push(await newKey())
    }

    const onPrompt = async (at: number, roll: number) => {
      const row = prompts[at] as Row
      const { id } = row
      const v = vault()
      if (roll < 0.6) return read(row, async () => (await v.prompts.get(id)).version)
      const version = row.acknowledged
      await change(row, async () => {
        if (roll < 0.85)
          return (await v.prompts.update(id, { version, metadata: { version } })).version
        if (roll < 0.9) return (await v.prompts.archive(id)).version
        if (roll < 0.97) return (await v.prompts.restore(id)).version
        return (await v.prompts.delete(id)).version
      })
    }
    const onEnvelope = async (at: number, roll: number) => {
      const row = envelopes[at] as Row
      const { id } = row
      const v = vault()
      if (roll < 0.7) {
        return read(row, async () => STATES.indexOf((await v.envelopes.get(id)).status))
      }
      if (roll < 0.8) {
        return change(row, () => v.deliver(id).then(() => 1))
      }
      if (roll < 0.9)
        return change(row, () => v.open(id, { as: 'response', from: 'vault' }).then(() => 2))
      if (roll < 0.95) return change(row, () => v.envelopes.expire(id).then(() => 3))
      // Deleted: whoever still reads it reads something older.
      await change(row, () => v.envelopes.delete(id).then(() => 4))
      const next = await newEnvelope(prompts[at]?.id ?? '').catch(refused)
      if (next !== undefined && envelopes[at] === row) envelopes[at] = next
    }
    const onKey = async (at: number, roll: number) => {
      const row = keys[at] as Row
      const v = vault()
      if (roll < 0.9) {
        return read(row, async () => ((await v.keys.get(row.id)).status === 'active' ? 0 : 1))
      }
      await change(row, () => v.keys.revoke(row.id).then(() => 1))
      if (random() < 0.7 && keys[at] === row) keys[at] = await newKey()
    }
    const faults = [
      () => clients[below(2)]?.send('FLUSHALL'),
      () => clients[below(2)]?.send('SAVE'),
      () => clients[below(2)]?.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no'),
      async () => {
        const all = (await clients[0]?.send('KEYS', '*')) as string[]
        for (const key of all) if (random() < 0.5) await clients[0]?.send('DEL', key)
      },
      () => redis.restart(),
      async () => {
        await redis.kill()
        await new Promise((resolve) => setTimeout(resolve, below(100)))
        await redis.restart()
        for (const client of clients) await untilReady(client)
      },
    ]

    let done = 0
    let fault: Promise<unknown> | undefined
    const worker = async () => {
      while (done < OPERATIONS && stale.length === 0) {
        done++
        if (done % FAULT_EVERY === 0 && fault === undefined) {
          fault = Promise.resolve(faults[below(faults.length)]?.())
            .catch(() => {})
            .finally(() => {
              fault = undefined
            })
        }
        const act = [onPrompt, onPrompt, onEnvelope, onKey][below(4)]
        await act?.(below(ROWS), random())
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, worker))
    await fault
    console.info(
      `stale reads: ${reads} reads, ${excused} stale ones of writers that were cut off, ${deadlocks} deadlocks`,
    )
    expect(stale).toEqual([])
  })
})

/** A pool whose answers are now and then late: whole changes happen between a reader's statement and what follows it. */
function delayed(pool: pg.Pool): pg.Pool {
  const wrap = (client: pg.PoolClient): pg.PoolClient =>
    new Proxy(client, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value
        return async (...args: unknown[]) => {
          const answer = await (value as (...all: unknown[]) => unknown).apply(target, args)
          const isLate = Math.random() < LATE
          if (isLate) {
            await new Promise((resolve) => setTimeout(resolve, Math.random() * LATE_MS))
          }
          return answer
        }
      },
    })
  return new Proxy(pool, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (name === 'connect') return async () => wrap(await target.connect())
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** The same choices for the same seed. */
function mulberry32(state: number): () => number {
  let a = state
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let x = Math.imul(a ^ (a >>> 15), a | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}
