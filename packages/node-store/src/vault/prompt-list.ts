import type { JsonObject } from '@zkeb/core'
import { type RawBuilder, sql } from 'kysely'
import { type PromptStatus, utcText } from '../db/schema'
import { assertOneOf, equals } from './arguments'
import type { Shape } from './cached'
import type { VaultContext } from './context'
import { assertOptions } from './options'
import { PAGE_OPTIONS, type Page, type PageOptions, readPage } from './page'
import { SEALED_PREFIX } from './prompt-text'
import { secretHashes } from './secret'

/** A prompt without its text, which lists never read. Nothing of it is authenticated. */
export interface PromptSummary {
  readonly id: string
  readonly metadata?: JsonObject
  readonly status: PromptStatus
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt?: Date
  readonly createdBy?: string
  readonly updatedBy?: string
}

export interface PromptListOptions extends PageOptions {
  /** Only these; default: all that are not deleted. */
  readonly status?: PromptStatus
}

const OPTIONS = ['status', ...PAGE_OPTIONS] as const satisfies readonly (keyof PromptListOptions)[]
const STATES = ['active', 'archived', 'deleted'] as const satisfies readonly PromptStatus[]
const MAX_QUERY = 1000

/** The newest prompts. */
export async function listPrompts(
  context: VaultContext,
  options: PromptListOptions = {},
): Promise<Page<PromptSummary>> {
  assertOptions(options, OPTIONS)
  const { status } = options
  assertOneOf(status, STATES, 'status')
  const where = status === 'deleted' ? [sql`deleted_at IS NOT NULL`] : [NOT_DELETED]
  return readPrompts(context, [...where, ...equals('status', status)], options)
}

/** The newest prompts of a secret: the one that `send` or `create` was given, or returned. */
export async function findPromptsBySecret(
  context: VaultContext,
  secret: string | Uint8Array,
  options: PageOptions = {},
): Promise<Page<PromptSummary>> {
  assertOptions(options, PAGE_OPTIONS)
  const hashes = sql`secret_hash IN (${sql.join(secretHashes(secret))})`
  return readPrompts(context, [hashes, NOT_DELETED], options)
}

/**
 * The newest prompts whose text holds the words of `query`, as web search engines read it ("a phrase", or, -not), in
 * English. Finds only what was stored with `searchable: true`: sealed texts cannot be searched.
 */
export async function searchPrompts(
  context: VaultContext,
  query: string,
  options: PageOptions = {},
): Promise<Page<PromptSummary>> {
  assertOptions(options, PAGE_OPTIONS)
  const fits = typeof query === 'string' && query.length > 0 && query.length <= MAX_QUERY
  if (!fits || query.includes('\0')) {
    throw new TypeError(`query must be 1 to ${MAX_QUERY} characters`)
  }
  const where = [
    sql`to_tsvector('english', prompt_text) @@ websearch_to_tsquery('english', ${query}::text)`,
    // Sealed texts are indexed, too, as one word of hex.
    sql`left(prompt_text, ${SEALED_PREFIX.length}::int) <> ${SEALED_PREFIX}`,
    NOT_DELETED,
  ]
  return readPrompts(context, where, options)
}

const NOT_DELETED = sql`deleted_at IS NULL`

function readPrompts(
  context: VaultContext,
  where: readonly RawBuilder<unknown>[],
  options: PageOptions,
): Promise<Page<PromptSummary>> {
  return readPage<SummaryRow, PromptSummary>(
    context,
    {
      from: 'prompts',
      columns: SUMMARY_COLUMNS,
      where,
      newestBy: 'created_at',
      toItem: toSummary,
    },
    options,
  )
}

/** What {@link toSummary} takes, beside the id. */
export const SUMMARY_COLUMNS = sql`prompt_metadata::text AS metadata, status, version,
  ${utcText('created_at')} AS created_at, ${utcText('updated_at')} AS updated_at,
  ${utcText('deleted_at')} AS deleted_at, created_by, updated_by`

export interface SummaryRow {
  readonly metadata: string | null
  readonly status: PromptStatus
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
  readonly deleted_at: string | null
  readonly created_by: string | null
  readonly updated_by: string | null
}

export const SUMMARY_SHAPE = {
  metadata: 'json?',
  status: 'text',
  version: 'count',
  created_at: 'time',
  updated_at: 'time',
  deleted_at: 'time?',
  created_by: 'text?',
  updated_by: 'text?',
} as const satisfies Shape<SummaryRow>

export function toSummary(row: SummaryRow & { readonly id: string }): PromptSummary {
  return {
    id: row.id,
    ...(row.metadata !== null && { metadata: JSON.parse(row.metadata) as JsonObject }),
    status: row.status,
    version: row.version,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.deleted_at !== null && { deletedAt: new Date(row.deleted_at) }),
    ...(row.created_by !== null && { createdBy: row.created_by }),
    ...(row.updated_by !== null && { updatedBy: row.updated_by }),
  }
}
