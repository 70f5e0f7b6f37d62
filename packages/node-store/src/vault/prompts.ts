import { type JsonObject, ZkebError } from '@zkeb/core'
import { sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import { storeError } from '../db/errors'
import { utcText } from '../db/schema'
import { auditing, writeAudit } from './audit'
import { table, toUuid, type VaultContext } from './context'
import { isSealedPromptText, openPromptText } from './prompt-text'

/** A stored prompt, opened. */
export interface Prompt {
  readonly id: string
  /** The content as it was sent. */
  readonly bytes: Uint8Array
  /** The content as text. Throws `FORMAT` where it is not UTF-8. */
  text(): string
  /** False when it was sent with `searchable: true` and lies in the database as plaintext. */
  readonly sealed: boolean
  readonly metadata?: JsonObject
  readonly status: 'active' | 'archived' | 'deleted'
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly createdBy?: string
}

export interface GetPromptOptions extends CallOptions {
  /**
   * Whether plaintext is taken, as `send` stores it with `searchable: true`. Whoever can write the database
   * can write any: nothing of it is authenticated.
   */
  readonly searchable?: boolean
}

interface PromptRow {
  readonly prompt_text: string
  readonly metadata: string | null
  readonly status: Prompt['status']
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
  readonly created_by: string | null
}

/**
 * Reads a prompt and opens its text with the storage key. Plaintext is refused unless `searchable: true` asks
 * for it, so that nobody can write one over a sealed text unnoticed.
 *
 * @throws NOT_FOUND; FORMAT for a text that is not sealed; OPEN when the text is another row's, altered, or of
 *   another storage key
 */
export async function getPrompt(
  context: VaultContext,
  id: string,
  options: GetPromptOptions = {},
): Promise<Prompt> {
  const promptId = toUuid(id, 'id')
  const { signal, searchable = false } = options
  const event = {
    event: 'prompt_access',
    action: 'read',
    resourceType: 'prompt',
    resourceId: promptId,
  } as const
  return auditing(context, event, signal, async () => {
    const row = await readPrompt(context, promptId, signal)
    const sealed = !searchable || isSealedPromptText(row.prompt_text)
    const bytes = sealed
      ? await openPromptText(context.storageKey, promptId, row.prompt_text)
      : new TextEncoder().encode(row.prompt_text)
    await inDatabase(signal, () => writeAudit(context.db, context, event))
    return toPrompt(promptId, { row, sealed, bytes })
  })
}

function readPrompt(context: VaultContext, promptId: string, signal: AbortSignal | undefined) {
  return inDatabase(signal, async () => {
    const { rows } = await sql<PromptRow>`
      SELECT prompt_text, prompt_metadata::text AS metadata, status, version,
        ${utcText('created_at')} AS created_at, ${utcText('updated_at')} AS updated_at, created_by
      FROM ${table(context, 'prompts')}
      WHERE id = ${promptId}::text::uuid AND deleted_at IS NULL`.execute(context.db)
    const row = rows[0]
    if (row === undefined) throw storeError('NOT_FOUND', `no prompt ${promptId}`)
    return row
  })
}

function toPrompt(
  id: string,
  {
    row,
    sealed,
    bytes,
  }: { readonly row: PromptRow; readonly sealed: boolean; readonly bytes: Uint8Array },
): Prompt {
  return {
    id,
    bytes,
    text: () => toText(bytes),
    sealed,
    ...(row.metadata !== null && { metadata: JSON.parse(row.metadata) as JsonObject }),
    status: row.status,
    version: row.version,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.created_by !== null && { createdBy: row.created_by }),
  }
}

function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ZkebError('FORMAT', 'the content is not UTF-8 text', { hint: 'use .bytes' })
  }
}
