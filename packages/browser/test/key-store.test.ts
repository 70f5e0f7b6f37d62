import {
  exportIdentity,
  fingerprintToHex,
  type Identity,
  importIdentity,
  open,
  seal,
} from '@zkeb/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateIdentity, type KeyStore, openKeyStore } from '../src/index'

const rsa2048 = { modulusLength: 2048 } as const
const print = (identity: Identity) => fingerprintToHex(identity.public.fingerprint)

let database: string
let stores: KeyStore[]

/** Another connection to the database of this test, as another tab would have. */
async function connect(): Promise<KeyStore> {
  const store = await openKeyStore(database)
  stores.push(store)
  return store
}

beforeEach(() => {
  database = `zkeb-test-${crypto.randomUUID()}`
  stores = []
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  for (const store of stores) store.close()
  indexedDB.deleteDatabase(database)
})

const isWebKit = /AppleWebKit/.test(navigator.userAgent) && !/Chrome/.test(navigator.userAgent)

describe('load and loadOrCreate', () => {
  test('an identity from IndexedDB opens what was sealed before', async () => {
    const before = await connect()
    expect(await before.load('me')).toBeUndefined()
    const keyIds = { encryption: 'me-encryption-1', signing: 'me-signing-1' }
    const created = await before.loadOrCreate('me', { ...rsa2048, keyIds })
    const envelope = await seal('kept', { to: created.public, from: created })
    before.close()

    const after = await connect()
    const loaded = (await after.load('me')) as Identity
    expect(print(loaded)).toBe(print(created))
    expect(loaded.public.encryption.keyId).toBe(keyIds.encryption)
    expect(loaded.public.signing.keyId).toBe(keyIds.signing)
    expect((await open(envelope, { as: loaded, from: loaded.public })).text()).toBe('kept')
    const again = await seal('and signs', { to: created.public, from: loaded })
    expect((await open(again, { as: created, from: created.public })).text()).toBe('and signs')
    expect(print(await after.loadOrCreate('me'))).toBe(print(created))
  })

  test.runIf(isWebKit)('WebKitGTK loses X25519 keys: RUNTIME, and nothing is kept', async () => {
    const store = await connect()
    const creating = store.loadOrCreate('me', { suite: 'x25519' })
    await expect(creating).rejects.toMatchObject({ code: 'RUNTIME', hint: /rsa/ })
    expect(await store.list()).toEqual([])
  })

  const kept = isWebKit ? (['pq'] as const) : (['x25519', 'pq'] as const)
  test.each(kept)('keys of suite %s come back', async (suite) => {
    const store = await connect()
    const created = await store.loadOrCreate(suite, { suite })
    const loaded = (await store.load(suite)) as Identity
    expect(loaded.public.fingerprint).toEqual(created.public.fingerprint)
    const envelope = await seal('x', { to: loaded.public, from: loaded })
    expect((await open(envelope, { as: created, from: created.public })).text()).toBe('x')
    await expect(exportIdentity(loaded)).rejects.toMatchObject({ code: 'KEY' })
  })

  test('private keys cannot leave, not even where a caller asks for it', async () => {
    const store = await connect()
    // By name: the words differ from engine to engine.
    const refused = { name: 'InvalidAccessError' }
    const asked = { ...rsa2048, extractable: true }
    const created = await store.loadOrCreate('me', asked)
    for (const identity of [created, (await store.load('me')) as Identity]) {
      for (const pair of Object.values(identity.keyPairs)) {
        const privateKey = pair.privateKey as CryptoKey
        expect(privateKey.extractable).toBe(false)
        await expect(
          crypto.subtle.exportKey('pkcs8', privateKey as CryptoKey),
        ).rejects.toMatchObject(refused)
        await expect(crypto.subtle.exportKey('jwk', privateKey as CryptoKey)).rejects.toMatchObject(
          refused,
        )
      }
      await expect(exportIdentity(identity)).rejects.toMatchObject({ code: 'KEY' })
    }
  })

  test('connections that create at once get one identity', async () => {
    const tabs = await Promise.all([connect(), connect(), connect()])
    const identities = await Promise.all(tabs.map((tab) => tab.loadOrCreate('me', rsa2048)))
    expect(new Set(identities.map(print)).size).toBe(1)
    const stored = (await tabs[0]?.load('me')) as Identity
    expect(print(stored)).toBe(print(identities[0] as Identity))
    // Not only the same public half: each one opens with what it holds.
    const envelope = await seal('for the winner', { to: stored.public, from: stored })
    for (const as of identities) {
      expect((await open(envelope, { as, from: stored.public })).text()).toBe('for the winner')
    }
  })

  test('a page and two Workers that create at once get one identity', async () => {
    const store = await connect()
    const prints = await Promise.all([
      inWorker(database),
      inWorker(database),
      store.loadOrCreate('me', rsa2048).then(print),
    ])
    expect(new Set(prints).size).toBe(1)
    expect(print((await store.load('me')) as Identity)).toBe(prints[0])
  })
})

