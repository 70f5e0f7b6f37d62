import { randomUUID } from 'node:crypto'
import { createVault, isRateLimited, isZkebError, type Vault } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { type CurveVault, openCurveVault } from './support/curve-vaults'
import { CLIENTS, RedisServer, skipsRedis, type TestClient, untilReady } from './support/redis'

const NAMES = ['ioredis', 'node-redis'] as const
const asResponse = { as: 'response', from: 'vault' } as const

/** Vaults over the same tables: one with a cache, whose Redis a test looks into; one past it. */
describe.skipIf(skipsRedis()).each(NAMES)('the cache through %s', (name) => {
  let redis: RedisServer
  let t: CurveVault
  let client: TestClient
  let vault: Vault
  let troubles: string[]
  beforeAll(async () => {
    redis = await RedisServer.start()
    t = await openCurveVault('PostgreSQL')
  })
  afterAll(async () => {
    await t?.close()
    await redis?.stop()
  })
  beforeEach(async () => {
    client = await CLIENTS[name](redis.port)
    troubles = []
    await client.send('FLUSHALL')
    vault = await open()
  })
  afterEach(async () => {
    await vault.close()
    await client.close()
  })

  const open = (coherence: 'eventual' | 'strict' = 'eventual') =>
    createVault({
      db: t.database.source,
      service: 'vault',
      keys: t.keys,
      cache: {
        redis: client.client,
        coherence,
        onTrouble: ({ during, reason }) => troubles.push(`${during} ${reason}`),
      },
    })
  const stored = async (key: string) => (await client.send('GET', key)) as string | null
  const ttlOf = async (key: string) => Number(await client.send('PTTL', key))
  /** Behind the vault's back: only who reads the database sees it. */
  const sql = (text: string, ...parameters: unknown[]) => t.database.query(text, parameters)
  const textOf = async (id: string, at = vault) => (await at.prompts.get(id)).text()

  describe('what is read again comes from Redis', () => {
    test('a sealed prompt, for 300 s, without its text in the clear', async () => {
      const { id } = await vault.prompts.create('card 4242', { metadata: { n: 1 } })
      const first = await vault.prompts.get(id)
      const json = await stored(`prompt:${id}`)
      expect(json).toContain('zkeb-prompt-v1:')
      expect(json).not.toContain('4242')
      const ttl = await ttlOf(`prompt:${id}`)
      expect(ttl).toBeGreaterThan(290_000)
      expect(ttl).toBeLessThanOrEqual(300_000)

      await sql('UPDATE prompts SET prompt_metadata = NULL WHERE id = $1', id)
      const again = await vault.prompts.get(id)
      expect(again.text()).toBe('card 4242')
      expect({ ...again, text: 0 }).toEqual({ ...first, text: 0 })
      // Each reading of a prompt is recorded, from wherever it came.
      const { items } = await vault.audit.list({ resourceId: id, event: 'prompt_access' })
      expect(items.filter((entry) => entry.action === 'read')).toHaveLength(2)
    })

    test('a prompt that lies in the clear is never cached, nor believed where it is', async () => {
      const { id } = await vault.prompts.create('find me', { searchable: true })
      const searchable = true
      expect((await vault.prompts.get(id, { searchable })).text()).toBe('find me')
      expect(await stored(`prompt:${id}`)).not.toContain('find me')

      const sealed = await vault.prompts.create('mine')
      await vault.prompts.get(sealed.id)
      const key = `prompt:${sealed.id}`
      const json = JSON.parse((await stored(key)) ?? '')
      json.value.prompt_text = 'forged'
      await client.send('SET', key, JSON.stringify(json))
      expect((await vault.prompts.get(sealed.id, { searchable })).text()).toBe('mine')
    })

    test('the metadata of an envelope, for 900 s, without ciphertext and wrapped key', async () => {
      const { id, promptId } = await vault.send('x', { to: 'response' })
      const first = await vault.envelopes.get(id)
      const [row] = await sql(
        'SELECT encrypted_data, encrypted_key FROM envelopes WHERE id = $1',
        id,
      )
      const json = (await stored(`envelope:${id}`)) ?? ''
      expect(Object.keys(JSON.parse(json).value)).not.toContain('encrypted_data')
      for (const secret of Object.values(row ?? {})) expect(json).not.toContain(secret)
      expect(await ttlOf(`envelope:${id}`)).toBeGreaterThan(890_000)
      expect(await ttlOf(`envelope:${id}`)).toBeLessThanOrEqual(900_000)

      await sql("UPDATE envelopes SET status = 'delivered' WHERE prompt_id = $1", promptId)
      expect(await vault.envelopes.get(id)).toEqual(first)
    })

    test('never beyond its own expiry', async () => {
      const { id } = await vault.send('x', { to: 'response', expiresInSeconds: 20 })
      await vault.envelopes.get(id)
      expect(await ttlOf(`envelope:${id}`)).toBeLessThanOrEqual(20_000)
      expect(await stored(`envelope:${id}`)).toMatch(/^\{/)

      for (const time of ["now() - interval '1 s'", "'infinity'", "'-infinity'"]) {
        await sql(`UPDATE envelopes SET expires_at = ${time} WHERE id = $1`, id)
        await client.send('DEL', `envelope:${id}`)
        await vault.envelopes.get(id)
        expect(await stored(`envelope:${id}`)).toMatch(/^L:/)
      }
    })

    test('a key, for 3600 s; but nothing is sealed or opened by it', async () => {
      const { keyIds } = await vault.keys.ensure('mailer')
      const { id } = await vault.send('x', { to: ['mailer', 'response'] })
      expect((await vault.keys.get(keyIds.encryption)).status).toBe('active')
      expect(await ttlOf(`key:${keyIds.encryption}`)).toBeGreaterThan(3_590_000)
      expect(await ttlOf(`key:${keyIds.encryption}`)).toBeLessThanOrEqual(3_600_000)
      const revoke = "UPDATE cryptographic_keys SET status = $1 WHERE service_name = 'mailer'"
      await sql(revoke, 'revoked')
      expect((await vault.keys.get(keyIds.encryption)).status).toBe('active')
      expect(await codeOf(vault.send('x', { to: 'mailer' }))).toBe('KEY')
      expect(await codeOf(vault.open(id, { as: 'mailer', from: 'vault' }))).toBe('KEY')
      await sql(revoke, 'active')
      expect(await codeOf(vault.keys.get('nobody/x'))).toBe('NOT_FOUND')
      await expect(vault.keys.get('')).rejects.toThrow(TypeError)
    })

    test.each([
      '{',
      '{"epoch":"E"}',
      '{"epoch":"E","value":{"id":"x"}}',
      '{"epoch":"E","value":7}',
    ])('what is none of ours is read from the database: %s', async (text) => {
      const { id } = await vault.send('x', { to: 'response' })
      const first = await vault.envelopes.get(id)
      const epoch = JSON.parse((await stored(`envelope:${id}`)) ?? '').epoch
      await client.send('SET', `envelope:${id}`, text.replace('E', epoch))
      expect(await vault.envelopes.get(id)).toEqual(first)
    })

    test('an entry under another id is none of this one', async () => {
      const one = await vault.send('x', { to: 'response' })
      const other = await vault.send('y', { to: 'response' })
      await vault.envelopes.get(other.id)
      const json = (await stored(`envelope:${other.id}`)) ?? ''
      await client.send('SET', `envelope:${one.id}`, json)
      expect((await vault.envelopes.get(one.id)).id).toBe(one.id)
    })
  })

  describe('every change is read at once', () => {
    test('of a prompt: update, archive, restore, delete with its envelopes', async () => {
      const { id, promptId } = await vault.send('one', { to: 'response' })
      const statusOf = async () => (await vault.prompts.get(promptId)).status
      expect(await textOf(promptId)).toBe('one')
      await vault.prompts.update(promptId, { version: 1, data: 'two' })
      expect(await stored(`prompt:${promptId}`)).toBeNull()
      expect(await textOf(promptId)).toBe('two')
      await vault.prompts.archive(promptId)
      expect(await statusOf()).toBe('archived')
      await vault.prompts.restore(promptId)
      expect(await statusOf()).toBe('active')
      await vault.envelopes.get(id)
      await vault.prompts.delete(promptId)
      expect(await codeOf(vault.prompts.get(promptId))).toBe('NOT_FOUND')
      expect(await codeOf(vault.envelopes.get(id))).toBe('NOT_FOUND')
      await vault.prompts.restore(promptId)
      expect(await textOf(promptId)).toBe('two')
      expect((await vault.envelopes.get(id)).id).toBe(id)
    })

    test('of an envelope: delivered, granted, opened, expired, deleted', async () => {
      const { id } = await vault.send('x', { to: 'response' })
      const get = () => vault.envelopes.get(id)
      expect((await get()).status).toBe('pending')
      await vault.deliver(id)
      expect((await get()).status).toBe('delivered')
      await vault.grant(id, { to: 'mailer', from: 'vault', as: 'response' })
      expect((await get()).grantees).toHaveLength(1)
      await vault.open(id, asResponse)
      expect((await get()).status).toBe('decrypted')
      await vault.envelopes.expire(id)
      expect((await get()).status).toBe('expired')
      await vault.envelopes.delete(id)
      expect(await codeOf(get())).toBe('NOT_FOUND')
    })

    test('of a key: rotated, revoked', async () => {
      const { keyIds } = await vault.keys.ensure('stranger')
      const statusOf = async (part: 'encryption' | 'signing') =>
        (await vault.keys.get(keyIds[part])).status
      expect(await statusOf('signing')).toBe('active')
      await vault.keys.rotate('stranger')
      expect(await statusOf('signing')).toBe('rotated')
      expect(await statusOf('encryption')).toBe('rotated')
      await vault.keys.revoke(keyIds.encryption)
      expect(await statusOf('encryption')).toBe('revoked')
      expect(await statusOf('signing')).toBe('revoked')
    })

    test('a change that is refused leaves nothing behind', async () => {
      const { id } = await vault.prompts.create('x')
      expect(await codeOf(vault.prompts.update(id, { version: 7, data: 'y' }))).toBe('CONFLICT')
      expect(await stored(`prompt:${id}`)).toBeNull()
    })
  })

  describe('leases and tombstones', () => {
    const EPOCH = /^[LT]:([0-9a-f]{40}):/

    test('a reader whose lease is gone caches nothing', async () => {
      const { id } = await vault.prompts.create('old')
      const pool = new pg.Pool({ connectionString: t.database.source as string })
      // A pool that lets a test act between the reader's statement and its answer.
      const act = async () => {
        expect(await stored(`prompt:${id}`)).toMatch(EPOCH)
        await vault.prompts.update(id, { version: 1, data: 'new' })
      }
      const slow = await createVault({
        db: slowed(pool, 'SELECT id::text AS id, prompt_text', act),
        service: 'vault',
        keys: t.keys,
        cache: { redis: client.client },
      })
      expect(await textOf(id, slow)).toBe('old')
      expect(await stored(`prompt:${id}`)).toBeNull()
      expect(await textOf(id)).toBe('new')
      await slow.close()
      await pool.end()
    })

    test('while a change is under way nobody caches, and its tombstone is of this run', async () => {
      const { id } = await vault.prompts.create('old')
      const pool = new pg.Pool({ connectionString: t.database.source as string })
      const seen: unknown[] = []
      const act = async () => {
        seen.push(await stored(`prompt:${id}`), await textOf(id), await stored(`prompt:${id}`))
      }
      const slow = await createVault({
        db: slowed(pool, 'UPDATE "public"."prompts"', act),
        service: 'vault',
        keys: t.keys,
        cache: { redis: client.client },
      })
      await textOf(id)
      await slow.prompts.update(id, { version: 1, data: 'new' })
      const [tombstone, read, after] = seen
      expect(tombstone).toMatch(/^T:[0-9a-f]{40}:/)
      expect([read, after]).toEqual(['old', tombstone])
      expect(await stored(`prompt:${id}`)).toBeNull()
      await slow.close()
      await pool.end()
    })

    test('of two changes at once the tombstone stays, for 60 s', async () => {
      const { id } = await vault.prompts.create('x')
      const other = `T:${'0'.repeat(40)}:other`
      await client.send('SET', `prompt:${id}`, other, 'PX', '60000')
      await vault.prompts.update(id, { version: 1, data: 'y' })
      const left = await stored(`prompt:${id}`)
      expect(left).toMatch(/^T:/)
      expect(left).not.toBe(other)
      expect(await ttlOf(`prompt:${id}`)).toBeGreaterThan(50_000)
      expect(await textOf(id)).toBe('y')
    })

    test('in a caller’s transaction nothing is read from the cache, and the tombstone stays', async () => {
      const { id, promptId } = await vault.send('x', { to: 'response' })
      await vault.envelopes.get(id)
      const pool = new pg.Client({ connectionString: t.database.source as string })
      await pool.connect()
      await pool.query('BEGIN')
      const inside = vault.in(pool)
      await inside.envelopes.expire(id)
      expect((await inside.envelopes.get(id)).status).toBe('expired')
      await inside.prompts.delete(promptId)
      expect((await vault.envelopes.get(id)).status).toBe('pending')
      await pool.query('COMMIT')
      await pool.end()
      for (const key of [`envelope:${id}`, `prompt:${promptId}`]) {
        expect(await stored(key)).toMatch(/^T:/)
        expect(await ttlOf(key)).toBeGreaterThan(50_000)
      }
      expect(await codeOf(vault.envelopes.get(id))).toBe('NOT_FOUND')
    })
  })

  describe('Redis goes away', () => {
    afterEach(async () => {
      await redis.restart()
      await untilReady(client)
    })

    test('killed: the vault works on, and says so; strict refuses changes, but no revocation', async () => {
      const strict = await open('strict')
      const { id, promptId } = await vault.send('x', { to: 'response' })
      await redis.kill()
      await client.send('PING').catch(() => {})
      expect(await textOf(promptId)).toBe('x')
      await vault.prompts.update(promptId, { version: 1, data: 'y' })
      expect(await textOf(promptId, strict)).toBe('y')
      expect(new Set(troubles.map((text) => text.split(' ')[0]))).toEqual(
        new Set(['read', 'fence', 'clear']),
      )
      expect(await codeOf(strict.prompts.update(promptId, { version: 2, data: 'z' }))).toBe('CACHE')
      expect(await codeOf(strict.prompts.delete(promptId))).toBe('CACHE')
      expect(await codeOf(strict.open(id, asResponse))).toBe('CACHE')
      expect(await codeOf(strict.deliver(id))).toBe('CACHE')
      expect(await textOf(promptId)).toBe('y')
      const { keyIds } = await strict.keys.ensure('stranger')
      await strict.keys.revoke(keyIds.signing)
      await strict.close()
    })

    test('frozen: each call ends all the same', async () => {
      const { id } = await vault.prompts.create('x')
      await textOf(id)
      redis.freeze()
      expect(await textOf(id)).toBe('x')
      await vault.prompts.update(id, { version: 1, data: 'y' })
      redis.thaw()
      expect(troubles).toContain('fence TIMEOUT')
      await untilReady(client)
      expect(await textOf(id)).toBe('y')
    })

    test('started again from an old snapshot: what is in it is of another run, and not believed', async () => {
      const { id } = await vault.prompts.create('old')
      await textOf(id)
      const before = await stored(`prompt:${id}`)
      await client.send('SAVE')
      await vault.prompts.update(id, { version: 1, data: 'new' })
      await redis.restart()
      await untilReady(client)
      expect(await stored(`prompt:${id}`)).toBe(before)
      expect(await textOf(id)).toBe('new')
      expect(await textOf(id)).toBe('new')
      expect(await stored(`prompt:${id}`)).toMatch(/^\{/)
      expect(await stored(`prompt:${id}`)).not.toBe(before)
    })

    test('the process is not ended by a lost server, nor by what the hook throws', async () => {
      const other = await createVault({
        db: t.database.source,
        service: 'vault',
        keys: t.keys,
        cache: {
          redis: client.client,
          onTrouble: () => {
            throw new Error('mine')
          },
        },
      })
      await redis.kill()
      const { id } = await other.prompts.create('x')
      await other.prompts.update(id, { version: 1, data: 'y' })
      expect(await textOf(id, other)).toBe('y')
      await other.close()
    })
  })

  describe('rate limits', () => {
    const limit = (max: number, windowSeconds = 60) =>
      createVault({
        db: t.database.source,
        service: 'vault',
        keys: t.keys,
        cache: { redis: client.client },
        rateLimits: { 'prompts.get': { max, windowSeconds } },
      })

    test('count over all processes, under the documented key, and tell when to come back', async () => {
      const [one, two] = [await limit(3), await limit(3)]
      const { id } = await one.prompts.create('x')
      for (const at of [one, two, one]) await textOf(id, at)
      const refused = await textOf(id, two).catch((error) => error)
      expect(isRateLimited(refused) && refused.retryAfterSeconds).toBeGreaterThan(0)
      expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60)
      expect(isZkebError(refused, 'RATE_LIMITED')).toBe(true)
      const key = 'ratelimit:vault:prompts.get%2Fvault:60'
      expect(await stored(key)).toBe('4')
      expect(await ttlOf(key)).toBeLessThanOrEqual(60_000)
      await one.close()
      await two.close()
    })

    test('go on in memory while Redis is away', async () => {
      const one = await limit(2)
      const { id } = await one.prompts.create('x')
      await redis.kill()
      await textOf(id, one)
      await textOf(id, one)
      expect(await codeOf(textOf(id, one))).toBe('RATE_LIMITED')
      await one.close()
      await redis.restart()
      await untilReady(client)
    })
  })
})

describe('options', () => {
  const options = {
    db: 'postgres://x',
    service: 'vault',
    keys: { publicIdentity: async () => undefined, location: () => '' },
  }
  const ears = { on: () => {}, off: () => {} }
  test.each([
    [undefined],
    [{}],
    [{ ...ears, call: async () => {}, options: {} }],
    [{ ...ears, call: async () => {}, options: { enableOfflineQueue: false } }],
    [{ ...ears, call: async () => {}, options: { autoResendUnfulfilledCommands: false } }],
    [{ ...ears, sendCommand: async () => {}, options: {} }],
    [{ ...ears, sendCommand: async () => {} }],
  ])('a client that queues, or is none, is refused: %j', async (redis) => {
    await expect(createVault({ ...options, cache: { redis: redis as never } })).rejects.toThrow(
      /^redis/,
    )
  })

  test.each([
    { rateLimits: { revoke: { max: 1, windowSeconds: 1 } } },
    { rateLimits: { open: { max: 0, windowSeconds: 1 } } },
    { rateLimits: { open: { max: 1, windowSeconds: 0.5 } } },
    { rateLimits: { open: { max: 1, windowSeconds: 10_000_000 } } },
  ])('%j is refused', async (wrong) => {
    const result = await createVault({ ...options, ...(wrong as object) }).catch((error) => error)
    expect([TypeError, RangeError]).toContain(result.constructor)
  })

  test('limits without Redis are of this process', async () => {
    const t = await openCurveVault('PGlite')
    const rateLimits = { open: { max: 1, windowSeconds: 1 } }
    const db = t.database.source
    const vault = await createVault({ db, service: 'vault', keys: t.keys, rateLimits })
    const { id } = await vault.send('x', { to: 'response' })
    await vault.open(id, asResponse)
    expect(await codeOf(vault.open(id, asResponse))).toBe('RATE_LIMITED')
    expect(
      await codeOf(vault.in({ query: async () => ({ rows: [] }) }).envelopes.get(randomUUID())),
    ).toBe('NOT_FOUND')
    await expect
      .poll(
        () =>
          vault.open(id, asResponse).then(
            () => 'opened',
            () => '',
          ),
        { timeout: 5_000, interval: 300 },
      )
      .toBe('opened')
    await vault.close()
    await t.close()
  })
})

/** A pool whose first statement with this text is followed by `act` before its answer is given. */
function slowed(pool: pg.Pool, text: string, act: () => Promise<void>): pg.Pool {
  let isDone = false
  const wrap = (client: pg.PoolClient): pg.PoolClient =>
    new Proxy(client, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value
        return async (...args: unknown[]) => {
          const answer = await (value as (...all: unknown[]) => Promise<unknown>).apply(
            target,
            args,
          )
          const [query] = args as [string | { text: string }]
          const sent = typeof query === 'string' ? query : query.text
          if (!isDone && sent.includes(text)) {
            isDone = true
            await act()
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
