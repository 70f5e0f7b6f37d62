import { backend } from '../crypto/current'
import { assertArrays, assertNoMore } from '../encoding/arguments'
import { randomUuid } from '../encoding/uuid'
import type { KeyringIdentity } from '../keys/keyring'
import type { SeedSuite } from '../keys/seeds'
import { Account, type ChangedAccount } from './account'
import { ACCOUNT_NONCE_BYTES } from './constants'
import { assertDevice, keysOf } from './holders'
import { accountIdOf } from './manifest'
import { createSlots, toNextSlot } from './new-slots'
import type { SlotSecret } from './slot-kek'
import { succeed } from './succession'

/** What an account begins with. */
export interface CreateAccountOptions {
  /** The first device's identity, of any suite. */
  readonly device: KeyringIdentity
  /** Secrets that unlock the account; without any, only its devices do. Never passkeys alone. */
  readonly slots?: readonly SlotSecret[]
  /** Suite of the slots. Default that of the device, or x25519 where that is rsa. */
  readonly slotSuite?: SeedSuite
}

/**
 * Founds an account: its first manifest, signed by its first device. Throws a TypeError or RangeError that names what does not fit, `KEY` for a
 * passkey whose answers differ. spec/account.md §1, §5.
 */
export async function createAccount(options: CreateAccountOptions): Promise<ChangedAccount> {
  const { device, slots = [], slotSuite, ...unknown } = options ?? {}
  assertNoMore(unknown)
  assertDevice(device)
  assertArrays({ slots })
  const { fingerprint } = device.public
  // Before anything is waited for: the secrets are the caller's.
  const newSlots = await createSlots(slots, { suite: slotSuite, device, beside: [] })
  const nonce = backend().randomBytes(ACCOUNT_NONCE_BYTES)
  const accountId = await accountIdOf(nonce, fingerprint)
  const deviceId = randomUuid()
  const founding = { accountId, nonce, keys: [], lists: new Map() }
  const { held, change } = await succeed(founding, {
    signer: device,
    rotates: true,
    devices: [{ id: deviceId, ...keysOf(device.public), state: 'active' }],
    slots: newSlots.map((slot) => toNextSlot(slot, deviceId)),
    newSlots,
    revoked: [],
  })
  return { account: new Account(held, { deviceId, device }), change }
}
