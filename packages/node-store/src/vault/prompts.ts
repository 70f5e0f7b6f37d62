import { ZkebError } from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import { storeError } from '../db/errors'
import type { Database } from '../db/schema'
import { auditing, writeAudit } from './audit'
import { CACHED_MS, hasShape, readCached, type Shape } from './cached'
import { table, toUuid, type VaultContext } from './context'
import { CACHE_KEYS } from './fencing'
import {
  type PromptSummary,
  SUMMARY_COLUMNS,
  SUMMARY_SHAPE,
  type SummaryRow,
  toSummary,
} from './prompt-list'
import { isSealedPromptText, openPromptText } from './prompt-text'

/** A stored prompt, opened. Only its content is authenticated, where it was sealed. */
export interface Prompt extends PromptSummary {
  /** The content as it was sent. */
  readonly bytes: Uint8Array
  /** The content as text. Throws `FORMAT` where it is not UTF-8. */
  text(): string
  /** False when it was sent with `searchable: true` and lies in the database as plaintext. */
  readonly sealed: boolean
}

export interface GetPromptOptions extends CallOptions {
  /**
   * Whether plaintext is taken, as `send` stores it with `searchable: true`. Whoever can write the database
   * can write any: nothing of it is authenticated.
   */
  readonly searchable?: boolean
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
    const row = await inDatabase(signal, () => readPromptCached(context, promptId))
    const opened = await openPrompt(context, row, searchable)
    await inDatabase(signal, () => writeAudit(context.db, context, event))
    return opened
  })
}

/** A row of `prompts` with its text. */
type PromptRow = SummaryRow & { readonly id: string; readonly prompt_text: string }

/** @throws NOT_FOUND when there is none, or it was deleted */
export async function readPrompt(
  db: Kysely<Database>,
  context: VaultContext,
  promptId: string,
): Promise<PromptRow> {
  const { rows } = await sql<PromptRow>`
    SELECT id::text AS id, prompt_text, ${SUMMARY_COLUMNS}
    FROM ${table(context, 'prompts')}
    WHERE id = ${promptId}::text::uuid AND deleted_at IS NULL`.execute(db)
  const row = rows[0]
  // An operator on the search path can make `id = $1` true of another row.
  if (row?.id === promptId) return row
  throw storeError('NOT_FOUND', `no prompt ${promptId}`)
}

/** Only sealed texts are cached, so plaintext found there is nobody's. */
function readPromptCached(context: VaultContext, promptId: string): Promise<PromptRow> {
  return readCached<PromptRow>(context, {
    key: CACHE_KEYS.prompt(promptId),
    load: async () => {
      const value = await readPrompt(context.db, context, promptId)
      return { value, ttlMs: isSealedPromptText(value.prompt_text) ? CACHED_MS.prompt : 0 }
    },
    accept: (cached) => {
      const isRow = hasShape(cached, PROMPT_SHAPE) && cached.id === promptId
      return isRow && isSealedPromptText(cached.prompt_text) ? cached : undefined
    },
  })
}

const PROMPT_SHAPE: Shape<PromptRow> = { id: 'text', prompt_text: 'text', ...SUMMARY_SHAPE }

/** Opens a prompt's text. Throws as {@link getPrompt}. */
export async function openPrompt(
  context: VaultContext,
  row: PromptRow,
  searchable: boolean,
): Promise<Prompt> {
  const sealed = !searchable || isSealedPromptText(row.prompt_text)
  const bytes = sealed
    ? await openPromptText(context.storageKey, row.id, row.prompt_text)
    : new TextEncoder().encode(row.prompt_text)
  return { ...toSummary(row), bytes, text: () => toText(bytes), sealed }
}

function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ZkebError('FORMAT', 'the content is not UTF-8 text', { hint: 'use .bytes' })
  }
}
