/**
 * Backups under an account key: sealed, padded, streamed, named by hashes. The format is spec/backup.md.
 *
 * @packageDocumentation
 */
export {
  type AcceptedBackups,
  type AcceptedBackupsOptions,
  acceptedBackups,
  type RefusedBackup,
} from './accepted'
export type { BackupReader, BackupWriter } from './account'
export { openDeviceName, sealDeviceName } from './device-name'
export type { SealBackupOptions } from './draft'
export { backupNameHashes, deviceIdHash, scopeHash } from './hashes'
export type { BackupMetadata } from './metadata'
export type { OpenBackupStreamOptions } from './object'
export { type OpenedBackup, openBackup } from './open'
export { type OpenBackupRangeOptions, type OpenedBackupRange, openBackupRange } from './open-range'
export { type OpenBackupStream, openBackupStream } from './open-stream'
export { padmeLength } from './padding'
export type { BackupProgress, RecordChunks, RecordedChunks } from './progress'
export type { BackupDraft, BackupRow } from './row'
export { sealBackup } from './seal'
export {
  type BackupUpload,
  type ResumeBackupStreamOptions,
  resumeBackupStream,
  type SealBackupStreamOptions,
  sealBackupStream,
} from './seal-stream'
export { type VerifiedBackup, type VerifyBackupOptions, verifyBackup } from './verify'
