import type { JsonObject } from '@zkeb/core'
import { sql } from 'kysely'
import { mapErrors, storeError } from '../db/errors'
import { utcText } from '../db/schema'
import { auditFailure, writeAudit } from './audit'
import { type CallOptions, table, toUuid, type VaultContext } from './context'
import { isSealedPromptText, openPromptText } from './prompt-text'

/** A stored prompt, opened. */
export interface Prompt {
  readonly id: string
  /** The content as it was sent. */
  readonly bytes: Uint8Array
  /** The content as UTF-8 text. Throws a TypeError when it is none. */
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
 * Reads a prompt and opens its text with the storage key.
 *
 * @throws NOT_FOUND; OPEN when the text is another row's, altered, or of another storage key
 */
export async function getPrompt(
  context: VaultContext,
  id: string,
  options: CallOptions = {},
): Promise<Prompt> {
  const promptId = toUuid(id, 'id')
  const event = {
    event: 'prompt_access',
    action: 'read',
    resourceType: 'prompt',
    resourceId: promptId,
  } as const
  try {
    const row = await readPrompt(context, promptId, options.signal)
    const sealed = isSealedPromptText(row.prompt_text)
    const bytes = sealed
      ? await openPromptText(context.storageKey, promptId, row.prompt_text)
      : new TextEncoder().encode(row.prompt_text)
    await mapErrors(options.signal, async () => {
      options.signal?.throwIfAborted()
      await writeAudit(context.db, context, event)
    })
    return toPrompt(promptId, { row, sealed, bytes })
  } catch (error) {
    const code: unknown = (error as { code?: unknown } | null)?.code
    if (typeof code === 'string' && !options.signal?.aborted) {
      await auditFailure(context, { ...event, error: code })
    }
    throw error
  }
}

function readPrompt(context: VaultContext, promptId: string, signal: AbortSignal | undefined) {
  return mapErrors(signal, async () => {
    signal?.throwIfAborted()
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
    text: () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
    sealed,
    ...(row.metadata !== null && { metadata: JSON.parse(row.metadata) as JsonObject }),
    status: row.status,
    version: row.version,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.created_by !== null && { createdBy: row.created_by }),
  }
}
