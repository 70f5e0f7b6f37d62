import type { JsonObject, Sealable, ZkebError } from '@zkeb/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { CallOptions } from '../db/call'
import { ConflictError, storeError } from '../db/errors'
import { type Database, jsonb, type PromptStatus } from '../db/schema'
import { toMetadataText } from './arguments'
import { changeRow } from './change'
import { table, toUuid, type VaultContext } from './context'
import { currentActor, toPromptText, whereIndexed } from './create-prompt'
import { CACHE_KEYS } from './fencing'
import { assertOptions } from './options'

export interface UpdatePromptOptions extends CallOptions {
  /** The version that was read: an update of any other one is a CONFLICT. */
  readonly version: number
  /** The new content; left out, it stays. */
  readonly data?: Sealable
  /** With `data`: stores it as PLAINTEXT, so that full-text search finds it. Text only. */
  readonly searchable?: boolean
  /** The new metadata; null takes it away, left out, it stays. */
  readonly metadata?: JsonObject | null
}

/** A prompt as a change left it. */
export interface ChangedPrompt {
  readonly id: string
  /** What the next `update` gives. */
  readonly version: number
}

const OPTIONS = [
  'version',
  'data',
  'searchable',
  'metadata',
  'signal',
] as const satisfies readonly (keyof UpdatePromptOptions)[]

/**
 * Changes an active prompt, where it still has the version that was read. Of several at once exactly one wins.
 * Envelopes that were sealed from it before keep what they hold.
 *
 * @throws CONFLICT (a `ConflictError` with `currentVersion`) when somebody else changed it first; NOT_FOUND; STATE
 *   when it is archived; PAYLOAD_TOO_LARGE when a searchable text is too long for the index
 */
export async function updatePrompt(
  context: VaultContext,
  id: string,
  options: UpdatePromptOptions,
): Promise<ChangedPrompt> {
  const promptId = toUuid(id, 'id')
  assertOptions(options, OPTIONS)
  const { version, data, searchable = false, metadata, signal } = options ?? {}
  if (!Number.isInteger(version) || version < 1) {
    throw new TypeError('version must be the version of the prompt that was read')
  }
  if (data === undefined && metadata === undefined) {
    throw new TypeError('data or metadata must be given: there is nothing to change')
  }
  if (data === undefined && searchable) throw new TypeError('searchable: only together with data')
  const assignments: RawBuilder<unknown>[] = []
  if (metadata !== undefined) {
    assignments.push(sql`prompt_metadata = ${jsonb(toMetadataText(metadata))}`)
  }
  if (data !== undefined) {
    const text = await toPromptText(context, promptId, { data, searchable })
    assignments.push(sql`prompt_text = ${text}`)
  }
  return change(context, { promptId, from: ['active'], version, assignments, signal })
}

/**
 * Takes an active prompt out of use: it can be read and its envelopes open, but it is not changed or sealed again.
 *
 * @throws NOT_FOUND; STATE when it is archived; CONFLICT when somebody changed it at the same moment
 */
export async function archivePrompt(
  context: VaultContext,
  id: string,
  options: CallOptions = {},
): Promise<ChangedPrompt> {
  return setStatus(context, id, { ...options, from: ['active'], to: 'archived' })
}

/**
 * Deletes a prompt softly: neither it nor its envelopes can be read or opened until it is restored.
 *
 * @throws NOT_FOUND; CONFLICT when somebody changed it at the same moment
 */
export async function deletePrompt(
  context: VaultContext,
  id: string,
  options: CallOptions = {},
): Promise<ChangedPrompt> {
  return setStatus(context, id, { ...options, from: ['active', 'archived'], to: 'deleted' })
}

/**
 * Makes a deleted or archived prompt active again, and its envelopes openable.
 *
 * @throws NOT_FOUND; STATE when it is active; CONFLICT when somebody changed it at the same moment
 */
export async function restorePrompt(
  context: VaultContext,
  id: string,
  options: CallOptions = {},
): Promise<ChangedPrompt> {
  return setStatus(context, id, { ...options, from: ['archived', 'deleted'], to: 'active' })
}

