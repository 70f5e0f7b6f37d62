import { randomUUID } from 'node:crypto'
import { type JsonObject, type Sealable, toPlaintext } from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import type { CallOptions } from '../db/call'
import { SQLSTATE, sqlState, storeError } from '../db/errors'
import { type Database, jsonb } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { toMetadataText } from './arguments'
import { auditing, writeAudit } from './audit'
import { currentAuditContext } from './audit-context'
import { table, type VaultContext } from './context'
import { assertOptions } from './options'
import { assertSearchable, sealPromptText } from './prompt-text'
import { toSecret } from './secret'

export interface CreatePromptOptions extends CallOptions {
  /**
   * What the prompt can be found by. Only high entropy, such as a random token: its plain SHA-256 is stored,
   * from which a password or a name can be guessed. Default: 32 random bytes.
   */
  readonly secret?: string | Uint8Array
  /** Stores the text as PLAINTEXT, so that full-text search finds it. Text only. */
  readonly searchable?: boolean
  /** JSON object of at most 16 KiB that lies beside the text, readable and not authenticated. */
  readonly metadata?: JsonObject
}

/** A prompt that was stored. */
export interface CreatedPrompt {
  readonly id: string
  /** 1: what the first `update` gives. */
  readonly version: number
  /** Base64url of the 32 random bytes, when no `secret` was given. Not stored: this is the only copy. */
  readonly secret?: string
}

/** A row of `prompts` that is to be. */
export interface NewPrompt {
  readonly promptId: string
  /** As it is stored: sealed, or plaintext that is to be searched. */
  readonly promptText: string
  /** JSON text. */
  readonly metadata: string | null
  readonly secretHash: string
}

const OPTIONS = [
  'secret',
  'searchable',
  'metadata',
  'signal',
] as const satisfies readonly (keyof CreatePromptOptions)[]

/**
 * Stores a prompt, sealed with the storage key unless `searchable`, and sends it to nobody.
 *
 * @throws PAYLOAD_TOO_LARGE when a searchable text is too long for the index; LIMIT beyond 64 MiB; DATABASE when it was
 *   not stored, or when that cannot be found out (the hint tells which)
 */
export async function createPrompt(
  context: VaultContext,
  data: Sealable,
  options: CreatePromptOptions = {},
): Promise<CreatedPrompt> {
  assertOptions(options, OPTIONS)
  const { signal, searchable = false } = options
  const metadata = toMetadataText(options.metadata)
  const { secret, secretHash } = toSecret(options.secret)
  const promptId = randomUUID()
  const promptText = await toPromptText(context, promptId, { data, searchable })
  const event = {
    event: 'prompt_access',
    action: 'create',
    resourceType: 'prompt',
    resourceId: promptId,
  } as const
  await auditing(context, event, signal, () =>
    transactCertainly({
      db: context.db,
      signal,
      work: async (trx) => {
        const prompt = { promptId, promptText, metadata, secretHash }
        await whereIndexed(() => promptInsert(trx, context, prompt).execute())
        signal?.throwIfAborted()
        await writeAudit(trx, context, event)
      },
      wasCommitted: (trx) => isPromptThere(trx, context, promptId),
    }),
  )
  return { id: promptId, version: 1, ...(secret !== undefined && { secret }) }
}

/** What `prompt_text` holds for this content. Throws a TypeError for what cannot be sealed, or searched. */
export async function toPromptText(
  context: VaultContext,
  promptId: string,
  { data, searchable }: { readonly data: Sealable; readonly searchable: boolean },
): Promise<string> {
  if (!searchable) return sealPromptText(context.storageKey, promptId, toPlaintext(data))
  assertSearchable(data)
  // What is stored must read back the same: UTF-8 has no lone surrogates.
  toPlaintext(data)
  return data
}

/** The statement that inserts a prompt, to be run {@link whereIndexed}. */
export function promptInsert(db: Kysely<Database>, context: VaultContext, prompt: NewPrompt) {
  const actor = currentActor(context)
  return db.insertInto('prompts').values({
    id: prompt.promptId,
    prompt_text: prompt.promptText,
    prompt_metadata: jsonb(prompt.metadata),
    secret_hash: prompt.secretHash,
    created_by: actor,
    updated_by: actor,
  })
}

/** Who changes a row: the actor of the request, else the service of the vault. */
export function currentActor({ service }: VaultContext): string {
  return currentAuditContext().actor ?? service
}

/** Runs a write of `prompt_text`. Throws PAYLOAD_TOO_LARGE when the full-text index refuses it. */
export async function whereIndexed<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (sqlState(error) !== SQLSTATE.programLimitExceeded) throw error
    throw storeError('PAYLOAD_TOO_LARGE', 'the text is too long for the full-text index')
  }
}

/**
 * Whether a new prompt was committed. Asked by inserting its id again and taking that back: unlike reading, that
 * waits for the lost transaction, if the server still runs it.
 */
export async function isPromptThere(
  db: Kysely<Database>,
  context: VaultContext,
  promptId: string,
): Promise<boolean> {
  await sql`SAVEPOINT zkeb_was_committed`.execute(db)
  const { rows } = await sql`
    INSERT INTO ${table(context, 'prompts')} (id, prompt_text, secret_hash)
    VALUES (${promptId}::text::uuid, '', '') ON CONFLICT (id) DO NOTHING RETURNING id`.execute(db)
  await sql`ROLLBACK TO SAVEPOINT zkeb_was_committed`.execute(db)
  return rows.length === 0
}
