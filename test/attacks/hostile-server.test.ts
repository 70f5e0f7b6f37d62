/** Attack: a server with keys of its own, in league with a device that was revoked, makes manifests and keys. Nobody takes a key of it. */

import { pae } from '@zkeb/core'
import { type Account, createAccount, type Manifest, unlockAccount } from '@zkeb/core/account'
import { describe, expect, test, vi } from 'vitest'
import { AccountKey } from '../../packages/core/src/account/account-key'
import {
  type ManifestBody,
  readManifest,
  signManifest,
} from '../../packages/core/src/account/manifest'
import { backend } from '../../packages/core/src/crypto/current'
import { found, passphrase, recovery } from '../support/accounts'
import { after, someDigest } from '../support/chains'
import { written } from '../support/hostile-server'
import {
  all,
  attempt,
  idOfSlot,
  keysOf,
  setScene,
  someDevice,
  THEN,
} from '../support/hostile-story'
import { SUITES } from '../support/identities'
import { outcomeOf } from '../support/outcome'

describe.each(SUITES)('%s', async (suite) => {
  const { story, refresh, unlock, toAll } = await setScene(suite)

  const { server, laptop, phone, thief, past, devices } = story
  const { truth, own } = server
  const { accountId, generation } = laptop
  const head = laptop.chain.head
  const genesis = past[0]?.chain.head as Manifest

  test('the truth opens, to everybody it is for; so does what an active device appends', async () => {
    expect(await toAll(truth)).toEqual(all('none'))
    expect(await refresh(truth, phone)).toBe('none')
    expect(await refresh(truth, thief)).toBe('NOT_RECIPIENT')
    expect(await toAll(await server.append(devices.laptop, {}))).toEqual(all('none'))
  })

  test('what it keeps opens by none of its keys', async () => {
    for (const { generation, sealed, holderId } of truth.keys) {
      const manifest = laptop.chain.manifests.find((it) => it.generation === generation) as Manifest
      const holder = laptop.chain.identity(holderId)
      const digest = await backend().sha256(new Uint8Array(sealed))
      const place = { accountId, generation, digest, commitment: manifest.commitment }
      expect(await outcomeOf(() => AccountKey.open(sealed, own, place))).toBe('OPEN')
      const named = { public: holder ?? own.public, decrypter: own.decrypter }
      expect(await outcomeOf(() => AccountKey.open(sealed, named, place))).toBe('OPEN')
    }
    for (const { generation, wrapped } of truth.wraps) {
      const key = server.ownKey({ accountId, generation: generation + 1 })
      const commitment = laptop.chain.commitment(generation) as Uint8Array
      expect(await outcomeOf(() => key.unwrapPredecessor(wrapped, commitment))).toBe('OPEN')
    }
    expect(await unlock(truth, recovery(99))).toBe('OPEN')
    expect(await unlock(truth, passphrase('another one'))).toBe('OPEN')
  })

  describe('an account key of its own', () => {
    const key = server.ownKey({ accountId, generation })

    test('sealed to every slot and every device', async () => {
      expect(await toAll(await server.sealToAll(truth, key))).toEqual(all('OPEN'))
    })

    test('and the true predecessor dropped, or one of its own wrapped under it', async () => {
      const record = await server.sealToAll(truth, key)
      const before = server.ownKey({ accountId, generation: generation - 1 })
      const wraps = [{ generation: generation - 1, wrapped: await key.wrapPredecessor(before) }]
      expect(await toAll({ ...record, wraps: [] })).toEqual(all('OPEN'))
      expect(await toAll({ ...record, wraps })).toEqual(all('OPEN'))
      expect(await toAll({ ...truth, wraps })).toEqual(all('OPEN'))
    })

    test('stated in a manifest of its own, whoever is named as its signer', async () => {
      const next = server.ownKey({ accountId, generation: generation + 1 })
      const commitment = await next.commitment()
      const sealed = await server.sealToAll(truth, next)
      const slot = laptop.chain.identity(idOfSlot(laptop, 1)) as typeof own.public
      const signers = [own, server.as(devices.laptop), server.as({ public: slot })]
      for (const by of [...signers, devices.thief]) {
        const { manifests } = await server.append(by, { commitment, generation: generation + 1 })
        expect(await toAll({ ...sealed, manifests })).toEqual(all('MANIFEST'))
      }
    })

    test('stated in the true head, under its true signature', async () => {
      const commitment = await key.commitment()
      const { manifests } = await server.append(own, { ...head, commitment }, head.counter - 1)
      const { body } = await readManifest(manifests.at(-1) as Uint8Array)
      const forged = pae([body, head.signer, head.signature])
      const spliced = [...truth.manifests.slice(0, -1), forged]
      const record = await server.sealToAll({ ...truth, manifests: spliced }, key)
      expect(await toAll(record)).toEqual(all('MANIFEST'))
    })
  })

  describe('a key of an active device that lies', () => {
    test('stated as the sealed key of others: OPEN to them', async () => {
      const lie = server.ownKey({ accountId, generation: generation + 1 })
      const generated = vi.spyOn(AccountKey, 'generate').mockReturnValueOnce(lie)
      const { change, account } = await phone.amend({ rotate: true })
      generated.mockRestore()
      // What the manifest commits to is another key than what all are given.
      const commitment = await server.ownKey(lie.place).commitment()
      const { digest: _, ...body } = account.chain.head
      const { stored } = await signManifest({ ...body, commitment }, devices.phone)
      const record = written(truth, change)
      const manifests = [...truth.manifests, stored]
      expect(await toAll({ ...record, manifests })).toEqual(all('OPEN'))
    })

    test('wrapped as the predecessor: OPEN', async () => {
      const generated = vi.spyOn(AccountKey, 'generate')
      const { change, account } = await phone.amend({ rotate: true })
      const next = generated.mock.results[0]?.value as AccountKey
      generated.mockRestore()
      const record = written(truth, change)
      const wrapped = await next.wrapPredecessor(server.ownKey({ accountId, generation }))
      const wraps = [...truth.wraps, { generation, wrapped }]
      const opening = (it: typeof record) => attempt(account, () => laptop.refresh(it))
      expect(await opening(record)).toBe('none')
      expect(await opening({ ...record, wraps })).toBe('OPEN')
    })
  })

  describe('a chain of its own', () => {
    const foundOwn = async (changes: Partial<ManifestBody> = {}) => {
      const key = server.ownKey({ accountId, generation: 0 })
      const device = someDevice(own)
      const content: ManifestBody = {
        ...{ accountId, nonce: genesis.nonce, counter: 0, generation: 0 },
        ...{ commitment: await key.commitment(), slots: [], devices: [device], revocations: [] },
        ...changes,
      }
      const { stored } = await signManifest(content, own)
      return await server.sealToAll({ ...truth, manifests: [stored] }, key)
    }

    test('of another account id', async () => {
      const { change } = await createAccount({ device: own, slots: [recovery(8)] })
      const record = { ...truth, manifests: [change.manifest.stored], keys: change.keys }
      expect(await toAll(record)).toEqual(all('MANIFEST'))
      expect(await toAll({ ...record, slots: truth.slots, wraps: [] })).toEqual(all('MANIFEST'))
    })

    test('of the same account id, and its own first device', async () => {
      expect(await toAll(await foundOwn())).toEqual(all('MANIFEST'))
    })

    test('of the same account id, and another nonce', async () => {
      expect(await toAll(await foundOwn({ nonce: someDigest() }))).toEqual(all('MANIFEST'))
      const device = { ...someDevice(devices.laptop), id: laptop.deviceId }
      const changes = { nonce: someDigest(), devices: [device] }
      expect(await toAll(await foundOwn(changes))).toEqual(all('MANIFEST'))
    })

    test('of the same account id, nonce and first device, which did not sign it', async () => {
      const device = { ...someDevice(devices.laptop), id: laptop.deviceId }
      expect(await toAll(await foundOwn({ devices: [device] }))).toEqual(all('MANIFEST'))
      const { manifests } = await foundOwn({ devices: [device] })
      const { stored } = await signManifest(after(genesis), server.as(devices.laptop))
      expect(await toAll({ ...truth, manifests: [...manifests, stored] })).toEqual(all('MANIFEST'))
    })

    test('a head of its own, or one that a revoked device signed, after the true chain', async () => {
      for (const by of [own, devices.thief, server.as(devices.phone)]) {
        expect(await toAll(await server.append(by, {}))).toEqual(all('MANIFEST'))
      }
    })

    test('a manifest dropped, doubled, or out of order', async () => {
      const all_ = truth.manifests
      const lists = [
        all_.slice(1),
        all_.filter((_, i) => i !== THEN.thiefRevoked),
        [...all_, ...all_.slice(-1)],
        [...all_].reverse(),
      ]
      for (const manifests of lists) {
        expect(await toAll({ ...truth, manifests })).toEqual(all('MANIFEST'))
      }
    })

    test('by the first device, after it was revoked: FORK', async () => {
      // The one device that can found the same account id again.
      const other = await found([recovery(1)], { device: devices.laptop })
      const { account } = other
      const first = account.chain.head
      const key = server.ownKey({ accountId: account.accountId, generation: 0 })
      const changed = { ...first, commitment: await key.commitment() }
      const { stored } = await signManifest(changed, devices.laptop)
      const { record } = other.server
      const forged = await server.sealToAll({ ...record, manifests: [stored] }, key)
      expect(await attempt(account, () => account.refresh(forged))).toBe('FORK')
      expect(await attempt(account, () => unlockAccount(forged, recovery(1)))).toBe('FORK')
    })

    test('by a device since revoked, from a manifest on that is older than the pin: FORK', async () => {
      const old = server.at(THEN.thirdSlot)
      let [account, record] = [thief, old]
      for (let i = 0; i < 4; i++) {
        const next = await account.amend({ rotate: true })
        record = written(record, next.change)
        account = next.account
      }
      expect(await refresh(record)).toBe('FORK')
      expect(await refresh(record, phone)).toBe('FORK')
      const { slots } = truth
      expect(await unlock({ ...record, slots }, recovery(4))).toBe('FORK')
    })

    test('the same, NOT DETECTED by who has no newer pin: generation and devices show it', async () => {
      const old = server.at(THEN.thirdSlot)
      const { change } = await thief.amend({ rotate: true })
      const record = written(old, change)
      const behind = past[THEN.thirdSlot] as Account
      for (const opened of [
        await behind.refresh(record),
        await unlockAccount(record, recovery(1)),
      ]) {
        expect(opened.chain.device(thief.deviceId)?.state).toBe('active')
        const [first, second] = await keysOf(opened)
        const [truth0, truth1] = await keysOf(laptop)
        expect([first === truth0, second === truth1]).toEqual([true, false])
        // Whoever then sees the truth knows.
        expect(opened.chain.has(head.digest)).toBe(false)
        expect(laptop.chain.has(opened.chain.head.digest)).toBe(false)
      }
    })
  })
})
