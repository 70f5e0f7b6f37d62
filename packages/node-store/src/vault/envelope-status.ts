import { ZkebError } from '@zkeb/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { storeError } from '../db/errors'
import type { Database, EnvelopeStatus } from '../db/schema'
import { table, type VaultContext } from './context'
import { allUsable, type KeyUse, withUsable } from './key-lock'
import { keyError } from './trusted-keys'

/** States in which an envelope opens. */
function openStates(singleUse: boolean): readonly EnvelopeStatus[] {
  return singleUse ? ['pending', 'delivered'] : ['pending', 'delivered', 'decrypted']
}

/** An envelope that somebody opened, and the keys that this took. */
export interface UsedEnvelope {
  readonly envelopeId: string
  readonly promptId: string
  readonly singleUse: boolean
  readonly keys: readonly KeyUse[]
}

/**
 * For the WITH of a statement that opens, or lets open: the keys that may still be used, and the prompt if it was not deleted, both
 * locked until the transaction ends. {@link isOpenable} is its condition on the envelope.
 */
export function withOpenable(
  context: VaultContext,
  { promptId, keys }: Pick<UsedEnvelope, 'promptId' | 'keys'>,
): RawBuilder<unknown> {
  return sql`${withUsable(context, keys, 'open')}, prompt AS (
    SELECT id FROM ${table(context, 'prompts')}
    WHERE id = ${promptId}::text::uuid AND deleted_at IS NULL FOR SHARE)`
}

/** See {@link withOpenable}; `e` is the envelope. */
export function isOpenable({ envelopeId, singleUse, keys }: UsedEnvelope): RawBuilder<unknown> {
  return sql`e.id = ${envelopeId}::text::uuid AND e.prompt_id = prompt.id AND e.deleted_at IS NULL
    AND e.status IN (${sql.join(openStates(singleUse))}) AND ${allUsable(keys)}`
}

/**
 * Sets `decrypted`, and nothing else of the envelope: all other columns are the signed ones. One statement looks at status,
 * prompt and keys and changes the status.
 *
 * @throws REPLAYED, EXPIRED, NOT_FOUND or KEY when it must not be opened (any more)
 */
export async function setDecrypted(
  trx: Kysely<Database>,
  context: VaultContext,
  used: UsedEnvelope,
): Promise<void> {
  const { rows } = await sql`
    WITH ${withOpenable(context, used)}
    UPDATE ${table(context, 'envelopes')} AS e SET status = 'decrypted'
    FROM prompt WHERE ${isOpenable(used)} RETURNING e.id`.execute(trx)
  if (rows.length === 0) throw await whyNotOpenable(trx, context, used)
}

/** Why {@link isOpenable} found no envelope. */
export async function whyNotOpenable(
  trx: Kysely<Database>,
  context: VaultContext,
  used: UsedEnvelope,
): Promise<ZkebError<string>> {
  const { envelopeId, singleUse } = used
  const { rows } = await sql<{ status: EnvelopeStatus }>`
    SELECT e.status FROM ${table(context, 'envelopes')} AS e
    JOIN ${table(context, 'prompts')} AS p ON p.id = e.prompt_id AND p.deleted_at IS NULL
    WHERE e.id = ${envelopeId}::text::uuid AND e.deleted_at IS NULL`.execute(trx)
  const status = rows[0]?.status
  if (status === undefined) return storeError('NOT_FOUND', `no envelope ${envelopeId}`)
  if (status === 'expired') return new ZkebError('EXPIRED', 'the envelope has expired')
  if (status === 'decrypted' && singleUse) return replayed()
  return keyError('a key was revoked meanwhile', 'a revoked key neither opens nor is believed')
}

export function replayed(): ZkebError {
  return new ZkebError('REPLAYED', 'the envelope opens once and was opened', {
    hint: 'ask the sender for a new one',
  })
}
