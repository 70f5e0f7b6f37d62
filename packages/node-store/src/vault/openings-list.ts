import type { JsonObject } from '@zkeb/core'
import { sql } from 'kysely'
import { utcText } from '../db/schema'
import { assertBoolean, assertName, between, equals } from './arguments'
import { toUuid, type VaultContext } from './context'
import { assertOptions } from './options'
import { PAGE_OPTIONS, type Page, type PageOptions, readPage } from './page'

/** A row of `envelope_decryptions`: one opening, tried or done. */
export interface OpeningEntry {
  readonly id: string
  readonly envelopeId: string
  /** When it was recorded; of a receipt, `metadata` says when it is said to have happened. */
  readonly at: Date
  /** The service that opened. */
  readonly by: string
  readonly successful: boolean
  /** Whether it came as far as finding the sender's signature good. */
  readonly signatureVerified: boolean
  /** The error code when it failed. */
  readonly error?: string
  readonly ipAddress?: string
  readonly userAgent?: string
  /** `{ receipt: { digest, openedAt } }` of an opening that a receipt reported (spec/receipt.md). */
  readonly metadata?: JsonObject
}

/** Which openings; each filter has an index, and all given ones must hold. */
export interface OpeningListOptions extends PageOptions {
  readonly envelopeId?: string
  /** The service that opened. */
  readonly by?: string
  readonly successful?: boolean
  readonly signatureVerified?: boolean
  /** From this moment on. */
  readonly since?: Date
  /** Before this moment. */
  readonly until?: Date
}

const OPTIONS = [
  'envelopeId',
  'by',
  'successful',
  'signatureVerified',
  'since',
  'until',
  ...PAGE_OPTIONS,
] as const satisfies readonly (keyof OpeningListOptions)[]

/** The newest openings, failed ones too. */
export async function listOpenings(
  context: VaultContext,
  options: OpeningListOptions = {},
): Promise<Page<OpeningEntry>> {
  assertOptions(options, OPTIONS)
  const { envelopeId, by, successful, signatureVerified } = options
  const id = envelopeId === undefined ? undefined : toUuid(envelopeId, 'envelopeId')
  assertName(by, 'by')
  assertBoolean(successful, 'successful')
  assertBoolean(signatureVerified, 'signatureVerified')
  return readPage<OpeningRow, OpeningEntry>(
    context,
    {
      from: 'envelope_decryptions',
      columns: sql`envelope_id::text, ${utcText('decrypted_at')} AS at, decrypted_by,
        decryption_successful, signature_verified, error_message, host(ip_address) AS ip_address,
        user_agent, metadata::text AS metadata`,
      where: [
        ...equals('envelope_id', id),
        ...equals('decrypted_by', by),
        ...equals('decryption_successful', successful),
        ...equals('signature_verified', signatureVerified),
        ...between('decrypted_at', options),
      ],
      newestBy: 'decrypted_at',
      toItem,
    },
    options,
  )
}

interface OpeningRow {
  readonly id: string
  readonly envelope_id: string
  readonly at: string
  readonly decrypted_by: string
  readonly decryption_successful: boolean
  readonly signature_verified: boolean
  readonly error_message: string | null
  readonly ip_address: string | null
  readonly user_agent: string | null
  readonly metadata: string | null
}

function toItem(row: OpeningRow): OpeningEntry {
  return {
    id: row.id,
    envelopeId: row.envelope_id,
    at: new Date(row.at),
    by: row.decrypted_by,
    successful: row.decryption_successful,
    signatureVerified: row.signature_verified,
    ...(row.error_message !== null && { error: row.error_message }),
    ...(row.ip_address !== null && { ipAddress: row.ip_address }),
    ...(row.user_agent !== null && { userAgent: row.user_agent }),
    ...(row.metadata !== null && { metadata: JSON.parse(row.metadata) as JsonObject }),
  }
}
