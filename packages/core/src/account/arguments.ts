import { isBytes } from '../bytes'
import { assertOwner } from '../envelope/arguments'
import type { KeyringIdentity } from '../keys/keyring'
import type { DeviceState } from './entries'
import type { AccountRecord } from './record'

const CONFIRM =
  'an active device confirms it: amend({ addDevices: [account.chain.identity(id)] }); or it joins with a new identity'

/** What a device does that is in the account already, where it asks for the wrong thing. */
export const WHAT_HELPS: Readonly<Record<DeviceState, string>> = {
  active: 'openAccount() opens the account on it',
  unconfirmed: CONFIRM,
  revoked: 'it never comes back: enrol it, or join, with a new identity',
}

/** Throws a TypeError for what is no identity with something that decrypts and signs. */
export function assertDevice(device: KeyringIdentity): void {
  assertOwner(device, 'device', 'decrypter')
  assertOwner(device, 'device', 'signer')
}

/** Throws a TypeError that names what is none. */
export function assertArrays(named: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(named)) {
    if (!Array.isArray(value)) throw new TypeError(`${name}: an array`)
  }
}

/** Throws a TypeError for what is no record, or not one of bytes any more. */
export function assertRecord(record: AccountRecord): void {
  const { manifests, slots, keys, wraps, revocationLists } = record ?? {}
  if (![manifests, slots, keys, wraps, revocationLists].every(Array.isArray)) {
    throw new TypeError('record: { manifests, slots, keys, wraps, revocationLists }, all arrays')
  }
  assertBlobs(manifests, 'manifests[#]')
  assertBlobs(slots, 'slots[#]')
  assertBlobs(
    keys.map((it) => it?.sealed),
    'keys[#].sealed',
  )
  assertBlobs(
    wraps.map((it) => it?.wrapped),
    'wraps[#].wrapped',
  )
  assertBlobs(
    revocationLists.map((it) => it?.list),
    'revocationLists[#].list',
  )
}

/** # is where the index goes. */
function assertBlobs(blobs: readonly unknown[], path: string): void {
  for (const [i, blob] of blobs.entries()) {
    if (isBytes(blob)) continue
    const name = path.replace('#', String(i))
    throw new TypeError(`record.${name}: a Uint8Array (JSON.parse does not give bytes back)`)
  }
}
