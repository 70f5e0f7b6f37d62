import { constants, createPrivateKey, createPublicKey, privateDecrypt, sign } from 'node:crypto'
import { exportIdentity, exportPublicIdentity } from '@zkeb/core'
import { createVault, envKeys, type Kms, kmsKeys, memoryKeys, type Vault } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person, personOf } from '../../../test/support/identities'
import { codeOf } from './support/codes'
import { type CurveVault, openCurveVault } from './support/curve-vaults'
import { ENGINES, type TestDatabase } from './support/databases'

describe('keys in environment variables', () => {
  let t: CurveVault
  beforeAll(async () => {
    t = await openCurveVault('PGlite')
  })
  afterAll(() => t?.close())

  const storage = Buffer.alloc(32, 7).toString('base64')

  test('one variable a service: ensure registers, send and open work, rotation keeps the old line', async () => {
    const alice = await exportIdentity(await personOf('x25519', 'alice'))
    const bob = await exportIdentity(await personOf('x25519', 'bob'))
    const env: Record<string, string> = {
      ZKEB_IDENTITY_BILLING_API: alice,
      ZKEB_IDENTITY_WORKER: bob,
      ZKEB_STORAGE_KEY_BILLING_API: storage,
    }
    const keys = envKeys(env)
    const vault = await t.another('billing-api', keys)
    const first = await vault.keys.ensure('billing-api')
    await vault.keys.ensure('worker')
    expect(first.keyIds.encryption).toMatch(/^billing-api\/[0-9a-f]{16}\/encryption$/)
    const { id } = await vault.send('x', { to: 'worker' })
    env['ZKEB_IDENTITY_WORKER'] =
      `${await exportIdentity(await personOf('x25519', 'carol'))}\n${bob}`
    const rotated = await vault.keys.rotate('worker')
    expect(rotated.public.fingerprint).toEqual(
      (await personOf('x25519', 'carol')).public.fingerprint,
    )
    // The environment has nothing newer: rotating again changes nothing.
    expect((await vault.keys.rotate('worker')).keyIds).toEqual(rotated.keyIds)
    const again = await vault.send('y', { to: 'worker' })
    const as = { as: 'worker', from: 'billing-api' }
    expect((await vault.open(id, as)).text()).toBe('x')
    expect((await vault.open(again.id, as)).text()).toBe('y')
    const [info] = (await vault.keys.list({ service: 'worker' })).items
    expect(info?.location).toBe('env:ZKEB_IDENTITY_WORKER')
    // A line that was taken out is out of use at once.
    env['ZKEB_IDENTITY_WORKER'] = bob
    expect(await codeOf(vault.open(again.id, as))).toBe('NOT_RECIPIENT')
  })

  test('a public line knows a service, and neither opens nor signs as it', async () => {
    const dave = await personOf('x25519', 'dave')
    const keys = envKeys({ ZKEB_PUBLIC_FAR: await exportPublicIdentity(dave.public) })
    const current = await keys.current?.('far')
    expect(current?.fingerprint).toEqual(dave.public.fingerprint)
    const ref = { service: 'far', keyId: current?.encryption.keyId ?? '' }
    expect((await keys.publicIdentity(ref))?.fingerprint).toEqual(dave.public.fingerprint)
    expect(await keys.decrypter?.(ref)).toBeUndefined()
    expect(await keys.signer?.(ref)).toBeUndefined()
    expect(await keys.publicIdentity({ ...ref, service: 'other' })).toBeUndefined()
    expect(await keys.current?.('other')).toBeUndefined()
  })

  test('what is no identity line is KEY, and no message quotes it', async () => {
    const keys = envKeys({ ZKEB_IDENTITY_BAD: 'hunter2', ZKEB_STORAGE_KEY_BAD: 'hunter2' })
    const vault = await t.another('vault', keys)
    const errors = [vault.keys.ensure('bad'), keys.storageKey?.('bad')].map((call) =>
      call?.catch((thrown: unknown) => thrown),
    )
    for (const error of await Promise.all(errors)) {
      expect(error).toMatchObject({ code: 'KEY' })
      expect(JSON.stringify(error) + String(error)).not.toContain('hunter2')
    }
    expect(await codeOf(vault.keys.ensure('absent'))).toBe('KEY')
    const storageKey = await envKeys({ ZKEB_STORAGE_KEY_A: storage }).storageKey?.('a')
    expect(storageKey).toEqual(new Uint8Array(32).fill(7))
  })
})

