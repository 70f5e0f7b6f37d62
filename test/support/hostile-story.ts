/** An account with a past, for servers that lie about it. */
import type { Identity, SuiteName } from '@zkeb/core'
import {
  type Account,
  type AccountRecord,
  type Amendments,
  type DeviceEntry,
  type OpenedAccount,
  type SlotSecret,
  unlockAccount,
} from '@zkeb/core/account'
import { expect, vi } from 'vitest'
import { AccountKey } from '../../packages/core/src/account/account-key'
import { amend, enrol, found, passphrase, recovery } from './accounts'
import { bytesToHex } from './bytes'
import { keysOf as publicKeysOf, someDigest } from './chains'
import { HostileServer } from './hostile-server'
import { malloryOf, peopleOf } from './identities'
import { outcomeOf } from './outcome'

/** The counters of the manifests, each of which is the head of one record. */
export const THEN = {
  founded: 0,
  phoneEnrolled: 1,
  thiefEnrolled: 2,
  thirdSlot: 3,
  thiefRevoked: 4,
  secondSlotRemoved: 5,
  fourthSlot: 6,
} as const

/** Slots are `recovery(1)` to `recovery(4)`, by when they came; and this one. */
export const PASSPHRASE = 'correct horse'
export const ACCEPTED = { id: crypto.randomUUID(), digest: new Uint8Array(32).fill(7) }

export interface Story {
  readonly server: HostileServer
  readonly devices: Readonly<Record<'laptop' | 'phone' | 'thief' | 'fresh', Identity>>
  /** Each as it was left: laptop and phone at the head, the thief at `thirdSlot`. */
  readonly laptop: Account
  readonly phone: Account
  readonly thief: Account
  /** The laptop's account at every counter. */
  readonly past: readonly Account[]
}

export async function tellStory(suite: SuiteName): Promise<Story> {
  const people = await peopleOf(suite)
  const devices = {
    laptop: people.alice,
    phone: people.bob,
    thief: people.carol,
    fresh: people.dave,
  }
  const slots = [recovery(1), recovery(2), passphrase(PASSPHRASE)]
  const { account, server } = await found(slots, { device: devices.laptop })
  const past: Account[] = [account]
  const history: AccountRecord[] = [server.record]
  const last = () => past.at(-1) as Account
  const keep = (next: Account) => {
    past.push(next)
    history.push(server.record)
  }
  const change = async (amendments: Amendments) => keep(await amend(server, last(), amendments))
  const bring = async (device: Identity) => {
    const both = await enrol(server, last(), device)
    keep(both.account)
    return both.enrolled
  }
  const phone = await bring(devices.phone)
  const enrolled = await bring(devices.thief)
  await change({ addSlots: [recovery(3)] })
  const thief = await enrolled.refresh(server.record)
  const { deviceId } = thief
  await change({ revokeDevices: [{ deviceId, accepted: [ACCEPTED] }] })
  await change({ removeSlots: [idOfSlot(last(), 2)] })
  await change({ addSlots: [recovery(4)] })
  return {
    server: new HostileServer(history, await malloryOf(suite)),
    ...{ devices, laptop: last(), phone: await phone.refresh(server.record), thief, past },
  }
}

/** The slot of `recovery(value)`. */
export function idOfSlot({ slots }: OpenedAccount, value: number): string {
  const slot = slots.find(({ kind, parameters: [first] }) => kind === 'recovery' && first === value)
  if (!slot) throw new Error('no such slot')
  return slot.id
}

/** Every account key up to the newest, by what is derived of it. */
export async function keysOf(account: OpenedAccount): Promise<readonly string[]> {
  const generations = Array.from({ length: account.generation + 1 }, (_, generation) => generation)
  const keys = generations.map((generation) => account.key('zkeb/ak-backup/v1', generation))
  return (await Promise.all(keys)).map(bytesToHex)
}

/**
 * What comes of opening an account, and proof that no key was taken that is none of the true account: neither on the way nor in the end.
 * `account` is a true one, with all keys.
 */
export async function attempt(
  account: OpenedAccount,
  open: () => Promise<OpenedAccount>,
): Promise<string> {
  const commitments = new Set(account.chain.manifests.map((it) => bytesToHex(it.commitment)))
  const taken: string[] = []
  // At once: keys of which nothing comes are wiped.
  const note = async (key: AccountKey) => {
    taken.push(bytesToHex(await key.commitment()))
    return key
  }
  const { open: openKey } = AccountKey
  const { unwrapPredecessor: unwrap } = AccountKey.prototype
  const spies = [
    vi
      .spyOn(AccountKey, 'open')
      .mockImplementation(async (...args) => note(await openKey(...args))),
    vi.spyOn(AccountKey.prototype, 'unwrapPredecessor').mockImplementation(async function (
      this: AccountKey,
      ...args
    ) {
      return note(await unwrap.apply(this, args))
    }),
  ]
  try {
    let opened: OpenedAccount | undefined
    const code = await outcomeOf(async () => {
      opened = await open()
    })
    const wrong = taken.filter((it) => !commitments.has(it))
    expect(wrong, 'keys of somebody else that were taken').toEqual([])
    if (opened) {
      const keys = await keysOf(opened)
      expect(keys).toEqual((await keysOf(account)).slice(0, keys.length))
    }
    return code
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** The story, and what a record comes to with those who read it. */
export async function setScene(suite: SuiteName) {
  const story = await tellStory(suite)
  const { laptop, past } = story
  const refresh = (record: AccountRecord, as = laptop) => attempt(laptop, () => as.refresh(record))
  const unlock = (record: AccountRecord, secret: SlotSecret = recovery(1)) =>
    attempt(laptop, () => unlockAccount(record, secret))
  /** To a device at the head, to one that has seen the first manifest alone, by a slot of the first, and by the newest. */
  const toAll = async (record: AccountRecord) => [
    await refresh(record),
    await refresh(record, past[0]),
    await unlock(record),
    await unlock(record, recovery(4)),
  ]
  return { story, refresh, unlock, toAll }
}

/** One code to all of setScene()'s readers. */
export const all = (code: string) => [code, code, code, code]

/** An active device of these keys, as a manifest may state it. */
export function someDevice(keys: Parameters<typeof publicKeysOf>[0]): DeviceEntry {
  const id = crypto.randomUUID()
  return { id, ...publicKeysOf(keys), state: 'active', sealed: someDigest() }
}
