import type { KeyringIdentity } from '../keys/keyring'
import { SEED_SUITES, type SeedSuite } from '../keys/seeds'
import type { SlotEntry } from './entries'
import { keysOf } from './holders'
import { createSlot, type NewSlot } from './slot'
import { assertWork, endSecret, kindOf, type SlotSecret, takeSecret } from './slot-kek'
import type { NextSlot } from './succession'

/** Where new slots come in. */
interface NewSlotsOptions {
  /** Default that of the device, or x25519 where that is rsa, which has no slots. */
  readonly suite: SeedSuite | undefined
  readonly device: Pick<KeyringIdentity, 'public'>
  /** The slots that are there and stay. */
  readonly beside: readonly Pick<SlotEntry, 'kind' | 'parameters'>[]
}

/**
 * Slots for these secrets; one after the other, since each of a passphrase fills memory. Throws a RangeError where an account would have no slots
 * but passkeys, `LIMIT` where its passphrases take too much work all together; and as createSlot() does. The secrets are read before this returns
 * its promise. spec/account.md §3.
 */
export async function createSlots(
  secrets: readonly SlotSecret[],
  { device, suite = suiteFor(device), beside }: NewSlotsOptions,
): Promise<readonly NewSlot[]> {
  if (!SEED_SUITES.includes(suite)) throw new TypeError('slotSuite: x25519 or pq')
  const taken = secrets.map(takeSecret)
  const kinds = [...beside.map(({ kind }) => kind), ...taken.map(kindOf)]
  const made: NewSlot[] = []
  try {
    if (kinds.length > 0 && kinds.every((kind) => kind === 'passkey')) {
      throw new RangeError('slots: not passkeys alone, which can be lost')
    }
    for (const secret of taken) {
      made.push(await createSlot(secret, suite))
    }
    assertWork([...beside, ...made])
  } catch (error) {
    for (const slot of made) slot.wipe()
    throw error
  } finally {
    for (const secret of taken) endSecret(secret)
  }
  return made
}

function suiteFor({ public: { suite } }: NewSlotsOptions['device']): SeedSuite {
  return suite === 'rsa' ? 'x25519' : suite
}

/** What the manifest says of a new slot, whose secret a device has handled. */
export function toNextSlot({ id, kind, parameters, identity }: NewSlot, handler: string): NextSlot {
  return {
    id,
    kind,
    parameters,
    ...keysOf(identity.public),
    handlers: [handler],
    isDormant: false,
  }
}
