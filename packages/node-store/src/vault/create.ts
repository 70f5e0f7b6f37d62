import { type CacheOptions, createCache } from '../cache/cache'
import { storeError } from '../db/errors'
import { createMigrator, type Migrator } from '../db/migrate'
import { assertSchemaName } from '../db/schema'
import { type DatabaseSource, openSource } from '../db/source'
import { migrations } from '../migrations/index'
import {
  assertSchedule,
  createMaintenance,
  type MaintenanceSchedule,
  scheduleMaintenance,
} from '../policy/maintenance'
import { listAudit } from './audit-list'
import { createBackground } from './background'
import type { VaultContext } from './context'
import { createPrompt } from './create-prompt'
import { deliverEnvelope } from './deliver'
import { deleteEnvelope, expireEnvelope, getEnvelope, listEnvelopes } from './envelopes'
import { grantEnvelope } from './grant'
import { checkHealth } from './health'
import { inTransaction } from './in-transaction'
import { getKey, listKeys } from './key-list'
import { assertServiceName, type KeySource, STORAGE_KEY_BYTES } from './key-source'
import { ensureKeys, registerKeys } from './keys'
import { createLimiters, limited, type RateLimits } from './limits'
import { openStored } from './open'
import { listOpenings } from './openings-list'
import { assertOptions } from './options'
import { archivePrompt, deletePrompt, restorePrompt, updatePrompt } from './prompt-changes'
import { findPromptsBySecret, listPrompts, searchPrompts } from './prompt-list'
import { getPrompt } from './prompts'
import { recordReceipt } from './record-receipt'
import { revokeKey, rotateKeys } from './rotate-keys'
import { sendEnvelope, sendPrompt } from './send'
import { askSource } from './trusted-keys'
import type { Vault, VaultInTransaction } from './vault'

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
  /** Maintenance in this process; by default none, and somebody calls `vault.maintenance.run()`. */
  readonly maintenance?: MaintenanceSchedule
  /** Redis, for prompts, metadata of envelopes and keys that are read often; default: none. */
  readonly cache?: CacheOptions
  /** How often an operation may be called by one actor; counted in the Redis of `cache`, else by this process. */
  readonly rateLimits?: RateLimits
  /** Aborts the start. */
  readonly signal?: AbortSignal
}

const CACHE_OPTIONS = [
  'redis',
  'coherence',
  'onTrouble',
] as const satisfies readonly (keyof CacheOptions)[]
const OPTIONS = [
  'db',
  'service',
  'keys',
  'storageKey',
  'schema',
  'migrate',
  'maintenance',
  'cache',
  'rateLimits',
  'signal',
] as const satisfies readonly (keyof VaultOptions)[]

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
  const schedule = options.maintenance
  if (schedule !== undefined) {
    assertOptions(schedule, ['everySeconds'])
    assertSchedule(schedule)
  }
  if (options.cache !== undefined) assertOptions(options.cache, CACHE_OPTIONS)
  const cache = options.cache && createCache(options.cache)
  const source = openSource(options.db)
  const { db } = source
  const close = () => {
    cache?.close()
    return source.close()
  }
  try {
    const limiters = createLimiters(options.rateLimits ?? {}, { service, link: cache?.link })
    const migrator = createMigrator({ db, schema, migrations })
    const { pending } = await migrator.status({ signal })
    if (pending.length > 0 && migrate === 'check') {
      throw storeError('SCHEMA_PENDING', `schema ${schema} lacks ${pending.join(', ')}`)
    }
    if (pending.length > 0) await migrator.up({ signal })
    const storageKey = await findStorageKey(options)
    const context: VaultContext = {
      db: db.withSchema(schema),
      schema,
      service,
      keys,
      storageKey,
      cache,
      limiters,
    }
    return assemble(context, { migrator, schedule, close })
  } catch (error) {
    await close()
    throw error
  }
}

/** What a vault has beside its operations. */
interface Frame {
  readonly migrator: Migrator
  readonly schedule: MaintenanceSchedule | undefined
  readonly close: () => Promise<void>
}

function assemble(context: VaultContext, { migrator, schedule, close }: Frame): Vault {
  const background = createBackground()
  const maintenance = createMaintenance(context)
  const stop = schedule && scheduleMaintenance(maintenance, schedule)
  return {
    ...sharedOperations(context),
    open: limited(context, 'open', (id, options) => openStored(context, id, options)),
    prompts: {
      ...promptOperations(context),
      get: limited(context, 'prompts.get', (id, options) => getPrompt(context, id, options)),
    },
    openings: { list: (options) => listOpenings(context, options) },
    keys: {
      ensure: (service, options) => ensureKeys(context, service, options),
      register: (service, identity, options) => registerKeys(context, service, identity, options),
      rotate: (service, options) => rotateKeys(context, service, options),
      revoke: (keyId, options) => revokeKey(context, keyId, options),
      get: (keyId, options) => getKey(context, keyId, options),
      list: (options) => listKeys(context, options),
    },
    audit: { list: (options) => listAudit(context, options) },
    in: (tx) => {
      const inside = inTransaction(context, tx, background)
      return { ...sharedOperations(inside), prompts: promptOperations(inside) }
    },
    migrations: migrator,
    maintenance,
    health: (options) => checkHealth(context, migrator, options),
    close: async () => {
      await stop?.()
      await background.settle()
      await close()
    },
  }
}

/** What is done inside a caller's transaction as well. */
function sharedOperations(context: VaultContext): Omit<VaultInTransaction, 'prompts'> {
  return {
    send: limited(context, 'send', (data, options) => sendEnvelope(context, data, options)),
    deliver: limited(context, 'deliver', (id, options) => deliverEnvelope(context, id, options)),
    grant: limited(context, 'grant', (id, options) => grantEnvelope(context, id, options)),
    recordOpening: limited(context, 'recordOpening', (receipt, options) =>
      recordReceipt(context, receipt, options),
    ),
    envelopes: {
      get: (id, options) => getEnvelope(context, id, options),
      list: (options) => listEnvelopes(context, options),
      expire: (id, options) => expireEnvelope(context, id, options),
      delete: (id, options) => deleteEnvelope(context, id, options),
    },
  }
}

function promptOperations(context: VaultContext): VaultInTransaction['prompts'] {
  return {
    create: limited(context, 'prompts.create', (data, options) =>
      createPrompt(context, data, options),
    ),
    update: (id, options) => updatePrompt(context, id, options),
    archive: (id, options) => archivePrompt(context, id, options),
    delete: (id, options) => deletePrompt(context, id, options),
    restore: (id, options) => restorePrompt(context, id, options),
    send: limited(context, 'prompts.send', (id, options) => sendPrompt(context, id, options)),
    list: (options) => listPrompts(context, options),
    findBySecret: limited(context, 'prompts.findBySecret', (secret, options) =>
      findPromptsBySecret(context, secret, options),
    ),
    search: limited(context, 'prompts.search', (query, options) =>
      searchPrompts(context, query, options),
    ),
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
