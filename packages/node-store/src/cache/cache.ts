import { randomUUID } from 'node:crypto'
import { storeError } from '../db/errors'
import { type Evaluation, linkRedis, type RedisClient, type RedisLink, RedisTrouble } from './redis'
import { CLEAR, FENCE, FILL, LOOK_UP } from './scripts'

/** Redis before the database, for what is read often. spec/vault.md §10. */
export interface CacheOptions {
  /** One server, and a database of it for this vault alone: ids of keys repeat in other vaults. */
  readonly redis: RedisClient
  /**
   * What becomes of a change while Redis cannot be told of it. `eventual` (default): it is made, and another process may
   * read the old value for at most 300 s (prompts), 900 s (envelopes), 3600 s (keys). `strict`: it is refused as
   * `CACHE`, but for the revocation of a key.
   */
  readonly coherence?: 'eventual' | 'strict'
  /** Told each time Redis fails. The vault works on, from the database. What it throws is dropped. */
  readonly onTrouble?: (trouble: CacheTrouble) => void
}

/** Redis failed. */
export interface CacheTrouble {
  /** `read`: the database was read. `fence`: before a change. `clear`: after it, the keys stay uncached for 60 s. */
  readonly during: 'read' | 'fence' | 'clear'
  readonly keys: readonly string[]
  /** `BROKEN`: the connection was exchanged; `REFUSED`: no connection, or an error; `TIMEOUT`: no answer. */
  readonly reason: 'BROKEN' | 'REFUSED' | 'TIMEOUT'
}

/** What the database said. */
interface Loaded<T> {
  readonly value: T
  /** How long it may be kept, from when it was asked; 0: not at all. */
  readonly ttlMs: number
}

export interface CachedRead<T> {
  readonly key: string
  /** One statement on the primary, outside any transaction. */
  readonly load: () => Promise<Loaded<T>>
  /** What was cached, if it is what `load` gives; else undefined, or it throws: anybody may write to Redis. */
  readonly accept: (cached: unknown) => T | undefined
}

/** The tombstones of one change. */
export interface Fence {
  /** More of them, before the commit. */
  add(keys: readonly string[]): Promise<void>
  /** The same once more, for as long again: when nobody knows whether it was committed. */
  renew(): Promise<void>
  /** After the commit, before it is acknowledged. */
  clear(): Promise<void>
}

export interface Cache {
  read<T>(read: CachedRead<T>): Promise<T>
  /** @throws CACHE when `strict` and Redis cannot be told, unless `always` */
  fence(keys: readonly string[], options?: { readonly always?: boolean }): Promise<Fence>
  /** For what else is kept there. */
  readonly link: RedisLink
  close(): void
}

/** A reader that died does not hinder the next one for longer. */
const LEASE_MS = 3_000
/** Longer than a change takes, with its statements' timeouts. */
const TOMBSTONE_MS = 60_000
/** Characters of a value that is cached. */
const MAX_VALUE = 1_048_576
/** Keys of one script: Redis does nothing else meanwhile. */
const KEYS_AT_ONCE = 500

