import { equalBytes } from '../bytes'
import { isZkebError, ZkebError } from '../errors'
import { type DeviceEntry, type Holder, type SlotEntry, sameKeys } from './entries'
import type { Holders } from './holders'
import { accountIdOf, type Manifest, manifestMessage } from './manifest'

/** A manifest, and the one before. */
interface Pair {
  readonly before: Manifest
  readonly next: Manifest
}

/** With all devices and slots of the chain up to `next`. */
interface Step extends Pair {
  readonly holders: Holders
}

/** With the device or slot of `before` that signed `next`. */
interface Signed extends Pair {
  readonly signer: DeviceEntry | SlotEntry
}

/**
 * Takes the first manifest of a chain, and its holders into `holders`, which is worth nothing where this throws. Throws `MANIFEST`.
 * spec/account.md §5.
 */
export async function assertFirst(first: Manifest, holders: Holders): Promise<void> {
  const { nonce, devices, slots } = first
  const [device, second] = devices
  must(nonce && first.counter === 0 && first.generation === 0, 'it is not the first')
  must(!first.predecessor && first.revocations.length === 0, 'nothing comes before the first')
  must(device?.state === 'active' && !second, 'one device, active, is first')
  for (const { sealed, handlers } of slots) {
    must(sealed && handlers.length === 1 && handlers[0] === device.id, 'slots of the first device')
  }
  sealsToActive(first)
  await admit([device], holders)
  const founder = holders.get(device.id)?.fingerprint
  must(founder && equalBytes(await accountIdOf(nonce, founder), first.accountId), 'its account id')
  await assertSigned(first, device, holders)
  await admit(slots, holders)
}

/**
 * Takes a manifest after another of the same chain, and its new holders into `holders`, which is worth nothing where this throws. Throws
 * `MANIFEST`. spec/account.md §5: the rules of there, in their order.
 */
export async function assertSuccessor(step: Step): Promise<void> {
  followsOn(step)
  keepsGeneration(step)
  const signer = await findSigner(step)
  keepsDevices(step)
  await admitsNew(step)
  keepsRevocations(step)
  keepsSlots(step)
  sealsToActive(step.next)
  keepsSealedKeys(step)
  const isDevice = 'state' in signer
  if (isDevice) byDevice({ ...step, signer })
  else bySlot({ ...step, signer })
}

/** Rule 1. */
function followsOn({ before, next }: Pair): void {
  must(equalBytes(next.accountId, before.accountId) && !next.nonce, 'rule 1: another account')
  must(next.counter === before.counter + 1, 'rule 1: the counter')
  const { predecessor } = next
  must(predecessor && equalBytes(predecessor, before.digest), 'rule 1: another predecessor')
}

/** Rule 2. */
function keepsGeneration({ before, next }: Pair): void {
  if (next.generation === before.generation + 1) return
  must(next.generation === before.generation, 'rule 2: the generation')
  must(equalBytes(next.commitment, before.commitment), 'rule 2: another account key')
}

/** Rule 3. */
async function findSigner({ before, next, holders }: Step): Promise<DeviceEntry | SlotEntry> {
  const signer = [...before.devices, ...before.slots].find(({ id }) => {
    const signing = holders.get(id)?.signing
    return signing && equalBytes(signing.fingerprint, next.signer)
  })
  must(signer, 'rule 3: nobody of the predecessor signed it')
  const maySign = 'state' in signer ? signer.state === 'active' : signer.sealed !== undefined
  must(maySign, 'rule 3: the signer may not sign')
  await assertSigned(next, signer, holders)
  return signer
}

/** Rule 4, of devices that were there. */
function keepsDevices({ before, next }: Pair): void {
  const devices = byId(next.devices)
  for (const was of before.devices) {
    const is = devices.get(was.id)
    must(is && sameKeys(is, was), 'rule 4: a device is gone, or has other keys')
    must(was.state !== 'revoked' || is.state === 'revoked', 'rule 4: a revoked device is back')
  }
}

/** Rule 4, of devices and slots that are new. */
async function admitsNew({ before, next, holders }: Step): Promise<void> {
  await admit(newOf(before.devices, next.devices), holders)
  await admit(newOf(before.slots, next.slots), holders)
}

/** Rule 5. */
function keepsRevocations({ before, next }: Pair): void {
  const lists = new Map(next.revocations.map(({ deviceId, list }) => [deviceId, list]))
  for (const { deviceId, list } of before.revocations) {
    const now = lists.get(deviceId)
    must(now && equalBytes(now, list), 'rule 5: a revocation is gone, or another one')
  }
  const revoked = next.devices.filter(({ state }) => state === 'revoked')
  const complete = revoked.length === lists.size && revoked.every(({ id }) => lists.has(id))
  must(complete, 'rule 5: one revocation for each revoked device')
}

