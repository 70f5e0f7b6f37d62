import {
  type Amendments,
  type CreateAccountOptions,
  createAccount,
  inspectSlot,
  type OpenAccountOptions,
  openAccount,
  type UnlockSecret,
  unlockAccount,
} from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import {
  amend,
  enrol,
  found,
  newDevice,
  passkey,
  passphrase,
  recovery,
} from '../../../test/support/accounts'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'

const ID = '00000000-0000-4000-8000-000000000000'
const device = await newDevice()
const { account, server } = await found([recovery(1)], { device })
const slotId = account.slots[0]?.id ?? ''
const other = await enrol(server, account, await newDevice())
const { deviceId } = other.enrolled
const backup = { id: ID, digest: new Uint8Array(32) }

const MISUSE: readonly (readonly [string, Amendments, RegExp])[] = [
  ['a misspelt amendment', { rotates: true } as Amendments, /no option rotates/],
  ['no identity', { addDevices: [device as never] }, /^addDevices:.*public/],
  ['an active device', { addDevices: [device.public] }, /^addDevices:/],
  [
    'a new device twice',
    { addDevices: [(await newDevice()).public].flatMap((it) => [it, it]) },
    /^addDevices:/,
  ],
  ['itself', { revokeDevices: [{ deviceId: account.deviceId, accepted: [] }] }, /^revokeDevices:/],
  ['a stranger', { revokeDevices: [{ deviceId: ID, accepted: [] }] }, /^revokeDevices:/],
  [
    'a device twice',
    { revokeDevices: [0, 1].map(() => ({ deviceId, accepted: [] })) },
    /^revokeDevices:/,
  ],
  ['a backup twice', { revokeDevices: [{ deviceId, accepted: [backup, backup] }] }, /^accepted:/],
  ['a slot that is not there', { removeSlots: [ID] }, /^removeSlots:/],
  ['a slot that is awake', { wakeSlots: [slotId] }, /^wakeSlots:/],
  ['a secret that is none', { addSlots: [{} as never] }, /^secret:/],
  [
    'a suite without seeds',
    { addSlots: [recovery(2)], slotSuite: 'rsa' as 'x25519' },
    /^slotSuite:/,
  ],
]

test.each(MISUSE)('%s is named, and nothing comes of it', async (_name, amendments, message) => {
  expect(await misuseOf(() => other.account.amend(amendments))).toMatch(message)
})

describe('too much', () => {
  test('33 slots are LIMIT', async () => {
    const slots = Array.from({ length: 32 }, (_, i) => recovery(i))
    const full = await found(slots)
    expect(full.account.slots.length).toBe(32)
    expect(await outcomeOf(() => full.account.amend({ addSlots: [recovery(33)] }))).toBe('LIMIT')
  })

  test('passphrases that take too much work together are LIMIT, to writer and reader', async () => {
    // Of its first account it is half of the bound, of two of them all, and then there is more.
    const kdf = { id: 'argon2id', m: 8_192, t: 64, p: 1 } as const
    const slots = [1, 2].map((i) => ({ passphrase: `strong ${i}`, kdf }))
    const full = await found(slots)
    const more = passphrase('one more')
    expect(await outcomeOf(() => full.account.amend({ addSlots: [more] }))).toBe('LIMIT')
    const { record } = full.server
    const another = (await found([more])).server.record.slots
    const hostile = { ...record, slots: [...record.slots, ...another] }
    expect(await outcomeOf(() => unlockAccount(hostile, { passphrase: 'strong 1' }))).toBe('LIMIT')
    expect(await outcomeOf(() => unlockAccount(hostile, recovery(1)))).toBe('NOT_RECIPIENT')
  })
})

test('one manifest does it all', async () => {
  const first = await found([recovery(1), passphrase('old')])
  const { account: before, enrolled } = await enrol(first.server, first.account, await newDevice())
  const old = before.slots.find(({ kind }) => kind === 'passphrase')
  const neu = await newDevice()
  const after = await amend(first.server, before, {
    addDevices: [neu.public],
    revokeDevices: [{ deviceId: enrolled.deviceId, accepted: [backup] }],
    addSlots: [passkey(1)],
    removeSlots: [old?.id ?? ''],
  })
  expect(after.pin.counter).toBe(before.pin.counter + 1)
  expect(after.generation).toBe(1)
  expect(after.devices.map(({ state }) => state).sort()).toEqual(['active', 'active', 'revoked'])
  expect(after.slots.map(({ kind }) => kind).sort()).toEqual(['passkey', 'recovery'])
  const { accountId, pin } = after
  const { record } = first.server
  const opening = { device: neu, accountId, pin }
  expect((await openAccount(record, opening)).generation).toBe(1)
  expect((await unlockAccount(record, passkey(1))).generation).toBe(1)
  expect(record.slots.map((slot) => inspectSlot(slot).kind).sort()).toEqual(['passkey', 'recovery'])
})

test('what adds nobody keeps the account key, and seals it to the new ones alone', async () => {
  const first = await found([recovery(1)])
  const added = await first.account.amend({ addSlots: [recovery(2)] })
  expect(added.account.generation).toBe(0)
  expect(added.change.wraps).toEqual([])
  expect(added.change.keys.map(({ holderId }) => holderId)).toEqual(
    added.change.slots.map(({ id }) => id),
  )
  const [slot] = added.change.slots
  const asleep = await found([recovery(1), recovery(2)])
  const unlocked = await unlockAccount(asleep.server.record, recovery(1))
  const joined = await unlocked.join(await newDevice())
  const dormant = joined.account.slots.find(({ sealed }) => !sealed)
  // A slot that sleeps holds nothing: to remove it asks for no new key.
  const removed = await joined.account.amend({ removeSlots: [dormant?.id ?? ''] })
  expect(removed.account.generation).toBe(joined.account.generation)
  const gone = await added.account.amend({ removeSlots: [slot?.id ?? ''] })
  expect(gone.account.generation).toBe(1)
  expect(gone.change.removedSlots).toEqual([slot?.id])
})

describe('misuse is named', () => {
  const { accountId, pin } = account
  const { record } = server

  test.each([
    [{}, /^device/],
    [{ device: device.public }, /^device/],
    [{ device: { public: device.public, signer: device.signer } }, /^device/],
    [{ device: { public: device.public, decrypter: device.decrypter } }, /^device/],
    [{ device, slots: [passkey(1)] }, /^slots:/],
    [{ device, slot: [] }, /no option slot/],
  ])('of createAccount %#', async (options, message) => {
    const creating = () => createAccount(options as unknown as CreateAccountOptions)
    expect(await misuseOf(creating)).toMatch(message)
  })

  test.each([
    [undefined, { device, accountId, pin }, /^record:/],
    [{ ...record, wraps: undefined }, { device, accountId, pin }, /^record:/],
    [record, { device: device.public, accountId, pin }, /^device/],
    [record, { device, accountId: accountId.subarray(1), pin }, /^known.accountId:/],
    [record, { device, accountId }, /^known.pin/],
  ])('of openAccount %#', async (given, options, message) => {
    const opening = () => openAccount(given as typeof record, options as OpenAccountOptions)
    expect(await misuseOf(opening)).toMatch(message)
  })

  test.each([
    [undefined, recovery(1), /^record:/],
    [record, undefined, /^secret:/],
    [record, { recovery: 'x' }, /^recovery:/],
  ])('of unlockAccount %#', async (given, secret, message) => {
    const unlocking = () => unlockAccount(given as typeof record, secret as UnlockSecret)
    expect(await misuseOf(unlocking)).toMatch(message)
  })
})
