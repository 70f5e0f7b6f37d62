/**
 * Account keys: generations, slots that unlock them, and the signed manifests that say which. The format is spec/account.md.
 *
 * @packageDocumentation
 */
export { type Chain, type KnownAccount, type Pin, verifyChain } from './chain'
export type {
  DeviceEntry,
  DeviceState,
  Holder,
  HolderKeys,
  RevocationEntry,
  SlotEntry,
  SlotKind,
} from './entries'
export { type Manifest, type ManifestBody, readManifest } from './manifest'
export {
  type AcceptedBackup,
  type RevocationList,
  readRevocationList,
  writeRevocationList,
} from './revocation-list'
