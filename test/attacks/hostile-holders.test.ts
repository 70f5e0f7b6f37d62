/** Attack: a server slips in devices and slots, its own ones and such as were put out. */
import { type Account, type DeviceEntry, type SlotEntry, unlockAccount } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { createSlot } from '../../packages/core/src/account/slot'
import { recovery } from '../support/accounts'
import { keysOf as publicKeysOf, someDigest } from '../support/chains'
import { HostileServer, written } from '../support/hostile-server'
import { all, attempt, idOfSlot, setScene, someDevice, THEN } from '../support/hostile-story'
import { SUITES } from '../support/identities'

describe.each(SUITES)('%s', async (suite) => {
  const { story, unlock, toAll } = await setScene(suite)

  const { server, laptop, phone, thief, past, devices } = story
  const { truth, own } = server
  const { accountId } = laptop
  const head = laptop.chain.head
  const devicesWith = (id: string, changes: Partial<DeviceEntry>) =>
    head.devices.map((it) => (it.id === id ? { ...it, ...changes } : it))

  describe('a revoked device re-added', () => {
    const signers = [
      ['by the server', own],
      ['by itself', devices.thief],
      ['by an active device', devices.laptop],
    ] as const
    const revocations = head.revocations.filter(({ deviceId }) => deviceId !== thief.deviceId)

    test.each(signers)('in its old state, %s', async (_name, by) => {
      const active = { state: 'active', sealed: someDigest() } as const
      const changes = { devices: devicesWith(thief.deviceId, active) }
      expect(await toAll(await server.append(by, changes))).toEqual(all('MANIFEST'))
      const without = await server.append(by, { ...changes, revocations })
      expect(await toAll(without)).toEqual(all('MANIFEST'))
    })

    test.each(signers)('left out, to come back later, %s', async (_name, by) => {
      const left = head.devices.filter(({ id }) => id !== thief.deviceId)
      const record = await server.append(by, { devices: left, revocations })
      expect(await toAll(record)).toEqual(all('MANIFEST'))
    })

    test.each(signers)('with its old keys and a new id, %s', async (_name, by) => {
      const again = someDevice(devices.thief)
      const record = await server.append(by, { devices: [...head.devices, again] })
      expect(await toAll(record)).toEqual(all('MANIFEST'))
      const half = { ...again, signing: someDevice(own).signing }
      const mixed = await server.append(by, { devices: [...head.devices, half] })
      expect(await toAll(mixed)).toEqual(all('MANIFEST'))
    })

    test('with new keys, which itself has signed', async () => {
      const changes = { devices: [...head.devices, someDevice(own)] }
      for (const by of [own, devices.thief]) {
        expect(await toAll(await server.append(by, changes))).toEqual(all('MANIFEST'))
      }
    })

    test('a manifest that it signed before, in the place of that which revoked it', async () => {
      const { change } = await thief.amend({ addSlots: [recovery(5)] })
      const old = server.at(THEN.thirdSlot).manifests
      const rest = truth.manifests.slice(THEN.thiefRevoked)
      const manifests = [...old, change.manifest.stored, ...rest]
      expect(await toAll({ ...truth, manifests })).toEqual(all('MANIFEST'))
    })
  })

  test('a device slipped in, or an unconfirmed one made active', async () => {
    const slipped = { devices: [...head.devices, someDevice(own)] }
    expect(await toAll(await server.append(own, slipped))).toEqual(all('MANIFEST'))
    const unlocked = await unlockAccount(truth, recovery(1))
    const { account, change } = await unlocked.join(devices.fresh)
    const joined = written(truth, change)
    const { chain } = account
    const active = chain.head.devices.map((it) =>
      it.id === phone.deviceId ? { ...it, state: 'active' as const, sealed: someDigest() } : it,
    )
    const after_ = new HostileServer([joined], own)
    for (const by of [own, devices.phone, server.as(devices.fresh)]) {
      const record = await after_.append(by, { devices: active })
      expect(await attempt(account, () => account.refresh(record))).toBe('MANIFEST')
    }
    // Nor does it get the key by sending the phone's old one.
    expect(await attempt(account, () => phone.refresh(joined))).toBe('NOT_RECIPIENT')
  })

  describe('a slot', () => {
    test('slipped in', async () => {
      const made = await createSlot(recovery(66), suite === 'pq' ? 'pq' : 'x25519')
      const { id, kind, parameters, identity } = made
      const entry: SlotEntry = {
        ...{ id, kind, parameters, ...publicKeysOf(identity), sealed: someDigest() },
        handlers: [laptop.deviceId],
      }
      const { manifests } = await server.append(own, { slots: [...head.slots, entry] })
      const stored = await made.seal({ accountId, ...laptop.pin } as never)
      const slots = [stored, ...truth.slots]
      expect(await toAll({ ...truth, manifests, slots })).toEqual(all('MANIFEST'))
      expect(await unlock({ ...truth, manifests, slots }, recovery(66))).toBe('MANIFEST')
      // Without the manifest it unlocks nothing, and is in nobody's way.
      expect(await unlock({ ...truth, slots }, recovery(66))).toBe('NOT_RECIPIENT')
      expect(await toAll({ ...truth, slots })).toEqual(all('none'))
    })

    test('that was removed, served again with its old blob', async () => {
      const { slots } = server.at(THEN.thiefRevoked)
      expect(await unlock(truth, recovery(2))).toBe('OPEN')
      expect(await unlock({ ...truth, slots }, recovery(2))).toBe('NOT_RECIPIENT')
      const { slots: handled } = server.at(THEN.thirdSlot)
      expect(await unlock({ ...truth, slots: handled }, recovery(2))).toBe('NOT_RECIPIENT')
      const was = past[THEN.thiefRevoked]?.chain.slot(idOfSlot(past[0] as Account, 2))
      const changes = { slots: [...head.slots, was as SlotEntry] }
      for (const by of [own, devices.thief, devices.laptop]) {
        expect(await toAll(await server.append(by, changes))).toEqual(all('MANIFEST'))
      }
    })

    test('that sleeps, with its old sealed key', async () => {
      const unlocked = await unlockAccount(truth, recovery(1))
      const { account, change } = await unlocked.join(devices.fresh)
      const joined = written(truth, change)
      const unlocking = () => unlockAccount(joined, recovery(4))
      expect(await attempt(account, unlocking)).toBe('NOT_RECIPIENT')
      const keys = joined.keys.map((it) => ({ ...it, generation: account.generation }))
      const waking = () => unlockAccount({ ...joined, keys }, recovery(4))
      expect(await attempt(account, waking)).toBe('NOT_RECIPIENT')
    })
  })
})