/** @throws TypeError for options that do not fit */
export function createCache({ redis, coherence = 'eventual', onTrouble }: CacheOptions): Cache {
  if (coherence !== 'eventual' && coherence !== 'strict') {
    throw new TypeError("cache.coherence must be 'eventual' or 'strict'")
  }
  if (onTrouble !== undefined && typeof onTrouble !== 'function') {
    throw new TypeError('cache.onTrouble must be a function')
  }
  const link = linkRedis(redis)
  const tell = (during: CacheTrouble['during'], keys: readonly string[], error: unknown) => {
    if (!(error instanceof RedisTrouble)) throw error
    try {
      onTrouble?.({ during, keys, reason: error.reason })
    } catch {
      // A change that was made must not look as if it failed.
    }
  }

  async function lookUp(key: string): Promise<Found> {
    try {
      const epoch = await link.epoch()
      const value = `L:${epoch.runId}:${randomUUID()}`
      const args = [epoch.runId, value, LEASE_MS]
      const old = await link.evaluate({ script: LOOK_UP, keys: [key], args, epoch })
      if (typeof old !== 'string') return { lease: { value, epoch } }
      return old.startsWith('{') ? { json: old } : {}
    } catch (error) {
      tell('read', [key], error)
      return {}
    }
  }

  async function fill(key: string, { value, epoch }: Lease, loaded: Loaded<unknown>, age: number) {
    const ttl = Math.floor(loaded.ttlMs - age)
    const json = ttl > 0 ? JSON.stringify({ epoch: epoch.runId, value: loaded.value }) : ''
    if (ttl <= 0 || json.length > MAX_VALUE) return
    try {
      await link.evaluate({ script: FILL, keys: [key], args: [value, json, ttl], epoch })
    } catch (error) {
      tell('read', [key], error)
    }
  }

  return {
    link,
    async read({ key, load, accept }) {
      const { json, lease } = await lookUp(key)
      const cached = json === undefined ? undefined : parse(json, accept)
      if (cached !== undefined) return cached
      const began = performance.now()
      const loaded = await load()
      if (lease !== undefined) await fill(key, lease, loaded, performance.now() - began)
      return loaded.value
    },
    async fence(keys, { always = false } = {}) {
      const isStrict = coherence === 'strict' && !always
      const fence = createFence(link, { isStrict, tell })
      await fence.add(keys)
      return fence
    },
    close: () => link.release(),
  }
}

interface Lease {
  readonly value: string
  readonly epoch: NonNullable<Evaluation['epoch']>
}

/** Neither: somebody else's lease or tombstone, or no Redis. */
interface Found {
  readonly json?: string
  readonly lease?: Lease
}

function createFence(
  link: RedisLink,
  options: {
    readonly isStrict: boolean
    readonly tell: (during: 'fence' | 'clear', keys: readonly string[], error: unknown) => void
  },
): Fence {
  const { isStrict, tell } = options
  const token = randomUUID()
  const fenced = new Set<string>()
  /** Where another change is under way: its tombstone was replaced, so this one is left to expire in its place. */
  const shared = new Set<string>()
  let tombstone = `T:unknown:${token}`

  /** Whether all of them are there. */
  async function put(keys: readonly string[]): Promise<boolean> {
    for (const key of keys) fenced.add(key)
    try {
      const epoch = await link.epoch()
      tombstone = `T:${epoch.runId}:${token}`
      for (const some of inChunks(keys)) {
        const args = [tombstone, TOMBSTONE_MS]
        const others = await link.evaluate({ script: FENCE, keys: some, args, epoch })
        if (!Array.isArray(others)) throw new RedisTrouble('REFUSED')
        for (const [i, key] of some.entries()) if (others[i] === 1) shared.add(key)
      }
      return true
    } catch (error) {
      tell('fence', keys, error)
      return false
    }
  }

  return {
    async add(keys) {
      if ((await put(keys)) || !isStrict) return
      throw storeError('CACHE', 'the cache cannot be told of a change')
    },
    async renew() {
      await put([...fenced])
    },
    async clear() {
      const own = [...fenced].filter((key) => !shared.has(key))
      try {
        for (const [keys, arg] of [[own, tombstone] as const, [[...shared], ''] as const]) {
          for (const some of inChunks(keys)) {
            await link.evaluate({ script: CLEAR, keys: some, args: [arg] })
          }
        }
      } catch (error) {
        tell('clear', [...fenced], error)
      }
    },
  }
}

function* inChunks(keys: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < keys.length; i += KEYS_AT_ONCE) yield keys.slice(i, i + KEYS_AT_ONCE)
}

function parse<T>(json: string, accept: CachedRead<T>['accept']): T | undefined {
  try {
    return accept((JSON.parse(json) as { readonly value?: unknown }).value)
  } catch {
    return undefined
  }
}
