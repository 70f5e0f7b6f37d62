import { assertArrays, assertNoMore } from '../encoding/arguments'
import { randomUuid } from '../encoding/uuid'
import { assertPublic } from '../envelope/arguments'
import type { PublicIdentity } from '../keys/identity'
import type { KeyringIdentity } from '../keys/keyring'
import type { SeedSuite } from '../keys/seeds'
import { type DeviceEntry, type SlotEntry, sameKeys } from './entries'
import type { Held } from './held'
import { keysOf } from './holders'
import { createSlots, toNextSlot } from './new-slots'
import { encodeRevocationList } from './revocation-list'
import type { SlotSecret } from './slot-kek'
import {
  type NextDevice,
  type NextSlot,
  type Revocation,
  type Succession,
  succeed,
} from './succession'

/** What a device changes of an account, all in one manifest. */
export interface Amendments {
  /**
   * Devices that hold the account key and sign from now on: new ones as an enrolment gave them, after the user has compared the words; or,
   * to confirm an unconfirmed one that the user knows, `account.chain.identity(id)`. Never because a server lists them.
   */
  readonly addDevices?: readonly PublicIdentity[]
  /**
   * Devices that neither hold nor sign any more. The slots they have handled go with them, since they know the secrets: passphrases, passkeys,
   * and the recovery set, whose shares and kits are void then. Give new ones in `addSlots`: where no slot would be left that unlocks, it
   * is a RangeError, unless `removeSlots` names those that go.
   */
  readonly revokeDevices?: readonly Revocation[]
  /** Secrets that unlock the account from now on. */
  readonly addSlots?: readonly SlotSecret[]
  /** Suite of the slots that are added. Default that of this device, or x25519 where that is rsa. */
  readonly slotSuite?: SeedSuite
  /** Ids of slots that unlock nothing any more. */
  readonly removeSlots?: readonly string[]
  /** Ids of dormant slots that unlock the account again. */
  readonly wakeSlots?: readonly string[]
  /** Whether there is to be a new account key where nothing else makes for one. Default false. */
  readonly rotate?: boolean
}

/** Who makes the manifest. */
interface Amender {
  readonly deviceId: string
  readonly device: KeyringIdentity
}

/** The one manifest after the head that makes these changes. Throws a TypeError or RangeError that names what does not fit. */
export async function amendHeld(
  held: Held,
  { deviceId, device }: Amender,
  amendments: Amendments,
): Promise<Succession> {
  const { addDevices = [], revokeDevices = [], rotate = false, ...rest } = amendments ?? {}
  const { addSlots = [], slotSuite, removeSlots = [], wakeSlots = [], ...unknown } = rest
  assertNoMore(unknown)
  const lists = { addDevices, revokeDevices, addSlots, removeSlots, wakeSlots }
  assertArrays(lists)
  if (typeof rotate !== 'boolean') throw new TypeError('rotate: true or false')
  if (!rotate && Object.values(lists).every(({ length }) => length === 0)) {
    throw new RangeError('amendments: nothing to change')
  }
  for (const it of revokeDevices) assertRevocation(it)
  const { head } = held.chain
  const revoked = new Set(revokeDevices.map((it) => it.deviceId))
  if (revoked.size < revokeDevices.length || revoked.has(deviceId)) {
    throw new RangeError('revokeDevices: others than this one, each once')
  }
  const devices = admit(revoke(head.devices, revoked), addDevices)
  const gone = goneSlots(head.slots, { removeSlots, revoked })
  const kept = wake(
    head.slots.filter((slot) => !gone.includes(slot)),
    wakeSlots,
  )
  const lost = gone.filter(({ id }) => !removeSlots.includes(id))
  if (lost.length > 0 && addSlots.length === 0 && kept.every(({ isDormant }) => isDormant)) {
    throw new RangeError(
      'revokeDevices: no slot would be left that unlocks, since these devices handled them: give addSlots',
    )
  }
  // Encoded before anything is waited for: the caller's lists may change. So are the secrets read.
  const revocations = revokeDevices.map((it) => ({
    deviceId: it.deviceId,
    list: encodeRevocationList(it.accepted),
  }))
  const newSlots = await createSlots(addSlots, { suite: slotSuite, device, beside: kept })
  return succeed(held, {
    signer: device,
    rotates: rotate || revoked.size > 0 || gone.some(({ sealed }) => sealed),
    devices,
    slots: [...kept, ...newSlots.map((slot) => toNextSlot(slot, deviceId))],
    newSlots,
    revoked: revocations,
  })
}

/** [] is a decision, so it is not the default. */
function assertRevocation(revocation: Partial<Revocation> | undefined): void {
  if (typeof revocation?.deviceId === 'string' && Array.isArray(revocation.accepted)) return
  throw new TypeError('revokeDevices: of each { deviceId, accepted }: see acceptedBackups()')
}

function revoke(
  devices: readonly DeviceEntry[],
  revoked: ReadonlySet<string>,
): readonly NextDevice[] {
  const present = devices.filter(({ id, state }) => revoked.has(id) && state !== 'revoked')
  if (present.length < revoked.size) {
    throw new RangeError('revokeDevices: devices of the account that are not revoked')
  }
  return devices.map((device) =>
    revoked.has(device.id) ? { ...device, state: 'revoked' } : device,
  )
}

/** A new device gets an id; an unconfirmed one becomes active. */
function admit(
  devices: readonly NextDevice[],
  added: readonly PublicIdentity[],
): readonly NextDevice[] {
  return added.reduce((all, identity) => {
    const keys = keysOf(assertPublic(identity, 'addDevices', 'encryption', 'signing'))
    const known = all.find((device) => sameKeys(device, keys))
    if (known && known.state !== 'unconfirmed') {
      throw new RangeError('addDevices: neither active nor revoked ones')
    }
    const device = { id: randomUuid(), ...known, ...keys, state: 'active' } as const
    return [...all.filter((it) => it !== known), device]
  }, devices)
}

/** §9: a slot whose secret a revoked device knows goes with it. */
function goneSlots(
  slots: readonly SlotEntry[],
  {
    removeSlots,
    revoked,
  }: { readonly removeSlots: readonly string[]; readonly revoked: ReadonlySet<string> },
): readonly SlotEntry[] {
  const removed = findAll(slots, removeSlots, 'removeSlots: slots of the account')
  return slots.filter(
    (slot) => removed.includes(slot) || slot.handlers.some((id) => revoked.has(id)),
  )
}

function wake(slots: readonly SlotEntry[], ids: readonly string[]): readonly NextSlot[] {
  const dormant = slots.filter(({ sealed }) => !sealed)
  const woken = findAll(dormant, ids, 'wakeSlots: dormant slots that stay')
  return slots.map((slot) => ({ ...slot, isDormant: !slot.sealed && !woken.includes(slot) }))
}

/** Those of the ids. Throws a RangeError where one is not there. */
function findAll(
  slots: readonly SlotEntry[],
  ids: readonly string[],
  rule: string,
): readonly SlotEntry[] {
  return ids.map((id) => {
    const slot = slots.find((it) => it.id === id)
    if (!slot) throw new RangeError(rule)
    return slot
  })
}
