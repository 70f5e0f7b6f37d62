/** Attack: a server swaps what it keeps sealed, and its lists. */
import { inspectSlot, unlockAccount } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { uuidToBytes } from '../../packages/core/src/bytes'
import { found, recovery } from '../support/accounts'
import { relabelled, withSlot, written } from '../support/hostile-server'
import { ACCEPTED, all, idOfSlot, setScene, tellStory } from '../support/hostile-story'
import { SUITES } from '../support/identities'

describe.each(SUITES)('%s', async (suite) => {
  const { story, refresh, unlock, toAll } = await setScene(suite)

  const { server, laptop, phone, thief } = story
  const { truth } = server
  const { accountId, generation } = laptop

  describe('blobs swapped', () => {
    test('slots of another account with the same secret', async () => {
      const { account, server: its } = await found([recovery(1)])
      const { slots, ...others } = its.record
      expect(await unlock({ ...truth, slots })).toBe('MANIFEST')
      // All of it: that is the other account, and its id says so.
      const opened = await unlockAccount({ slots, ...others }, recovery(1))
      expect(opened.accountId).toEqual(account.accountId)
      expect(opened.accountId).not.toEqual(accountId)
    })

    test('a slot under the id of another', async () => {
      const [mine, others] = [idOfSlot(laptop, 1), idOfSlot(laptop, 3)]
      const record = withSlot(
        truth,
        ({ id }) => id === mine,
        (slot) => relabelled(slot, { id: uuidToBytes(others) }),
      )
      expect(await unlock(record)).toBe('OPEN')
    })

    test('the sealed seed of another slot', async () => {
      const [one] = truth.slots.filter((slot) => inspectSlot(slot).id === idOfSlot(laptop, 3))
      const sealed = (one as Uint8Array).slice(-216)
      const record = withSlot(
        truth,
        ({ id }) => id === idOfSlot(laptop, 1),
        (slot) => relabelled(slot, { sealed }),
      )
      expect(await unlock(record)).toBe('OPEN')
    })

    test('kind, parameters or suite of a slot', async () => {
      const isMine = ({ id }: { id: string }) => id === idOfSlot(laptop, 1)
      const change = (changes: Parameters<typeof relabelled>[1]) =>
        withSlot(truth, isMine, (slot) => relabelled(slot, changes))
      expect(await unlock(change({ kind: 'passkey' }))).toBe('OPEN')
      expect(await unlock(change({ parameters: new Uint8Array(16) }))).toBe('OPEN')
      const other = suite === 'pq' ? 'x25519' : 'pq'
      expect(await unlock(change({ suite: other }))).toBe('OPEN')
    })

    test('sealed keys between holders', async () => {
      const rotate = (ids: readonly string[]) => [...ids.slice(1), ...ids.slice(0, 1)]
      const newest = truth.keys.filter((it) => it.generation === generation)
      const ids = rotate(newest.map(({ holderId }) => holderId))
      const keys = newest.map((it, i) => ({ ...it, holderId: ids[i] as string }))
      expect(await toAll({ ...truth, keys })).toEqual(all('OPEN'))
    })

    test('sealed keys between generations', async () => {
      const keys = truth.keys
        .filter((it) => it.generation < generation)
        .map((it) => ({ ...it, generation }))
      expect(await toAll({ ...truth, keys })).toEqual(all('OPEN'))
    })

    test('sealed keys of an account of the same devices and secrets', async () => {
      const other = await tellStory(suite)
      const { keys } = other.server.truth
      const named = keys.map((it) => {
        const index = other.laptop.devices.findIndex(({ id }) => id === it.holderId)
        return { ...it, holderId: laptop.devices[index]?.id ?? laptop.deviceId }
      })
      expect(await refresh({ ...truth, keys: named })).toBe('OPEN')
      const { wraps } = other.server.truth
      expect(await toAll({ ...truth, wraps })).toEqual(all('OPEN'))
    })

    test('wrapped predecessors between generations', async () => {
      const [zero, one] = truth.wraps
      if (!zero || !one) throw new Error('two rotations')
      const wraps = [
        { ...zero, wrapped: one.wrapped },
        { ...one, wrapped: zero.wrapped },
      ]
      expect(await toAll({ ...truth, wraps })).toEqual(all('OPEN'))
      expect(await toAll({ ...truth, wraps: [zero, { ...zero, generation: 1 }] })).toEqual(
        all('OPEN'),
      )
    })
  })

  test('a revocation list dropped, shortened, extended, or swapped between devices', async () => {
    const { deviceId } = phone
    const other = { id: crypto.randomUUID(), digest: new Uint8Array(32).fill(8) }
    const accepted = [other]
    const { account, change } = await laptop.amend({ revokeDevices: [{ deviceId, accepted }] })
    const record = written(truth, change)
    const [ofThief, ofPhone] = record.revocationLists
    if (!ofThief || !ofPhone) throw new Error('two lists')
    const serve = async (first: Uint8Array | undefined, second = ofPhone.list) => {
      const revocationLists = [
        ...(first ? [{ deviceId: thief.deviceId, list: first }] : []),
        { deviceId, list: second },
      ]
      const opened = await account.refresh({ ...record, revocationLists })
      return [opened.revocationList(thief.deviceId), opened.revocationList(deviceId)] as const
    }
    const [honest] = await serve(ofThief.list)
    expect(honest?.includes(ACCEPTED)).toBe(true)
    expect(honest?.includes(other)).toBe(false)
    for (const list of [
      undefined,
      new Uint8Array(0),
      ofThief.list.slice(0, 24),
      new Uint8Array([...ofThief.list, ...ofPhone.list]),
      ofPhone.list,
    ]) {
      expect((await serve(list))[0]).toBeUndefined()
    }
    expect(await serve(ofPhone.list, ofThief.list)).toEqual([undefined, undefined])
  })
})