/** Rule 6. */
function keepsSlots({ before, next }: Pair): void {
  const slots = byId(before.slots)
  const devices = byId(next.devices)
  for (const is of next.slots) {
    const was = slots.get(is.id)
    if (was) {
      const same = was.kind === is.kind && equalBytes(was.parameters, is.parameters)
      must(same && sameKeys(is, was), 'rule 6: a slot has other keys, kind or parameters')
      const kept = was.handlers.every((id) => is.handlers.includes(id))
      must(kept, 'rule 6: a handler of a slot is left out')
    }
    for (const id of is.handlers) {
      const device = devices.get(id)
      must(device && device.state !== 'revoked', 'rule 6: a handler is revoked, or no device')
    }
  }
}

/** Rule 7, of every manifest. */
function sealsToActive({ devices }: Manifest): void {
  for (const { state, sealed } of devices) {
    must((state === 'active') === (sealed !== undefined), 'rule 7: sealed to active devices alone')
  }
}

/** Rule 7, within a generation. */
function keepsSealedKeys({ before, next }: Pair): void {
  if (next.generation !== before.generation) return
  const holders = byId([...next.devices, ...next.slots])
  for (const { id, sealed } of [...before.devices, ...before.slots]) {
    const now = holders.get(id)?.sealed
    must(
      !now || !sealed || equalBytes(now, sealed),
      'rule 7: another sealed key of the same generation',
    )
  }
}

/** Rule 8. */
function byDevice({ before, next, signer }: Signed): void {
  const rotated = next.generation > before.generation
  const [devices, slots] = [byId(before.devices), byId(before.slots)]
  for (const { id, state } of next.devices) {
    const was = devices.get(id)?.state
    must(was || state === 'active', 'rule 8: a new device is active')
    must(was !== 'active' || state !== 'unconfirmed', 'rule 8: an active device is unconfirmed')
    must(state !== 'revoked' || was === 'revoked' || rotated, 'rule 8: revoked, and not rotated')
    must(id !== signer.id || state === 'active', 'rule 8: the signer stays active')
  }
  for (const { id, sealed, handlers } of next.slots) {
    const was = slots.get(id)
    must(sealed || (was && !was.sealed), 'rule 8: a slot becomes, or begins, dormant')
    must(was || handlers.includes(signer.id), 'rule 8: the signer handles a new slot')
  }
  const removed = newOf(next.slots, before.slots).some(({ sealed }) => sealed)
  must(rotated || !removed, 'rule 8: removed, and not rotated')
}

/** Rule 9. */
function bySlot({ before, next, signer }: Signed): void {
  must(next.generation > before.generation, 'rule 9: a slot rotates')
  const [device, second] = newOf(before.devices, next.devices)
  must(device && !second, 'rule 9: one new device')
  for (const { id, state } of next.devices) {
    must((state === 'active') === (id === device.id), 'rule 9: the new device alone is active')
  }
  must(next.revocations.length === before.revocations.length, 'rule 9: a slot revokes nobody')
  const slots = byId(before.slots)
  must(next.slots.length === slots.size, 'rule 9: a slot keeps all slots')
  for (const { id, sealed, handlers } of next.slots) {
    const was = slots.get(id)
    must(was, 'rule 9: a slot adds no slot')
    const own = id === signer.id
    must(own === (sealed !== undefined), 'rule 9: all slots but the signer are dormant')
    const added = handlers.filter((handler) => !was.handlers.includes(handler))
    const expected = own ? [device.id] : []
    must(added.join() === expected.join(), 'rule 9: the new device handles the signer')
  }
}

async function assertSigned(manifest: Manifest, signer: Holder, holders: Holders): Promise<void> {
  const signing = holders.get(signer.id)?.signing
  must(signing && equalBytes(signing.fingerprint, manifest.signer), 'rule 3: another signer')
  const good = await signing.verify(manifestMessage(manifest.digest), manifest.signature)
  must(good, 'rule 3: the signature')
}

async function admit(entries: readonly Holder[], holders: Holders): Promise<void> {
  for (const entry of entries) {
    const admitted = await holders.admit(entry).catch((error: unknown) => {
      if (isZkebError(error, 'KEY')) return false
      throw error
    })
    must(admitted, 'rule 4: an id or key that was there before, or is no key')
  }
}

/** Those of `entries` that are not among the others. */
function newOf<E extends Holder>(others: readonly Holder[], entries: readonly E[]): readonly E[] {
  const known = byId(others)
  return entries.filter(({ id }) => !known.has(id))
}

function byId<E extends Holder>(entries: readonly E[]): ReadonlyMap<string, E> {
  return new Map(entries.map((entry) => [entry.id, entry]))
}

function must(holds: unknown, rule: string): asserts holds {
  if (!holds) {
    throw new ZkebError('MANIFEST', `no valid chain of manifests: ${rule}`, {
      hint: 'all manifests, the first one first: fetch the record again; else it was tampered with',
    })
  }
}
