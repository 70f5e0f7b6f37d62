import { randomUuid } from '../encoding/uuid'
import { isZkebError, tooLarge, ZkebError } from '../errors'
import type { KeyringIdentity } from '../keys/keyring'
import { Account, type ChangedAccount } from './account'
import { verifyChain } from './chain'
import { MAX_SLOTS } from './constants'
import { type SlotEntry, sameKeys } from './entries'
import { type Held, openHeld } from './held'
import { assertDevice, keysOf, WHAT_HELPS } from './holders'
import { OpenedAccount } from './opened-account'
import { type AccountRecord, assertRecord } from './record'
import { cannotOpenSlot, type OpenSlot, readSlot, unsealSlot } from './slot'
import { assertWork, endSecret, kindOf, takeSecret, type UnlockSecret } from './slot-kek'
import { succeed } from './succession'

/**
 * Opens an account by a secret, on a device that knows nothing of it. Tries the secret on all slots of its kind: where a user
 * has several passkeys, leave those out of `record.slots` that are not meant. Throws `LIMIT` for more than 32 slots, `NOT_RECIPIENT` where the account has no such slot, or a
 * dormant one; `OPEN` for a wrong secret, and as {@link openAccount} does. spec/account.md §3, §7.
 */
export async function unlockAccount(
  record: AccountRecord,
  secret: UnlockSecret,
): Promise<UnlockedAccount> {
  assertRecord(record)
  const slot = await findSlot(record, secret)
  const { accountId, counter, digest } = slot.place
  const chain = await verifyChain(record.manifests, { accountId, pin: { counter, digest } })
  const entry = chain.slot(slot.id)
  if (!entry?.sealed || !sameKeys(entry, keysOf(slot.identity.public))) throw notThere()
  const held = await openHeld(record, chain, { entry, holder: slot.identity })
  return new UnlockedAccount(held, slot)
}

/** An account as somebody sees it who knows a secret: to read, and to join. */
export class UnlockedAccount extends OpenedAccount {
  readonly #held: Held
  readonly #slot: OpenSlot

  /** Of what openHeld() gave. */
  constructor(held: Held, slot: OpenSlot) {
    super(held)
    this.#held = held
    this.#slot = slot
  }

  /** The slot that opened. UUID. */
  get slotId(): string {
    return this.#slot.id
  }

  /**
   * Makes a new device an active one, by the slot, with a new account key. All other devices become unconfirmed and all other slots dormant, until the user
   * has looked at them and the new device has amended that: so show `devices`, `slots` and `generation` before. Throws a
   * RangeError for a device whose keys the account has known: it says what to do instead. spec/account.md §5, rule 9.
   */
  async join(device: KeyringIdentity): Promise<ChangedAccount> {
    assertDevice(device)
    const { head } = this.chain
    const keys = keysOf(device.public)
    const known = head.devices.find((it) => sameKeys(it, keys))
    if (known) {
      const { state } = known
      throw new RangeError(`device: ${state} in the account already; ${WHAT_HELPS[state]}`)
    }
    const deviceId = randomUuid()
    const { held, change } = await succeed(this.#held, {
      signer: this.#slot.identity,
      rotates: true,
      devices: [
        ...head.devices.map((it) =>
          it.state === 'active' ? ({ ...it, state: 'unconfirmed' } as const) : it,
        ),
        { id: deviceId, ...keys, state: 'active' },
      ],
      slots: head.slots.map((it) => this.#leave(it, deviceId)),
      newSlots: [],
      revoked: [],
    })
    return { account: new Account(held, { deviceId, device }), change }
  }

  /** Only this slot stays awake, and the new device knows its secret. */
  #leave(slot: SlotEntry, deviceId: string) {
    return slot.id === this.slotId
      ? { ...slot, handlers: [...slot.handlers, deviceId], isDormant: false }
      : { ...slot, isDormant: true }
  }
}

/** The first slot that the secret opens. Their number is bounded: a passkey asks its user for every one. */
async function findSlot({ slots }: AccountRecord, given: UnlockSecret): Promise<OpenSlot> {
  if (slots.length > MAX_SLOTS) throw tooLarge('the number of slots')
  const kind = kindOf(given)
  const candidates = slots.map(readSlot).filter((slot) => slot.kind === kind)
  assertWork(candidates)
  const secret = takeSecret(given)
  let refusal = notThere()
  try {
    for (const slot of candidates) {
      try {
        return await unsealSlot(slot, secret)
      } catch (error) {
        if (!isZkebError(error, 'OPEN')) throw error
        refusal = cannotOpenSlot()
      }
    }
    throw refusal
  } finally {
    endSecret(secret)
  }
}

function notThere(): ZkebError {
  return new ZkebError('NOT_RECIPIENT', 'the account has no such slot', {
    hint: 'it was removed, or sleeps since another device has joined: unlock by another secret',
  })
}