async function setStatus(
  context: VaultContext,
  id: string,
  { from, to, signal }: CallOptions & { from: readonly PromptStatus[]; to: PromptStatus },
): Promise<ChangedPrompt> {
  const promptId = toUuid(id, 'id')
  const assignments = [
    sql`status = ${to}`,
    sql`deleted_at = ${to === 'deleted' ? sql`CURRENT_TIMESTAMP` : sql`NULL`}`,
  ]
  const action = to === 'deleted' ? 'delete' : 'update'
  return change(context, { promptId, from, assignments, signal, action })
}

interface PromptChange extends CallOptions {
  readonly promptId: string
  /** The states it may be in. */
  readonly from: readonly PromptStatus[]
  readonly version?: number
  readonly assignments: readonly RawBuilder<unknown>[]
  readonly action?: 'update' | 'delete'
}

function change(context: VaultContext, options: PromptChange): Promise<ChangedPrompt> {
  const { promptId, signal, action = 'update' } = options
  return changeRow(context, {
    event: { event: 'prompt_access', action, resourceType: 'prompt', resourceId: promptId },
    of: 'prompts',
    signal,
    work: async (trx, fence) => {
      const changed = await whereIndexed(() => changePrompt(trx, context, options))
      if (action === 'delete') await fence.add(await envelopeKeys(trx, context, promptId))
      return changed
    },
  })
}

/** A prompt takes its envelopes along. It is locked, so that no further one can be added. */
async function envelopeKeys(
  trx: Kysely<Database>,
  context: VaultContext,
  promptId: string,
): Promise<readonly string[]> {
  if (context.cache === undefined) return []
  const { rows } = await sql<{ id: string }>`
    SELECT id::text AS id FROM ${table(context, 'envelopes')}
    WHERE prompt_id = ${promptId}::text::uuid`.execute(trx)
  return rows.map(({ id }) => CACHE_KEYS.envelope(id))
}

/** The guarded statement: state and version are looked at and changed in one. */
async function changePrompt(
  db: Kysely<Database>,
  context: VaultContext,
  { promptId, from, version, assignments }: PromptChange,
): Promise<ChangedPrompt> {
  const { rows } = await sql<{ version: number }>`
    UPDATE ${table(context, 'prompts')}
    SET ${sql.join(assignments)}, version = version + 1, updated_by = ${currentActor(context)}
    WHERE id = ${promptId}::text::uuid AND ${isIn(from)}
      ${version === undefined ? sql`` : sql`AND version = ${version}::int`}
    RETURNING version`.execute(db)
  if (rows[0] !== undefined) return { id: promptId, version: rows[0].version }
  throw await whyNotPrompt(db, context, { promptId, from })
}

function isIn(from: readonly PromptStatus[]): RawBuilder<unknown> {
  const status = sql`status IN (${sql.join(from)})`
  const mayBeDeleted = from.includes('deleted')
  return mayBeDeleted
    ? sql`(${status} OR deleted_at IS NOT NULL)`
    : sql`${status} AND deleted_at IS NULL`
}

/** Why a guarded statement found no prompt: NOT_FOUND, STATE, or CONFLICT. */
export async function whyNotPrompt(
  db: Kysely<Database>,
  context: VaultContext,
  { promptId, from }: { readonly promptId: string; readonly from: readonly PromptStatus[] },
): Promise<ZkebError<string>> {
  const { rows } = await sql<{ status: PromptStatus; version: number; deleted: boolean }>`
    SELECT status, version, deleted_at IS NOT NULL AS deleted FROM ${table(context, 'prompts')}
    WHERE id = ${promptId}::text::uuid`.execute(db)
  const row = rows[0]
  if (row === undefined || (row.deleted && !from.includes('deleted'))) {
    return storeError('NOT_FOUND', `no prompt ${promptId}`)
  }
  if (!from.includes(row.status)) return storeError('STATE', `the prompt is ${row.status}`)
  return new ConflictError(row.version)
}
