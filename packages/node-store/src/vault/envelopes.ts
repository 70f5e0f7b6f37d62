import type { JsonObject } from '@zkeb/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import { storeError } from '../db/errors'
import { type Database, type EnvelopeStatus, utcText } from '../db/schema'
import { assertOneOf, between, equals } from './arguments'
import { isSingleUse } from './associated-data'
import { CACHED_MS, hasShape, readCached, type Shape, ttlColumn } from './cached'
import { changeRow } from './change'
import { table, toUuid, type VaultContext } from './context'
import { CACHE_KEYS } from './fencing'
import { assertOptions } from './options'
import { PAGE_OPTIONS, type Page, type PageOptions, readPage } from './page'

/** An envelope without its ciphertext. Nothing of it is authenticated: only opening proves it. */
export interface EnvelopeInfo {
  readonly id: string
  readonly promptId: string
  /** `pending`, `delivered` or `decrypted` (at least once); `expired` when it was withdrawn. */
  readonly status: EnvelopeStatus
  /** Whether it opens once. */
  readonly singleUse: boolean
  /** Key ids of the recipients, the primary one first. */
  readonly recipients: readonly string[]
  /** Key ids of those who may open by a grant. */
  readonly grantees: readonly string[]
  readonly senderKeyId?: string
  readonly metadata?: JsonObject
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly expiresAt?: Date
}

/** Which envelopes; each filter has an index, and all given ones must hold. */
export interface EnvelopeListOptions extends PageOptions {
  readonly promptId?: string
  readonly status?: EnvelopeStatus
  /** Only those that expire before this moment. */
  readonly expiresBefore?: Date
}

const OPTIONS = [
  'promptId',
  'status',
  'expiresBefore',
  ...PAGE_OPTIONS,
] as const satisfies readonly (keyof EnvelopeListOptions)[]
const STATES = ['pending', 'delivered', 'decrypted', 'expired'] as const

/**
 * What the database says of an envelope. Not an opening, and not recorded.
 *
 * @throws NOT_FOUND when there is none, or it or its prompt was deleted
 */
export async function getEnvelope(
  context: VaultContext,
  id: string,
  options: CallOptions = {},
): Promise<EnvelopeInfo> {
  const envelopeId = toUuid(id, 'id')
  assertOptions(options, ['signal'])
  const load = async () => {
    const { rows } = await sql<EnvelopeInfoRow & { readonly ttl_ms: number }>`
      SELECT id::text AS id, ${infoColumns(context)}, ${ttlColumn(CACHED_MS.envelope)}
      FROM ${table(context, 'envelopes')} AS t
      WHERE id = ${envelopeId}::text::uuid AND ${isThere(context)}`.execute(context.db)
    if (rows[0] === undefined) throw storeError('NOT_FOUND', `no envelope ${envelopeId}`)
    const { ttl_ms: ttlMs, ...value } = rows[0]
    return { value, ttlMs }
  }
  const accept = (cached: unknown) => {
    const isRow = hasShape(cached, INFO_SHAPE) && cached.id === envelopeId
    return isRow && STATES.includes(cached.status) && toInfo(cached) ? cached : undefined
  }
  const key = CACHE_KEYS.envelope(envelopeId)
  return inDatabase(options.signal, async () =>
    toInfo(await readCached<EnvelopeInfoRow>(context, { key, load, accept })),
  )
}

/** The newest envelopes that are not deleted, nor their prompts. */
export async function listEnvelopes(
  context: VaultContext,
  options: EnvelopeListOptions = {},
): Promise<Page<EnvelopeInfo>> {
  assertOptions(options, OPTIONS)
  const { promptId, status, expiresBefore } = options
  const prompt = promptId === undefined ? undefined : toUuid(promptId, 'promptId')
  assertOneOf(status, STATES, 'status')
  return readPage<EnvelopeInfoRow, EnvelopeInfo>(
    context,
    {
      from: 'envelopes',
      columns: infoColumns(context),
      where: [
        isThere(context),
        ...equals('prompt_id', prompt),
        ...equals('status', status),
        ...between('expires_at', { until: expiresBefore }),
      ],
      newestBy: 'created_at',
      toItem: toInfo,
    },
    options,
  )
}

/** Withdraws an envelope: its status becomes `expired`, and it opens no more. Expiring twice is STATE. */
export async function expireEnvelope(
  context: VaultContext,
  id: string,
  options: CallOptions = {},
): Promise<void> {
  await changeEnvelope(context, id, {
    ...options,
    action: 'update',
    assignment: sql`status = 'expired'`,
    from: ['pending', 'delivered', 'decrypted'],
  })
}

