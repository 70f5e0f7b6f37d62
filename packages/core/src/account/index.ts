/**
 * Account keys: generations, slots that unlock them, and the signed manifests that say which. The format is spec/account.md.
 *
 * @packageDocumentation
 */
export {
  Account,
  type ChangedAccount,
  type OpenAccountOptions,
  openAccount,
} from './account'
export type { KeyLabel } from './account-key'
export type { Amendments } from './amend'
export { applyChange } from './apply-change'
export { type Chain, type KnownAccount, type Pin, verifyChain } from './chain'
export { type CreateAccountOptions, createAccount } from './create'
export {
  type AcceptedAnswer,
  type AcceptedReveal,
  answerEnrolment,
  type EnrolmentAnswer,
  type EnrolmentPlace,
  type EnrolmentRequest,
  requestEnrolment,
} from './enrol'
export type {
  DeviceEntry,
  DeviceState,
  RevocationEntry,
  SlotEntry,
  SlotKind,
} from './entries'
export type { Manifest } from './manifest'
export { OpenedAccount } from './opened-account'
export type {
  AccountChange,
  AccountRecord,
  RevocationListRecord,
  SealedKeyRecord,
  WrappedKeyRecord,
} from './record'
export type { AcceptedBackup, RevocationList } from './revocation-list'
export { inspectSlot, type SlotSummary } from './slot'
export type { PasskeyPrf, SlotSecret, UnlockSecret } from './slot-kek'
export type { Revocation } from './succession'
export { UnlockedAccount, unlockAccount } from './unlock'
