import { fingerprintToHex } from '@zkeb/core'
import { type Account, createAccount, openAccount, unlockAccount } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import type { AccountServer } from '../../../test/support/account-server'
import {
  amend,
  enrol,
  found,
  newDevice,
  passkey,
  passphrase,
  recovery,
} from '../../../test/support/accounts'
import { personOf, SUITES } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import type { OpenedAccount } from '../src/account/opened-account'

/** What shows that two hold the same account keys, all of them. */
async function keysOf(account: OpenedAccount): Promise<string> {
  const generations = Array.from({ length: account.generation + 1 }, (_, generation) => generation)
  const keys = generations.map((generation) => account.key('zkeb/ak-backup/v1', generation))
  return (await Promise.all(keys)).join('/')
}

const reopen = (server: AccountServer, account: Account) => account.refresh(server.record)
const open = (server: AccountServer, account: Account) => {
  const { device, accountId, pin } = account
  return openAccount(server.record, { device, accountId, pin })
}
const stateOf = (account: Account, id: string) => account.chain.device(id)?.state

describe('sign-up', () => {
  test.each(SUITES)('with a passphrase, on a device of suite %s', async (suite) => {
    const device = await personOf(suite, 'alice')
    const { account, server } = await found([passphrase('correct horse')], { device })
    const [slot] = account.slots
    expect(slot).toMatchObject({ kind: 'passphrase', suite: suite === 'pq' ? 'pq' : 'x25519' })
    expect(account).toMatchObject({ generation: 0, pin: { counter: 0 } })
    const opened = await open(server, account)
    expect(opened.deviceId).toBe(account.deviceId)
    expect(await keysOf(opened)).toBe(await keysOf(account))
    const unlocked = await unlockAccount(server.record, { passphrase: 'correct horse' })
    expect(await keysOf(unlocked)).toBe(await keysOf(account))
  })

  test('without any slot only the device opens', async () => {
    const { account, server } = await found()
    expect(await keysOf(await open(server, account))).toBe(await keysOf(account))
    const unlocking = () => unlockAccount(server.record, { passphrase: 'x' })
    expect(await outcomeOf(unlocking)).toBe('NOT_RECIPIENT')
  })

  test.each(['x25519', 'pq'] as const)('with slots of suite %s', async (slotSuite) => {
    const device = await personOf('rsa', 'alice')
    const { account, server } = await found([recovery(1)], { device, slotSuite })
    expect(account.slots[0]?.suite).toBe(slotSuite)
    const unlocked = await unlockAccount(server.record, recovery(1))
    expect(await keysOf(unlocked)).toBe(await keysOf(account))
  })

  test('another device, and another passphrase, open nothing', async () => {
    const { account, server } = await found([passphrase('correct horse')])
    const { accountId, pin } = account
    const device = await newDevice()
    const opening = () => openAccount(server.record, { device, accountId, pin })
    expect(await outcomeOf(opening)).toBe('NOT_RECIPIENT')
    const unlocking = () => unlockAccount(server.record, { passphrase: 'correct horsf' })
    expect(await outcomeOf(unlocking)).toBe('OPEN')
  })
})

describe('a fresh client that has the passphrase only', () => {
  test('reads, and joins as a device: all others unconfirmed, all other slots dormant', async () => {
    const { account, server } = await found([passphrase('correct horse'), recovery(1)])
    const unlocked = await unlockAccount(server.record, { passphrase: 'correct horse' })
    expect(unlocked.devices.map(({ id }) => id)).toEqual([account.deviceId])
    expect(unlocked.slots.length).toBe(2)

    const device = await newDevice()
    const { account: joined, change } = await unlocked.join(device)
    expect(server.write(change)).toBe(true)
    expect(joined.generation).toBe(1)
    expect(stateOf(joined, account.deviceId)).toBe('unconfirmed')
    expect(stateOf(joined, joined.deviceId)).toBe('active')
    const slept = joined.slots.filter(({ sealed }) => !sealed)
    expect(slept.map(({ kind }) => kind)).toEqual(['recovery'])
    expect(joined.chain.slot(unlocked.slotId)?.handlers.length).toBe(2)

    const opened = await open(server, joined)
    expect(await keysOf(opened)).toBe(await keysOf(joined))
    expect(await outcomeOf(() => reopen(server, account))).toBe('NOT_RECIPIENT')
    expect(await outcomeOf(() => unlockAccount(server.record, recovery(1)))).toBe('NOT_RECIPIENT')
    const again = await unlockAccount(server.record, { passphrase: 'correct horse' })
    expect(await keysOf(again)).toBe(await keysOf(joined))
  })

  test.each(SUITES)('on a device of suite %s', async (suite) => {
    const { server } = await found([recovery(1)])
    const unlocked = await unlockAccount(server.record, recovery(1))
    const { account, change } = await unlocked.join(await personOf(suite, 'bob'))
    server.write(change)
    expect(await keysOf(await open(server, account))).toBe(await keysOf(account))
  })

  test('then confirms a device after comparing words, and wakes a slot', async () => {
    const { account, device, server } = await found([recovery(1), recovery(2)])
    const unlocked = await unlockAccount(server.record, recovery(1))
    const { account: joined, change } = await unlocked.join(await newDevice())
    server.write(change)
    const { account: after, enrolled } = await enrol(server, joined, device)
    expect(enrolled.deviceId).toBe(account.deviceId)
    expect(after.devices.map(({ state }) => state)).toEqual(['active', 'active'])
    const [dormant] = after.slots.filter(({ sealed }) => !sealed)
    const woken = await amend(server, after, { wakeSlots: [dormant?.id ?? ''] })
    expect(woken.generation).toBe(1)
    expect(await keysOf(await unlockAccount(server.record, recovery(2)))).toBe(await keysOf(woken))
  })

  test('does not join with a device that the account has known', async () => {
    const { server, device } = await found([recovery(1)])
    const unlocked = await unlockAccount(server.record, recovery(1))
    expect(await misuseOf(() => unlocked.join(device))).toMatch(/^device:/)
  })
})