/** Deletes an envelope softly: it is neither read nor opened any more. */
export async function deleteEnvelope(
  context: VaultContext,
  id: string,
  options: CallOptions = {},
): Promise<void> {
  await changeEnvelope(context, id, {
    ...options,
    action: 'delete',
    assignment: sql`deleted_at = CURRENT_TIMESTAMP`,
    from: STATES,
  })
}

interface EnvelopeChange extends CallOptions {
  readonly action: 'update' | 'delete'
  readonly assignment: RawBuilder<unknown>
  readonly from: readonly EnvelopeStatus[]
}

async function changeEnvelope(
  context: VaultContext,
  id: string,
  { action, assignment, from, signal, ...unknown }: EnvelopeChange,
): Promise<void> {
  const envelopeId = toUuid(id, 'id')
  assertOptions(unknown, ['signal'])
  await changeRow(context, {
    event: {
      event: 'envelope_access',
      action,
      resourceType: 'envelope',
      resourceId: envelopeId,
    },
    of: 'envelopes',
    signal,
    work: async (trx) => {
      const { rows } = await sql`
        UPDATE ${table(context, 'envelopes')} SET ${assignment}
        WHERE id = ${envelopeId}::text::uuid AND deleted_at IS NULL
          AND status IN (${sql.join(from)}) RETURNING id`.execute(trx)
      if (rows.length === 0) throw await whyNotChanged(trx, context, envelopeId)
    },
  })
}

async function whyNotChanged(trx: Kysely<Database>, context: VaultContext, envelopeId: string) {
  const { rows } = await sql<{ status: string }>`
    SELECT status FROM ${table(context, 'envelopes')}
    WHERE id = ${envelopeId}::text::uuid AND deleted_at IS NULL`.execute(trx)
  const status = rows[0]?.status
  if (status === undefined) return storeError('NOT_FOUND', `no envelope ${envelopeId}`)
  return storeError('STATE', `the envelope is ${status}`, 'nothing is left to be done')
}

const isThere = (context: VaultContext) => sql`deleted_at IS NULL AND EXISTS (
  SELECT 1 FROM ${table(context, 'prompts')} AS p WHERE p.id = prompt_id AND p.deleted_at IS NULL)`

/** Of the envelope `t`. Lists of key ids are JSON text: the two drivers read arrays differently. */
function infoColumns(context: VaultContext): RawBuilder<unknown> {
  return sql`prompt_id::text, status, sender_private_key_id, metadata::text AS metadata,
    ${utcText('created_at')} AS created_at, ${utcText('updated_at')} AS updated_at,
    ${utcText('expires_at')} AS expires_at,
    (SELECT json_agg(r.receiver_public_key_id ORDER BY r.position)
      FROM ${table(context, 'envelope_recipients')} AS r
      WHERE r.envelope_id = t.id)::text AS recipients,
    (SELECT json_agg(g.receiver_public_key_id ORDER BY g.created_at)
      FROM ${table(context, 'envelope_grants')} AS g
      WHERE g.envelope_id = t.id)::text AS grantees`
}

interface EnvelopeInfoRow {
  readonly id: string
  readonly prompt_id: string
  readonly status: EnvelopeStatus
  readonly sender_private_key_id: string | null
  readonly metadata: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly expires_at: string | null
  readonly recipients: string | null
  readonly grantees: string | null
}

const INFO_SHAPE: Shape<EnvelopeInfoRow> = {
  id: 'text',
  prompt_id: 'text',
  status: 'text',
  sender_private_key_id: 'text?',
  metadata: 'json?',
  created_at: 'time',
  updated_at: 'time',
  expires_at: 'time?',
  recipients: 'json?',
  grantees: 'json?',
}

function toInfo(row: EnvelopeInfoRow): EnvelopeInfo {
  const metadata = row.metadata === null ? undefined : (JSON.parse(row.metadata) as JsonObject)
  const toIds = (json: string | null) =>
    (JSON.parse(json ?? '[]') as readonly (string | null)[]).filter((id) => id !== null)
  return {
    id: row.id,
    promptId: row.prompt_id,
    status: row.status,
    singleUse: isSingleUse(metadata),
    recipients: toIds(row.recipients),
    grantees: toIds(row.grantees),
    ...(row.sender_private_key_id !== null && { senderKeyId: row.sender_private_key_id }),
    ...(metadata !== undefined && { metadata }),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.expires_at !== null && { expiresAt: new Date(row.expires_at) }),
  }
}
