/**
 * Sealed prompts in PostgreSQL: send, deliver, open, audit. Tables and rules are those of spec/vault.md.
 *
 * @packageDocumentation
 */

export { isZkebError, ZkebError } from '@zkeb/core'
export type { CacheOptions, CacheTrouble } from './cache/cache'
export type { RateLimit } from './cache/rate-limit'
export type { RedisClient } from './cache/redis'
export type { CallOptions } from './db/call'
export type { CallerTransaction, QueryableTransaction } from './db/caller-transaction'
export {
  type ConflictError,
  isConflict,
  isRateLimited,
  type RateLimitedError,
  type StoreErrorCode,
} from './db/errors'
export type { MigrationStatus, Migrator } from './db/migrate'
export type { PGliteLike, PGliteQueryable, PGliteResults } from './db/pglite'
export type { EnvelopeStatus, KeyStatus, PromptStatus, VaultTables } from './db/schema'
export type { DatabaseSource } from './db/source'
export { type VaultMigrationProvider, vaultMigrations } from './migrations/provider'
export type { PartitionReport } from './policy/audit-partitions'
export type {
  Maintenance,
  MaintenanceReport,
  MaintenanceSchedule,
} from './policy/maintenance'
export type { ServiceIdentity } from './vault/active-keys'
export { vaultAssociatedData } from './vault/associated-data'
export { type AuditContext, runWithAuditContext } from './vault/audit-context'
export type { AuditEntry, AuditListOptions } from './vault/audit-list'
export { createVault, type VaultOptions } from './vault/create'
export type { CreatedPrompt, CreatePromptOptions } from './vault/create-prompt'
export type { Delivered } from './vault/deliver'
export { envKeys } from './vault/env-keys'
export type { EnvelopeInfo, EnvelopeListOptions } from './vault/envelopes'
export { fileKeys } from './vault/file-keys'
export type { VaultGrantOptions } from './vault/grant'
export type { Health, HealthWarning } from './vault/health'
export type { KeyInfo, KeyListOptions } from './vault/key-list'
export type { KeyRef, KeySource, SavedKeyIds } from './vault/key-source'
export type { EnsureKeysOptions, RegisterKeysOptions } from './vault/keys'
export { type Kms, type KmsServices, kmsKeys } from './vault/kms-keys'
export type { LimitedOperation, RateLimits } from './vault/limits'
export { memoryKeys } from './vault/memory-keys'
export type { VaultOpenOptions } from './vault/open'
export {
  type OpenedMigrator,
  type OpenMigratorOptions,
  openMigrator,
} from './vault/open-migrator'
export type { OpeningEntry, OpeningListOptions } from './vault/openings-list'
export type { Page, PageOptions } from './vault/page'
export type { ChangedPrompt, UpdatePromptOptions } from './vault/prompt-changes'
export type { PromptListOptions, PromptSummary } from './vault/prompt-list'
export type { GetPromptOptions, Prompt } from './vault/prompts'
export { type OpeningReceipt, type SignReceiptOptions, signReceipt } from './vault/receipt'
export type { RecordOpeningOptions } from './vault/record-receipt'
export type { RotateKeysOptions } from './vault/rotate-keys'
export type { SealPromptOptions, SendOptions, Sent, SentPrompt } from './vault/send'
export type {
  EnvelopeOperations,
  KeyOperations,
  PromptOperations,
  Vault,
  VaultInTransaction,
} from './vault/vault'