describe('a passkey', () => {
  test('unlocks beside another secret', async () => {
    const { account, server } = await found([passkey(1), passphrase('x')])
    expect(await keysOf(await unlockAccount(server.record, passkey(1)))).toBe(await keysOf(account))
    expect(await outcomeOf(() => unlockAccount(server.record, passkey(2)))).toBe('OPEN')
  })

  test('whose answers differ makes no slot', async () => {
    let n = 0
    const unstable = { passkey: async () => new Uint8Array(32).fill(n++) }
    expect(await outcomeOf(() => found([unstable, recovery(1)]))).toBe('KEY')
  })

  test('is never the only slot', async () => {
    const device = await newDevice()
    const creating = () => createAccount({ device, slots: [passkey(1), passkey(2)] })
    expect(await misuseOf(creating)).toMatch(/^slots:/)
    const { account } = await found([passkey(1), recovery(1)])
    const [slot] = account.slots.filter(({ kind }) => kind === 'recovery')
    const removing = () => account.amend({ removeSlots: [slot?.id ?? ''] })
    expect(await misuseOf(removing)).toMatch(/^slots:/)
  })

  test('is found among several', async () => {
    const { account, server } = await found([passkey(1), passkey(2), recovery(1)])
    expect(await keysOf(await unlockAccount(server.record, passkey(2)))).toBe(await keysOf(account))
  })
})

describe('a second device', () => {
  test.each(SUITES)('of suite %s comes in by six words', async (suite) => {
    const { account: first, server } = await found([recovery(1)])
    const { account, enrolled } = await enrol(server, first, await personOf(suite, 'carol'))
    expect(enrolled.deviceId).not.toBe(account.deviceId)
    expect(account.generation).toBe(0)
    expect(await keysOf(enrolled)).toBe(await keysOf(account))
    expect(enrolled.pin).toEqual(account.pin)
    // It is a device like the other.
    const rotated = await amend(server, enrolled, { rotate: true })
    expect(await keysOf(await reopen(server, account))).toBe(await keysOf(rotated))
  })

  test('nobody opens as a device of which only the server says so', async () => {
    const { account, server } = await found()
    const device = await newDevice()
    const { record } = server
    const { accountId, pin } = account
    const keys = [{ generation: 0, holderId: account.deviceId, sealed: new Uint8Array(80) }]
    const opening = () => openAccount({ ...record, keys }, { device, accountId, pin })
    expect(await outcomeOf(opening)).toBe('NOT_RECIPIENT')
    expect(await outcomeOf(() => account.refresh({ ...record, keys }))).toBe('OPEN')
    expect(await outcomeOf(() => account.refresh({ ...record, keys: [] }))).toBe('OPEN')
  })
})

describe('a rotation', () => {
  test('needs nobody: all holders have the new key, and all before', async () => {
    const { account: first, server } = await found([recovery(1)])
    const { account, enrolled } = await enrol(server, first, await newDevice())
    const once = await amend(server, account, { rotate: true })
    const twice = await amend(server, once, { rotate: true })
    expect(twice.generation).toBe(2)
    const expected = await keysOf(twice)
    expect(await keysOf(await reopen(server, enrolled))).toBe(expected)
    expect(await keysOf(await unlockAccount(server.record, recovery(1)))).toBe(expected)
    expect(new Set(expected.split('/')).size).toBe(3)
    expect(expected.startsWith(await keysOf(first))).toBe(true)
  })

  test('a wrapped predecessor that is missing, or another one, is OPEN', async () => {
    const { account: first, server } = await found()
    const account = await amend(server, first, { rotate: true })
    const other = await found()
    await amend(other.server, other.account, { rotate: true })
    const without = { ...server.record, wraps: [] }
    expect(await outcomeOf(() => account.refresh(without))).toBe('OPEN')
    const { wraps } = other.server.record
    expect(await outcomeOf(() => account.refresh({ ...server.record, wraps }))).toBe('OPEN')
  })

  test('keys of a generation that is not there', async () => {
    const { account } = await found()
    for (const generation of [1, -1, 0.5, Number.NaN]) {
      const deriving = () => account.key('zkeb/ak-backup/v1', generation)
      expect(await misuseOf(deriving)).toMatch(/^generation:/)
    }
  })
})

