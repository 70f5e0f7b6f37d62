import { createVault, memoryKeys, type SendOptions, type Vault } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { ENGINE_ROWS, ENGINES } from './support/databases'

const SMALL = { modulusLength: 2048 } as const

describe.each(ENGINE_ROWS)('two services with keys of their own on $engine', ({ engine }) => {
  let billing: Vault
  let mailer: Vault
  let close: () => Promise<void>
  beforeAll(async () => {
    const database = await ENGINES[engine]()
    const db = database.source
    billing = await createVault({ db, service: 'billing', keys: memoryKeys(), migrate: 'auto' })
    mailer = await createVault({ db, service: 'mailer', keys: memoryKeys() })
    close = async () => {
      await billing.close()
      await mailer.close()
      await database.drop()
    }
    await billing.keys.ensure('billing', SMALL)
    await mailer.keys.ensure('mailer', SMALL)
  })
  afterAll(() => close?.())

  test('before they know each other nothing is sent', async () => {
    expect(await codeOf(billing.send('x', { to: 'mailer' }))).toBe('KEY')
  })

  test('once each has registered the other, one sends and the other opens, and not the sender', async () => {
    const receiver = await mailer.keys.ensure('mailer')
    const sender = await billing.keys.ensure('billing')
    await billing.keys.register('mailer', receiver.public)
    await mailer.keys.register('billing', sender.public)
    const { id } = await billing.send('for the mailer', { to: 'mailer' })
    const asMailer = { as: 'mailer', from: 'billing' }
    expect(await codeOf(billing.open(id, asMailer))).toBe('KEY')
    expect(await codeOf(mailer.open(id, { ...asMailer, from: 'biling' }))).toBe('SIGNER_UNKNOWN')
    expect((await mailer.open(id, asMailer)).text()).toBe('for the mailer')
  })

  test('an interface can be sent; a misspelt option is refused and nothing is stored', async () => {
    interface Job {
      readonly name: string
    }
    const job: Job = { name: 'nightly' }
    const { id } = await billing.send(job, { to: 'mailer' })
    expect((await mailer.open(id, { as: 'mailer', from: 'billing' })).json()).toEqual(job)
    const before = (await billing.audit.list()).items
    const misspelt = { to: 'mailer', expiresInSecond: 3 } as SendOptions
    await expect(billing.send(job, misspelt)).rejects.toThrow(TypeError)
    expect((await billing.audit.list()).items).toEqual(before)
  })
})
