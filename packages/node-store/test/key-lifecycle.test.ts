import { generateIdentity, type Identity } from '@zkeb/core'
import { memoryKeys, signReceipt } from '@zkeb/node-store'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { person } from '../../../test/support/identities'
import { codeOf } from './support/codes'
import { type CurveVault, openCurveVault } from './support/curve-vaults'
import { ENGINE_ROWS } from './support/databases'

const asResponse = { as: 'response', from: 'vault' } as const
const UNKNOWN = 'response/0000000000000000/encryption'

describe.each(ENGINE_ROWS)('the life of keys on $engine', ({ engine }) => {
  let t: CurveVault
  beforeEach(async () => {
    await t?.close()
    t = await openCurveVault(engine)
  })
  afterAll(() => t?.close())

  const listed = async (service: string) =>
    (await t.vault.keys.list({ service })).items.map(({ type, status }) => `${type} ${status}`)
  const keyIdOf = async (service: string) => (await t.vault.keys.ensure(service)).keyIds.encryption

  test('rotation: the new keys seal, the old ones open what was sealed before', async () => {
    const before = await t.vault.send('before', { to: 'response' })
    const old = await t.vault.keys.ensure('response')
    const rotated = await t.vault.keys.rotate('response')
    expect(rotated.public.suite).toBe('x25519')
    expect(rotated.keyIds.encryption).not.toBe(old.keyIds.encryption)
    expect(await t.vault.keys.ensure('response')).toMatchObject({ keyIds: rotated.keyIds })
    const after = await t.vault.send('after', { to: 'response' })
    expect((await t.vault.envelopes.get(after.id)).recipients).toEqual([rotated.keyIds.encryption])
    expect((await t.vault.open(before.id, asResponse)).text()).toBe('before')
    expect((await t.vault.open(after.id, asResponse)).text()).toBe('after')
    expect((await listed('response')).sort()).toEqual([
      'encryption active',
      'encryption rotated',
      'signing active',
      'signing rotated',
    ])
    const [row] = (await t.vault.keys.list({ keyId: old.keyIds.signing })).items
    expect(row).toMatchObject({ status: 'rotated', rotatedAt: expect.any(Date), usage: 'sender' })
  })

  test('rotation of the sender: what it signed before is still believed', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.vault.keys.rotate('vault')
    await t.vault.keys.rotate('vault')
    expect((await t.vault.open(id, asResponse)).text()).toBe('x')
    const again = await t.vault.send('y', { to: 'response' })
    expect((await t.vault.open(again.id, asResponse)).text()).toBe('y')
  })

  test('a rotated recipient grants, and its receipts are taken', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.vault.keys.rotate('response')
    await t.vault.grant(id, { to: 'mailer', from: 'vault', as: 'response' })
    expect((await t.vault.open(id, { as: 'mailer', from: 'vault' })).text()).toBe('x')
    const { envelope } = await t.vault.deliver(id)
    await t.vault.recordOpening(await signReceipt(envelope, { as: t.people.response }))
  })

  test('of several that rotate at once one does, and all return the same keys', async () => {
    let arrived = 0
    let allArrived = () => {}
    const all = new Promise<void>((resolve) => {
      allArrived = resolve
    })
    // Asked once the old keys have been read: here everybody waits for everybody.
    const current = async () => {
      if (++arrived === 5) allArrived()
      await all
      return undefined
    }
    const vault = await t.another('vault', { ...t.keys, current })
    const results = await Promise.all(
      Array.from({ length: 5 }, () => vault.keys.rotate('response')),
    )
    expect(new Set(results.map((one) => one.keyIds.encryption)).size).toBe(1)
    expect(await listed('response')).toHaveLength(4)
  })

  test('rotation to keys that were made elsewhere, and other processes learn them', async () => {
    const next = await generateIdentity({ suite: 'x25519', extractable: true })
    const own = memoryKeys()
    await own.save('response', t.people.response)
    await own.save('response', next)
    const response = await t.another('response', own)
    await own.savePublic('vault', t.people.vault.public)
    const rotated = await t.vault.keys.rotate('response', { identity: next.public })
    const { id } = await t.vault.send('x', { to: 'response' })
    expect((await response.open(id, asResponse)).text()).toBe('x')
    // Again, the same: nothing new.
    const again = await t.vault.keys.rotate('response', { identity: next.public })
    expect(again.keyIds).toEqual(rotated.keyIds)
    expect(await listed('response')).toHaveLength(4)
  })

  test('a process that lacks the new keys is told so, and learns them by register', async () => {
    const keys = memoryKeys()
    await keys.save('vault', t.people.vault)
    await keys.savePublic('response', t.people.response.public)
    const other = await t.another('vault', keys)
    const { public: next } = await t.vault.keys.rotate('response')
    expect(await codeOf(other.send('x', { to: 'response' }))).toBe('KEY')
    await other.keys.register('response', next)
    const { id } = await other.send('x', { to: 'response' })
    expect((await t.vault.open(id, asResponse)).text()).toBe('x')
  })

  test('a service without keys has nothing to rotate', async () => {
    expect(await codeOf(t.vault.keys.rotate('nobody'))).toBe('KEY')
  })

  test('revocation takes both keys at once: they neither seal, open, sign, grant nor are granted', async () => {
    const { id } = await t.vault.send('x', { to: ['response', 'mailer'] })
    const keyId = await keyIdOf('response')
    const revoked = await t.vault.keys.revoke(keyId)
    expect(revoked).toHaveLength(2)
    expect((await listed('response')).sort()).toEqual(['encryption revoked', 'signing revoked'])
    for (const call of [
      () => t.vault.open(id, asResponse),
      () => t.vault.send('x', { to: 'response' }),
      () => t.vault.send('x', { to: ['mailer', 'response'] }),
      () => t.vault.grant(id, { to: 'stranger', from: 'vault', as: 'response' }),
      () => t.vault.grant(id, { to: 'response', from: 'vault', as: 'mailer' }),
      async () => {
        const { envelope } = await t.vault.deliver(id)
        await t.vault.recordOpening(await signReceipt(envelope, { as: t.people.response }))
      },
    ]) {
      expect(await codeOf(call()), call.toString()).toBe('KEY')
    }
    expect((await t.vault.open(id, { as: 'mailer', from: 'vault' })).text()).toBe('x')
    // Twice is no error, and ensure makes new ones.
    expect(await t.vault.keys.revoke(keyId)).toHaveLength(2)
    const made = await t.vault.keys.ensure('stranger')
    expect(made.public.suite).toBe('x25519')
    expect(await codeOf(t.vault.keys.revoke(UNKNOWN))).toBe('NOT_FOUND')
  })

  test('what a revoked sender signed is not believed and not delivered', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.vault.keys.revoke((await t.vault.keys.ensure('vault')).keyIds.signing)
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('KEY')
    expect(await codeOf(t.vault.deliver(id))).toBe('KEY')
  })

  test('an envelope is delivered as long as somebody may open it: a recipient or a grantee', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.vault.grant(id, { to: 'mailer', from: 'vault', as: 'response' })
    await t.vault.keys.revoke(await keyIdOf('mailer'))
    await t.vault.deliver(id)
    await t.vault.keys.revoke(await keyIdOf('response'))
    expect(await codeOf(t.vault.deliver(id))).toBe('KEY')
  })

  test('what a revoked recipient granted does not open; a grant to new keys does', async () => {
    const { id } = await t.vault.send('x', { to: ['response', 'mailer'] })
    await t.vault.grant(id, { to: 'stranger', from: 'vault', as: 'response' })
    await t.vault.keys.revoke(await keyIdOf('response'))
    expect(await codeOf(t.vault.open(id, { as: 'stranger', from: 'vault' }))).toBe('KEY')
    // The other recipient lets the new keys of the service in.
    const next = await generateIdentity({ suite: 'x25519' })
    await t.keys.save('response', next)
    await t.vault.keys.register('response', next.public)
    await t.vault.grant(id, { to: 'response', from: 'vault', as: 'mailer' })
    expect((await t.vault.open(id, asResponse)).text()).toBe('x')
  })

  test('a revocation while an envelope is opened in memory wins: KEY, and it is recorded', async () => {
    const { id } = await t.vault.send('x', { to: 'response', singleUse: true })
    const keyId = await keyIdOf('response')
    const slow = await t.another('response', {
      ...t.keys,
      decrypter: async (ref) => {
        await t.vault.keys.revoke(keyId)
        return t.keys.decrypter(ref)
      },
    })
    expect(await codeOf(slow.open(id, asResponse))).toBe('KEY')
    expect((await t.vault.envelopes.get(id)).status).toBe('pending')
    expect((await t.vault.openings.list({ envelopeId: id })).items).toMatchObject([
      { successful: false, error: 'KEY' },
    ])
  })

  test('a revocation while a prompt is sealed in memory wins: KEY, and nothing is stored', async () => {
    const keyId = await keyIdOf('mailer')
    const slow = await t.another('vault', {
      ...t.keys,
      signer: async (ref) => {
        await t.vault.keys.revoke(keyId)
        return t.keys.signer(ref)
      },
    })
    const before = await t.database.query('SELECT count(*)::int n FROM prompts')
    expect(await codeOf(slow.send('x', { to: ['response', 'mailer'] }))).toBe('KEY')
    expect(await t.database.query('SELECT count(*)::int n FROM prompts')).toEqual(before)
  })

  test('a key source that is down does not hinder a revocation', async () => {
    const keyId = await keyIdOf('response')
    const down = await t.another('vault', {
      ...t.keys,
      publicIdentity: () => Promise.reject(new Error('down')),
    })
    expect(await down.keys.revoke(keyId)).toEqual([keyId])
    expect(await codeOf(t.vault.send('x', { to: 'response' }))).toBe('KEY')
  })

  test('expired keys do not seal, still open, and are replaced by ensure', async () => {
    const next = await generateIdentity({ suite: 'x25519' })
    await t.keys.save('response', next)
    const rotated = await t.vault.keys.rotate('response', {
      identity: next.public,
      expiresInSeconds: 3600,
    })
    const { id } = await t.vault.send('x', { to: 'response' })
    const [info] = (await t.vault.keys.list({ keyId: rotated.keyIds.encryption })).items
    expect(info?.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 3_500_000)
    await t.database.query(
      "UPDATE cryptographic_keys SET expires_at = now() - interval '1 s' WHERE expires_at IS NOT NULL",
    )
    expect(await codeOf(t.vault.send('x', { to: 'response' }))).toBe('KEY')
    expect((await t.vault.open(id, asResponse)).text()).toBe('x')
  })

  test('services of two suites do not share an envelope: KEY', async () => {
    const rsa: Identity = await person('erin')
    await t.keys.save('other', rsa)
    await t.vault.keys.register('other', rsa.public)
    expect(await codeOf(t.vault.send('x', { to: 'other' }))).toBe('KEY')
    const { id } = await t.vault.send('x', { to: 'response' })
    const granting = t.vault.grant(id, { to: 'other', from: 'vault', as: 'response' })
    expect(await codeOf(granting)).toBe('KEY')
  })

  test('keys are listed by each documented index, newest first, in pages', async () => {
    await t.vault.keys.revoke(await keyIdOf('stranger'))
    const count = async (options: object) => (await t.vault.keys.list(options)).items.length
    expect(await count({})).toBe(8)
    expect(await count({ service: 'mailer' })).toBe(2)
    expect(await count({ status: 'revoked' })).toBe(2)
    expect(await count({ type: 'signing' })).toBe(4)
    expect(await count({ keyId: await keyIdOf('mailer') })).toBe(1)
    const page = await t.vault.keys.list({ limit: 5 })
    const rest = await t.vault.keys.list({ limit: 5, after: page.next ?? '' })
    expect(new Set([...page.items, ...rest.items].map((key) => key.keyId)).size).toBe(8)
    const [key] = (await t.vault.keys.list({ service: 'vault', type: 'signing' })).items
    expect(key).toMatchObject({
      algorithm: 'Ed25519',
      status: 'active',
      location: `memory:${key?.keyId}`,
    })
    const audit = await t.vault.audit.list({ resourceType: 'key', event: 'key_access' })
    expect(audit.items).toHaveLength(10)
    const changes = await t.vault.audit.list({ resourceId: key?.id ?? '' })
    expect(changes.items).toMatchObject([{ action: 'create' }])
  })

  test.each([
    [
      'expiresInSeconds',
      (vault: CurveVault['vault']) => vault.keys.ensure('x', { expiresInSeconds: 0 }),
    ],
    [
      'modulus',
      (vault: CurveVault['vault']) => vault.keys.rotate('vault', { modulus: 1 } as never),
    ],
    ['keyId', (vault: CurveVault['vault']) => vault.keys.revoke('')],
    ['keyId', (vault: CurveVault['vault']) => vault.keys.revoke(undefined as never)],
    ['type', (vault: CurveVault['vault']) => vault.keys.list({ type: 'both' as never })],
  ])('misuse of %s is refused by name', async (argument, call) => {
    const error = await call(t.vault).catch((thrown: unknown) => thrown)
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
    expect(String(error)).toContain(argument)
  })
})
