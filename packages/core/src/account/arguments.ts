import { assertOwner } from '../envelope/arguments'
import type { KeyringIdentity } from '../keys/keyring'
import type { AccountRecord } from './record'

/** Throws a TypeError for what is no identity with something that decrypts and signs. */
export function assertDevice(device: KeyringIdentity): void {
  assertOwner(device, 'device', 'decrypter')
  assertOwner(device, 'device', 'signer')
}

/** Throws a TypeError for what is no record. */
export function assertRecord(record: AccountRecord): void {
  const { manifests, slots, keys, wraps, revocationLists } = record ?? {}
  if ([manifests, slots, keys, wraps, revocationLists].every(Array.isArray)) return
  throw new TypeError('record: { manifests, slots, keys, wraps, revocationLists }, all arrays')
}