describe('keys in a KMS', () => {
  let database: TestDatabase
  let vault: Vault
  let calls: string[]
  let broken = false
  const pairs = [
    { encryption: 'arn:kms:1/enc', signing: 'arn:kms:1/sig' },
    { encryption: 'arn:kms:2/enc', signing: 'arn:kms:2/sig' },
  ] as const
  const services: Record<string, (typeof pairs)[number][]> = { response: [pairs[0]] }

  /** As the interface says, with node's own cryptography: the store sees no private key. */
  async function fakeKms(): Promise<Kms> {
    const pems = new Map<string, string>()
    for (const [i, name] of (['bob', 'carol'] as const).entries()) {
      const { encryption, signing } = await exportIdentity(await person(name), 'pem')
      pems.set(pairs[i]?.encryption ?? '', encryption).set(pairs[i]?.signing ?? '', signing)
    }
    const keyOf = (id: string, operation: string) => {
      calls.push(`${operation} ${id}`)
      if (broken) throw new Error('credentials of hunter2 have expired')
      return createPrivateKey(pems.get(id) ?? '')
    }
    return {
      publicKey: async (id) =>
        createPublicKey(keyOf(id, 'public')).export({ type: 'spki', format: 'der' }),
      decrypt: async (id, ciphertext) => {
        const padding = constants.RSA_PKCS1_OAEP_PADDING
        const key = keyOf(id, 'decrypt')
        try {
          return privateDecrypt({ key, padding, oaepHash: 'sha256' }, ciphertext)
        } catch {
          return undefined
        }
      },
      sign: async (id, message) => {
        const padding = constants.RSA_PKCS1_PSS_PADDING
        return sign('sha256', message, { key: keyOf(id, 'sign'), padding, saltLength: 32 })
      },
    }
  }

  beforeAll(async () => {
    calls = []
    database = await ENGINES.PGlite()
    const kms = await fakeKms()
    // Read anew at each test: configuration of a later deployment.
    const start = () => kmsKeys(kms, { vault: [pairs[1]], ...services })
    vault = await createVault({
      db: database.source,
      service: 'vault',
      keys: start(),
      storageKey: new Uint8Array(32).fill(1),
      migrate: 'auto',
    })
    await vault.keys.ensure('vault')
    await vault.keys.ensure('response')
  })
  afterAll(async () => {
    await vault?.close()
    await database?.drop()
  })

  const asResponse = { as: 'response', from: 'vault' } as const

  test('seals, opens and grants through it; public keys are fetched once', async () => {
    calls.length = 0
    const { id } = await vault.send('x', { to: 'response' })
    expect((await vault.open(id, asResponse)).text()).toBe('x')
    expect(calls).toEqual(['sign arn:kms:2/sig', 'decrypt arn:kms:1/enc'])
    const [info] = (await vault.keys.list({ keyId: 'arn:kms:1/enc' })).items
    expect(info).toMatchObject({ location: 'kms:arn:kms:1/enc', algorithm: 'RSA-2048' })
  })

  test('a KMS that fails is KEY, without its message', async () => {
    const { id } = await vault.send('x', { to: 'response' })
    broken = true
    try {
      const error = await vault.send('x', { to: 'response' }).catch((thrown: unknown) => thrown)
      expect(String(error)).not.toContain('hunter2')
      expect(error).toMatchObject({ code: 'KEY' })
      expect(await codeOf(vault.open(id, asResponse))).toBe('KEY')
    } finally {
      broken = false
    }
    await vault.open(id, asResponse)
  })

  test('a key of one service is not another’s, and unknown ones are nobody’s', async () => {
    const keys = kmsKeys(await fakeKms(), { response: [pairs[0]] })
    const keyId = pairs[0].encryption
    expect(await keys.publicIdentity({ service: 'response', keyId })).toBeDefined()
    expect(await keys.publicIdentity({ service: 'vault', keyId })).toBeUndefined()
    expect(await keys.decrypter?.({ service: 'vault', keyId })).toBeUndefined()
    expect(await keys.signer?.({ service: 'response', keyId: 'arn:kms:9' })).toBeUndefined()
    expect(await keys.current?.('vault')).toBeUndefined()
    expect(await keys.current?.('__proto__')).toBeUndefined()
  })

  test.each([
    ['a name that is none', { '../x': [pairs[0]] }],
    ['a key that two services have', { a: [pairs[0]], b: [pairs[0]] }],
    ['an empty id', { a: [{ encryption: '', signing: 'x' }] }],
  ])('%s is a TypeError', async (_name, bad) => {
    const kms = await fakeKms()
    expect(() => kmsKeys(kms, bad)).toThrow(TypeError)
  })

  test('a source that neither has nor keeps keys says so', async () => {
    const { save: _, savePublic: __, ...readOnly } = memoryKeys()
    const db = database.source
    const storageKey = new Uint8Array(32)
    const other = await createVault({ db, service: 'vault', keys: readOnly, storageKey })
    expect(await codeOf(other.keys.ensure('fresh'))).toBe('KEY')
    await other.close()
  })
})
