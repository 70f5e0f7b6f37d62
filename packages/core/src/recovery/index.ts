/**
 * Recovery shares that prove themselves, kits to print, and how guardians give them back. The format is spec/recovery.md.
 *
 * @packageDocumentation
 */
export type { PinOptions, ShareInput } from './assess'
export { checkShares, combineShares } from './combine-shares'
export { createRecoverySet, type RecoverySet, type RecoverySetOptions } from './create-recovery-set'
export { decodeShare, encodeShare, shareQr } from './encode-share'
export { inspectShare, type ShareSummary } from './inspect-share'
export { type RecoveryKit, type RecoveryKitOptions, recoveryKit } from './kit'
export { type KitFacts, readKit } from './read-kit'
export {
  type ReceiveShareOptions,
  type ReleaseShareOptions,
  receiveShare,
  releaseCode,
  releaseShare,
} from './release'
export {
  type BadReason,
  type BadShare,
  type RivalSet,
  SharesError,
  type SharesReport,
} from './report'
export {
  type ExpectedShare,
  type OpenShareOptions,
  openShare,
  type SealShareOptions,
  sealShare,
} from './sealed-share'
export type { SetTerms } from './share'
