import type { Opened, PublicIdentity, Sealable } from '@zkeb/core'
import type { CallOptions } from '../db/call'
import type { CallerTransaction } from '../db/caller-transaction'
import { storeError } from '../db/errors'
import { createMigrator, type Migrator } from '../db/migrate'
import { assertSchemaName } from '../db/schema'
import { type DatabaseSource, openSource } from '../db/source'
import { migrations } from '../migrations/index'
import { type AuditEntry, type AuditListOptions, listAudit } from './audit'
import { createBackground } from './background'
import type { VaultContext } from './context'
import { type Delivered, deliverEnvelope } from './deliver'
import { checkHealth, type Health } from './health'
import { inTransaction } from './in-transaction'
import { assertServiceName, type KeySource, STORAGE_KEY_BYTES } from './key-source'
import { type EnsureKeysOptions, ensureKeys, registerKeys, type ServiceIdentity } from './keys'
import { openStored, type VaultOpenOptions } from './open'
import { assertOptions } from './options'
import { type GetPromptOptions, getPrompt, type Prompt } from './prompts'
import { type SendOptions, type Sent, sendEnvelope } from './send'
import { askSource } from './trusted-keys'

/** What {@link createVault} needs. */
export interface VaultOptions {
  /** Connection string, pg.Pool, Kysely or PGlite. Only what the vault opens itself does it close. */
  readonly db: DatabaseSource
  /** The service this process is: `send` seals as it. 1 to 100 of a-z, 0-9 and -. */
  readonly service: string
  /** Where keys are: `fileKeys('./keys')`, `memoryKeys()`, or one of your own. */
  readonly keys: KeySource
  /** 32 bytes that seal prompt texts at rest, copied; default: the key source's for this service. */
  readonly storageKey?: Uint8Array
  /** Schema of the tables; default `public`. */
  readonly schema?: string
  /** `check` (default) refuses a database that is not migrated; `auto` migrates it. */
  readonly migrate?: 'check' | 'auto'
  /** Aborts the start. */
  readonly signal?: AbortSignal
}

const OPTIONS = [
  'db',
  'service',
  'keys',
  'storageKey',
  'schema',
  'migrate',
  'signal',
] as const satisfies readonly (keyof VaultOptions)[]

/** Stores prompts, seals them for services, and records who opened what. Made by {@link createVault}. */
export interface Vault {
  /** Seals data for a service and stores it. */
  send(data: Sealable, options: SendOptions): Promise<Sent>
  /**
   * Hands out an envelope for a receiver without access to the database. What is opened that way is not
   * recorded, single use or not: only `open` is bound by `singleUse`.
   */
  deliver(id: string, options?: CallOptions): Promise<Delivered>
  /** Opens an envelope, and returns its content once that is recorded. */
  open(id: string, options: VaultOpenOptions): Promise<Opened>
  readonly keys: {
    /** The active identity of a service; made and registered when there is none. */
    ensure(service: string, options?: EnsureKeysOptions): Promise<ServiceIdentity>
    /** Registers keys that were made elsewhere. */
    register(
      service: string,
      identity: PublicIdentity,
      options?: CallOptions,
    ): Promise<ServiceIdentity>
  }
  readonly prompts: {
    /** Reads a prompt and opens its text. Plaintext is refused unless `searchable: true` asks for it. */
    get(id: string, options?: GetPromptOptions): Promise<Prompt>
  }
  readonly audit: {
    /** The newest audit entries. */
    list(options?: AuditListOptions): Promise<readonly AuditEntry[]>
  }
  /**
   * The vault inside a transaction of yours: nothing is committed before you commit. What it refuses is recorded
   * outside, so that your rollback does not undo the record.
   */
  in(tx: CallerTransaction): VaultInTransaction
  readonly migrations: Migrator
  /** Whether the database answers and its tables are whole; never throws for a database that is down. */
  health(options?: CallOptions): Promise<Health>
  /** Closes the connections the vault opened. */
  close(): Promise<void>
}

/**
 * The vault inside a transaction of the caller's: what it does is committed or rolled back with everything else in
 * there. What hands out plaintext is not among it: a rollback would take back the record, but not what was seen.
 */
export type VaultInTransaction = Pick<Vault, 'send' | 'deliver'>

/**
 * Opens the prompt vault over a database.
 *
 * @throws TypeError for an argument that does not fit; DATABASE when it cannot be reached; SCHEMA_PENDING,
 *   SCHEMA_COLLISION, SCHEMA_DRIFT or SCHEMA_NEWER when the tables are not what this version works with
 */
export async function createVault(options: VaultOptions): Promise<Vault> {
  assertOptions(options, OPTIONS)
  const { service, keys, schema = 'public', migrate = 'check', signal } = options
  assertServiceName(service, 'service')
  assertSchemaName(schema)
  if (typeof keys?.publicIdentity !== 'function') {
    throw new TypeError('keys must be a key source: fileKeys(folder), memoryKeys(), or your own')
  }
  if (migrate !== 'check' && migrate !== 'auto') {
    throw new TypeError("migrate must be 'check' or 'auto'")
  }
  const { db, close } = openSource(options.db)
  try {
    const migrator = createMigrator({ db, schema, migrations })
    const { pending } = await migrator.status({ signal })
    if (pending.length > 0 && migrate === 'check') {
      throw storeError('SCHEMA_PENDING', `schema ${schema} lacks ${pending.join(', ')}`)
    }
    if (pending.length > 0) await migrator.up({ signal })
    const storageKey = await findStorageKey(options)
    const context = { db: db.withSchema(schema), schema, service, keys, storageKey }
    return assemble(context, { migrator, close })
  } catch (error) {
    await close()
    throw error
  }
}

function assemble(
  context: VaultContext,
  { migrator, close }: { readonly migrator: Migrator; readonly close: () => Promise<void> },
): Vault {
  const background = createBackground()
  return {
    send: (data, options) => sendEnvelope(context, data, options),
    deliver: (id, options) => deliverEnvelope(context, id, options),
    open: (id, options) => openStored(context, id, options),
    keys: {
      ensure: (service, options) => ensureKeys(context, service, options),
      register: (service, identity, options) => registerKeys(context, service, identity, options),
    },
    prompts: { get: (id, options) => getPrompt(context, id, options) },
    audit: { list: async (options) => listAudit(context, options) },
    in: (tx) => {
      const inside = inTransaction(context, tx, background)
      return {
        send: (data, options) => sendEnvelope(inside, data, options),
        deliver: (id, options) => deliverEnvelope(inside, id, options),
      }
    },
    migrations: migrator,
    health: (options) => checkHealth(context, migrator, options),
    close: async () => {
      await background.settle()
      await close()
    },
  }
}

async function findStorageKey({ keys, service, storageKey }: VaultOptions): Promise<Uint8Array> {
  const key = storageKey ?? (await askSource(async () => keys.storageKey?.(service)))
  if (key === undefined) {
    throw new TypeError(
      `storageKey is missing: give ${STORAGE_KEY_BYTES} random bytes, or a key source that keeps one`,
    )
  }
  if (!(key instanceof Uint8Array) || key.length !== STORAGE_KEY_BYTES) {
    throw new TypeError(`storageKey must be ${STORAGE_KEY_BYTES} bytes`)
  }
  // A copy: the caller may wipe its own.
  return new Uint8Array(key)
}