describe('a revocation', () => {
  const accepted = [{ id: crypto.randomUUID(), digest: new Uint8Array(32).fill(7) }]

  test('rotates, and takes the slots with it that the device handled', async () => {
    const { account: first, server } = await found([recovery(1)])
    const { account, enrolled } = await enrol(server, first, await newDevice())
    const withSlot = await amend(server, enrolled, { addSlots: [recovery(2)] })
    const latest = await reopen(server, account)
    const revoked = await amend(server, latest, {
      revokeDevices: [{ deviceId: enrolled.deviceId, accepted }],
    })
    expect(revoked.generation).toBe(1)
    expect(stateOf(revoked, enrolled.deviceId)).toBe('revoked')
    expect(revoked.slots.map(({ parameters }) => parameters[0])).toEqual([1])
    expect(server.record.slots.length).toBe(1)
    expect(await outcomeOf(() => reopen(server, withSlot))).toBe('NOT_RECIPIENT')
    expect(await outcomeOf(() => unlockAccount(server.record, recovery(2)))).toBe('OPEN')
    const holders = server.record.keys.filter(({ generation }) => generation === 1)
    expect(holders.map(({ holderId }) => holderId).includes(enrolled.deviceId)).toBe(false)
  })

  test('leaves the backups on the list, which every device can read', async () => {
    const { account: first, server } = await found([recovery(1)])
    const { account, enrolled } = await enrol(server, first, await newDevice())
    const { deviceId } = enrolled
    const revoked = await amend(server, account, { revokeDevices: [{ deviceId, accepted }] })
    const [backup] = accepted
    for (const it of [revoked, await reopen(server, account)]) {
      expect(it.revocationList(deviceId)?.includes(backup as (typeof accepted)[0])).toBe(true)
      expect(it.revocationList(account.deviceId)).toBeUndefined()
    }
    const without = { ...server.record, revocationLists: [] }
    expect((await account.refresh(without)).revocationList(deviceId)).toBeUndefined()
    const [list] = server.record.revocationLists
    const other = [{ deviceId, list: (list?.list ?? new Uint8Array(0)).map((byte) => byte ^ 1) }]
    const changed = { ...server.record, revocationLists: other }
    expect((await account.refresh(changed)).revocationList(deviceId)).toBeUndefined()
  })

  test('a revoked device does not come back', async () => {
    const { account: first, server } = await found()
    const device = await newDevice()
    const { account, enrolled } = await enrol(server, first, device)
    const revocation = { deviceId: enrolled.deviceId, accepted: [] }
    const revoked = await amend(server, account, { revokeDevices: [revocation] })
    const adding = () => revoked.amend({ addDevices: [device.public] })
    expect(await misuseOf(adding)).toMatch(/^addDevices:/)
    // What it signs after the manifest it has seen last is no successor of the head.
    const { change } = await enrolled.amend({ rotate: true })
    expect(server.write(change)).toBe(false)
    const { record } = server
    const forged = { ...record, manifests: [...record.manifests, change.manifest.stored] }
    expect(await outcomeOf(() => revoked.refresh(forged))).toBe('MANIFEST')
  })
})

test('recovery after every device is lost: the slot of S signs, the others are unconfirmed', async () => {
  const { account: first, server } = await found([passphrase('forgotten'), recovery(1)])
  const { account: lost } = await enrol(server, first, await newDevice())
  const before = await keysOf(await amend(server, lost, { rotate: true }))

  const unlocked = await unlockAccount(server.record, recovery(1))
  expect(fingerprintToHex(unlocked.accountId)).toBe(fingerprintToHex(first.accountId))
  expect(await keysOf(unlocked)).toBe(before)
  const { account: joined, change } = await unlocked.join(await newDevice())
  server.write(change)
  expect(joined.devices.map(({ state }) => state).sort()).toEqual([
    'active',
    'unconfirmed',
    'unconfirmed',
  ])
  // Whoever found an old device gets nothing by it, nor signs anything.
  expect(await outcomeOf(() => reopen(server, lost))).toBe('NOT_RECIPIENT')

  const unconfirmed = joined.devices.filter(({ state }) => state === 'unconfirmed')
  const recovered = await amend(server, joined, {
    revokeDevices: unconfirmed.map(({ id }) => ({ deviceId: id, accepted: [] })),
    addSlots: [passphrase('new'), recovery(2)],
  })
  // Its first device knew both old secrets.
  expect(recovered.slots.length).toBe(2)
  expect(await outcomeOf(() => unlockAccount(server.record, recovery(1)))).toBe('OPEN')
  const again = await unlockAccount(server.record, recovery(2))
  expect(await keysOf(again)).toBe(await keysOf(recovered))
  expect((await keysOf(recovered)).startsWith(before)).toBe(true)
})