describe('save', () => {
  test('refuses a name that another identity has, and keeps that one', async () => {
    const store = await connect()
    const [first, second] = await Promise.all([
      generateIdentity(rsa2048),
      generateIdentity(rsa2048),
    ])
    await store.save('me', first)
    await expect(store.save('me', second)).rejects.toMatchObject({ code: 'KEY' })
    expect(print((await store.load('me')) as Identity)).toBe(print(first))
    await store.delete('me')
    await store.save('me', second)
    expect(print((await store.load('me')) as Identity)).toBe(print(second))
  })

  test('of two connections that save different identities at once, one is refused', async () => {
    const tabs = await Promise.all([connect(), connect()])
    const identities = await Promise.all(tabs.map(() => generateIdentity(rsa2048)))
    const results = await Promise.allSettled(
      tabs.map((tab, i) => tab.save('me', identities[i] as Identity)),
    )
    const winner = results.findIndex(({ status }) => status === 'fulfilled')
    expect(results[1 - winner]).toMatchObject({ status: 'rejected', reason: { code: 'KEY' } })
    const stored = (await tabs[0]?.load('me')) as Identity
    expect(print(stored)).toBe(print(identities[winner] as Identity))
  })

  test('renews the key ids of the identity that is there; extractable keys stay so', async () => {
    const store = await connect()
    const line = await exportIdentity(await generateIdentity({ ...rsa2048, extractable: true }))
    await store.save('me', await importIdentity(line, { extractable: true }))
    const named = { extractable: true, keyIds: { encryption: 'encryption-2' } }
    await store.save('me', await importIdentity(line, named))
    const loaded = (await store.load('me')) as Identity
    expect(loaded.public.encryption.keyId).toBe('encryption-2')
    expect(loaded.public.signing.keyId).toBeUndefined()
    expect(await exportIdentity(loaded)).toBe(line)
  })

  test('names the argument that does not fit', async () => {
    const store = await connect()
    const identity = await generateIdentity(rsa2048)
    await expect(store.save('', identity)).rejects.toThrow(TypeError)
    await expect(store.load(1 as never)).rejects.toThrow(/^name: /)
    await expect(store.loadOrCreate('')).rejects.toThrow(/^name: /)
    await expect(store.delete('')).rejects.toThrow(/^name: /)
    await expect(store.save('me', identity.public as never)).rejects.toThrow(/^identity: /)
    expect(await store.list()).toEqual([])
  })
})

test('lists names in order; deleting takes one away', async () => {
  const store = await connect()
  const identity = await generateIdentity(rsa2048)
  expect(await store.list()).toEqual([])
  for (const name of ['work', 'home', 'ünïcode 🔑']) await store.save(name, identity)
  expect(await store.list()).toEqual(['home', 'work', 'ünïcode 🔑'])
  await store.delete('home')
  await store.delete('never there')
  expect(await store.list()).toEqual(['work', 'ünïcode 🔑'])
  expect(await store.load('home')).toBeUndefined()
})

describe('what the browser refuses is RUNTIME, with a hint', () => {
  test('no IndexedDB', async () => {
    vi.stubGlobal('indexedDB', undefined)
    const error = await openKeyStore(database).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'RUNTIME', hint: expect.stringContaining('private mode') })
  })

  test('a CryptoKey that cannot be stored', async () => {
    const store = await connect()
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('not here', 'DataCloneError')
    })
    const refused = { code: 'RUNTIME', hint: expect.stringContaining('private mode') }
    await expect(store.loadOrCreate('me', rsa2048)).rejects.toMatchObject(refused)
    vi.restoreAllMocks()
    expect(await store.list()).toEqual([])
  })

  test('a transaction that the browser aborts leaves nothing behind', async () => {
    const store = await connect()
    const put = IDBObjectStore.prototype.put
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      value: unknown,
      key?: IDBValidKey,
    ) {
      const request = put.call(this, value, key)
      this.transaction.abort()
      return request
    })
    await expect(store.loadOrCreate('me', rsa2048)).rejects.toMatchObject({ code: 'RUNTIME' })
    vi.restoreAllMocks()
    expect(await store.list()).toEqual([])
  })

  test('a store that was closed', async () => {
    const store = await connect()
    store.close()
    const closed = { code: 'RUNTIME', hint: expect.stringContaining('closed') }
    await expect(store.load('me')).rejects.toMatchObject(closed)
    await expect(store.loadOrCreate('me')).rejects.toMatchObject(closed)
    await expect(store.list()).rejects.toMatchObject(closed)
  })

  test('a newer version of the database: the old tab steps aside and says so', async () => {
    const old = await connect()
    const newer = await upgradeTo(2)
    await expect(old.list()).rejects.toMatchObject({ code: 'RUNTIME' })
    const hint = expect.stringContaining('reload')
    await expect(openKeyStore(database)).rejects.toMatchObject({ code: 'RUNTIME', hint })
    newer.close()
  })

  test('a database that something else made', async () => {
    const foreign = await upgradeTo(1)
    foreign.close()
    const hint = expect.stringContaining('another name')
    const store = await connect()
    await expect(store.load('me')).rejects.toMatchObject({ code: 'RUNTIME', hint })
  })
})

/** Opens the database without idb; fails where another connection blocks it. */
function upgradeTo(version: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(database, version)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error('blocked by another connection'))
  })
}

/** loadOrCreate('me') in a Worker; returns the fingerprint as hex. */
function inWorker(name: string): Promise<string> {
  const worker = new Worker(new URL('./create.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<string>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data as string)
    worker.onerror = (event) => reject(new Error(event.message))
    worker.postMessage(name)
  }).finally(() => worker.terminate())
}
