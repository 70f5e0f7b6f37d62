/**
 * Sealed prompts in PostgreSQL: send, deliver, open, audit. Tables and rules are those of spec/vault.md.
 *
 * @packageDocumentation
 */

export { isZkebError, ZkebError } from '@zkeb/core'
export type { CallOptions } from './db/call'
export type { CallerTransaction, QueryableTransaction } from './db/caller-transaction'
export type { StoreErrorCode } from './db/errors'
export type { MigrationStatus, Migrator } from './db/migrate'
export type { PGliteLike, PGliteQueryable, PGliteResults } from './db/pglite'
export type { DatabaseSource } from './db/source'
export { vaultAssociatedData } from './vault/associated-data'
export type { AuditEntry, AuditListOptions } from './vault/audit'
export { type AuditContext, runWithAuditContext } from './vault/audit-context'
export { createVault, type Vault, type VaultInTransaction, type VaultOptions } from './vault/create'
export type { Delivered } from './vault/deliver'
export { fileKeys } from './vault/file-keys'
export type { Health } from './vault/health'
export type { KeyRef, KeySource, SavedKeyIds } from './vault/key-source'
export type { EnsureKeysOptions, ServiceIdentity } from './vault/keys'
export { memoryKeys } from './vault/memory-keys'
export type { VaultOpenOptions } from './vault/open'
export type { GetPromptOptions, Prompt } from './vault/prompts'
export type { SendOptions, Sent } from './vault/send'