test('a changed passphrase: the old one unlocks nothing, with a new key since', async () => {
  const { account, server } = await found([passphrase('old')])
  const [old] = account.slots
  const stored = server.record.slots
  const changed = await amend(server, account, {
    removeSlots: [old?.id ?? ''],
    addSlots: [passphrase('new')],
  })
  expect(changed.generation).toBe(1)
  const unlocked = await unlockAccount(server.record, { passphrase: 'new' })
  expect(await keysOf(unlocked)).toBe(await keysOf(changed))
  expect(await outcomeOf(() => unlockAccount(server.record, { passphrase: 'old' }))).toBe('OPEN')
  // A server that kept the old slot.
  const kept = { ...server.record, slots: stored }
  expect(await outcomeOf(() => unlockAccount(kept, { passphrase: 'old' }))).toBe('NOT_RECIPIENT')
})

test('of two manifests at the same time one is taken; the other device amends anew', async () => {
  const { account: first, server } = await found([recovery(1)])
  const { account, enrolled } = await enrol(server, first, await newDevice())
  const fast = await account.amend({ addSlots: [recovery(2)] })
  const slow = await enrolled.amend({ addSlots: [recovery(3)] })
  expect(server.write(fast.change)).toBe(true)
  expect(server.write(slow.change)).toBe(false)
  const after = await amend(server, await reopen(server, enrolled), { addSlots: [recovery(3)] })
  expect(after.slots.length).toBe(3)
  const expected = await keysOf(after)
  for (const value of [1, 2, 3]) {
    expect(await keysOf(await unlockAccount(server.record, recovery(value)))).toBe(expected)
  }
  // Somebody who took the change without asking the server sees it at once.
  expect(await outcomeOf(() => reopen(server, slow.account))).toBe('FORK')
})

describe('an old manifest', () => {
  test('is ROLLBACK to a client that has seen a newer one', async () => {
    const { account, server } = await found([recovery(1)])
    const old = server.record
    const newer = await amend(server, account, { rotate: true })
    expect(await outcomeOf(() => newer.refresh(old))).toBe('ROLLBACK')
    expect(await outcomeOf(() => account.refresh(old))).toBe('none')
  })

  test('is not detected by a fresh client: it shows generation and devices for that', async () => {
    const { account, server } = await found([recovery(1)])
    const old = server.record
    await amend(server, account, { rotate: true })
    const unlocked = await unlockAccount(old, recovery(1))
    expect(unlocked.generation).toBe(0)
    expect(unlocked.devices.map(({ id }) => id)).toEqual([account.deviceId])
  })

  test('from before the slot was made is ROLLBACK to the slot', async () => {
    const { account, server } = await found([recovery(1)])
    const old = server.record
    await amend(server, account, { addSlots: [recovery(2)] })
    const { slots } = server.record
    expect(await outcomeOf(() => unlockAccount({ ...old, slots }, recovery(2)))).toBe('ROLLBACK')
  })

  test('in the place of the one that introduced the slot is FORK', async () => {
    const { account, server } = await found([recovery(1)])
    const old = server.record
    const one = await account.amend({ addSlots: [recovery(2)] })
    const other = await account.amend({ addSlots: [recovery(3)] })
    server.write(one.change)
    const { slots } = server.record
    const forked = { ...old, slots, manifests: [...old.manifests, other.change.manifest.stored] }
    expect(await outcomeOf(() => unlockAccount(forked, recovery(2)))).toBe('FORK')
  })
})

test('a slot of another account of the same secret is not this one', async () => {
  const [one, other] = [await found([recovery(1)]), await found([recovery(1)])]
  const swapped = { ...one.server.record, slots: other.server.record.slots }
  expect(await outcomeOf(() => unlockAccount(swapped, recovery(1)))).toBe('MANIFEST')
})

test('no log shows a key', async () => {
  const { account } = await found([recovery(1)])
  const { accountId, deviceId } = account
  expect(JSON.parse(JSON.stringify(account))).toEqual({
    accountId: fingerprintToHex(accountId),
    counter: 0,
    generation: 0,
    deviceId,
  })
  expect(Object.keys(account)).toEqual(['deviceId'])
})
