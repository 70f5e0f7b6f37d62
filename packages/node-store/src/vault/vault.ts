import type { GrantJson, Opened, PublicIdentity, Sealable } from '@zkeb/core'
import type { CallOptions } from '../db/call'
import type { CallerTransaction } from '../db/caller-transaction'
import type { Migrator } from '../db/migrate'
import type { Maintenance } from '../policy/maintenance'
import type { ServiceIdentity } from './active-keys'
import type { AuditEntry, AuditListOptions } from './audit-list'
import type { CreatedPrompt, CreatePromptOptions } from './create-prompt'
import type { Delivered } from './deliver'
import type { EnvelopeInfo, EnvelopeListOptions } from './envelopes'
import type { VaultGrantOptions } from './grant'
import type { Health } from './health'
import type { KeyInfo, KeyListOptions } from './key-list'
import type { EnsureKeysOptions, RegisterKeysOptions } from './keys'
import type { VaultOpenOptions } from './open'
import type { OpeningEntry, OpeningListOptions } from './openings-list'
import type { Page, PageOptions } from './page'
import type { ChangedPrompt, UpdatePromptOptions } from './prompt-changes'
import type { PromptListOptions, PromptSummary } from './prompt-list'
import type { GetPromptOptions, Prompt } from './prompts'
import type { OpeningReceipt } from './receipt'
import type { RecordOpeningOptions } from './record-receipt'
import type { RotateKeysOptions } from './rotate-keys'
import type { SealPromptOptions, SendOptions, Sent, SentPrompt } from './send'

/** Stores prompts, seals them for services, and records who opened what. Made by `createVault`. */
export interface Vault {
  /** Seals data for one service or several and stores it. */
  send(data: Sealable, options: SendOptions): Promise<Sent>
  /**
   * Hands out an envelope for a receiver without access to the database. What is opened that way is recorded only if
   * the receiver reports it (`recordOpening`), single use or not: `singleUse` binds `open`.
   */
  deliver(id: string, options?: CallOptions): Promise<Delivered>
  /** Opens an envelope, as a recipient or by a grant, and returns its content once that is recorded. */
  open(id: string, options: VaultOpenOptions): Promise<Opened>
  /** Lets another service open an envelope that one of its recipients can open. */
  grant(id: string, options: VaultGrantOptions): Promise<GrantJson>
  /** Records an opening without the database, by the reader's receipt (`signReceipt`). */
  recordOpening(receipt: OpeningReceipt | string, options?: RecordOpeningOptions): Promise<void>
  readonly prompts: PromptOperations
  readonly envelopes: EnvelopeOperations
  readonly openings: {
    /** The newest openings, failed ones too. */
    list(options?: OpeningListOptions): Promise<Page<OpeningEntry>>
  }
  readonly keys: KeyOperations
  readonly audit: {
    /** The newest audit entries. */
    list(options?: AuditListOptions): Promise<Page<AuditEntry>>
  }
  /**
   * The vault inside a transaction of yours: nothing is committed before you commit. What it refuses is recorded
   * outside, so that your rollback does not undo the record.
   */
  in(tx: CallerTransaction): VaultInTransaction
  readonly migrations: Migrator
  readonly maintenance: Maintenance
  /** Whether the database answers and its tables are whole; never throws for a database that is down. */
  health(options?: CallOptions): Promise<Health>
  /** Stops maintenance and closes the connections the vault opened. */
  close(): Promise<void>
}

/**
 * The vault inside a transaction of the caller's: what it does is committed or rolled back with everything else in
 * there. What hands out plaintext is not among it: a rollback would take back the record, but not what was seen. Nor are keys: a revocation
 * must not wait for a commit.
 */
export interface VaultInTransaction
  extends Pick<Vault, 'send' | 'deliver' | 'grant' | 'recordOpening' | 'envelopes'> {
  readonly prompts: Omit<PromptOperations, 'get'>
}

/** What can be done with prompts. */
export interface PromptOperations {
  /** Stores a prompt without sending it. */
  create(data: Sealable, options?: CreatePromptOptions): Promise<CreatedPrompt>
  /** Reads a prompt and opens its text. Plaintext is refused unless `searchable: true` asks for it. */
  get(id: string, options?: GetPromptOptions): Promise<Prompt>
  /** Changes it where it still has the version that was read; else a CONFLICT that carries the current one. */
  update(id: string, options: UpdatePromptOptions): Promise<ChangedPrompt>
  /** Takes it out of use: it is read and its envelopes open, but it is not changed or sealed again. */
  archive(id: string, options?: CallOptions): Promise<ChangedPrompt>
  /** Deletes it softly: neither it nor its envelopes are read or opened until it is restored. */
  delete(id: string, options?: CallOptions): Promise<ChangedPrompt>
  /** Makes a deleted or archived prompt active again. */
  restore(id: string, options?: CallOptions): Promise<ChangedPrompt>
  /** Seals its content as of now once more, in an envelope of its own. */
  send(id: string, options: SealPromptOptions): Promise<SentPrompt>
  /** The newest prompts, without their texts. */
  list(options?: PromptListOptions): Promise<Page<PromptSummary>>
  /** The newest prompts of a secret that `send` or `create` was given, or returned. */
  findBySecret(secret: string | Uint8Array, options?: PageOptions): Promise<Page<PromptSummary>>
  /** The newest searchable prompts with the words of a query, in English. */
  search(query: string, options?: PageOptions): Promise<Page<PromptSummary>>
}

/** What can be done with envelopes beside opening them. */
export interface EnvelopeOperations {
  /** What the database says of it, without its ciphertext. */
  get(id: string, options?: CallOptions): Promise<EnvelopeInfo>
  /** The newest envelopes. */
  list(options?: EnvelopeListOptions): Promise<Page<EnvelopeInfo>>
  /** Withdraws it: it opens no more. */
  expire(id: string, options?: CallOptions): Promise<void>
  /** Deletes it softly: it is neither read nor opened any more. */
  delete(id: string, options?: CallOptions): Promise<void>
}

/** What can be done with keys. */
export interface KeyOperations {
  /** The active identity of a service; made and registered when there is none. */
  ensure(service: string, options?: EnsureKeysOptions): Promise<ServiceIdentity>
  /** Registers keys that were made elsewhere. */
  register(
    service: string,
    identity: PublicIdentity,
    options?: RegisterKeysOptions,
  ): Promise<ServiceIdentity>
  /** Gives a service new keys: these seal, the old ones still open. */
  rotate(service: string, options?: RotateKeysOptions): Promise<ServiceIdentity>
  /** Revokes a key and the other one of its identity: they neither seal nor open. Returns their ids. */
  revoke(keyId: string, options?: CallOptions): Promise<readonly string[]>
  /** What the database says of one key. */
  get(keyId: string, options?: CallOptions): Promise<KeyInfo>
  /** The newest registered keys. */
  list(options?: KeyListOptions): Promise<Page<KeyInfo>>
}
