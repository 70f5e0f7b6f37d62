import { type RawBuilder, sql } from 'kysely'
import { inDatabase } from '../db/call'
import { table, type VaultContext } from './context'

/** A row of `envelope_grants`. */
interface StoredGrant {
  /** What `readGrant` of core takes. */
  readonly json: string
  /** Of the key that was granted to. */
  readonly keyId: string
}

interface GrantQuery {
  readonly envelopeId: string
  readonly signal: AbortSignal | undefined
  /** Of a service, or of an encryption key with this fingerprint. */
  readonly to: { readonly service: string } | { readonly fingerprint: Uint8Array }
}

/** The best grant for a service or a key: not revoked before revoked, not expired before expired, then the newest. */
export function findGrant(
  context: VaultContext,
  { envelopeId, to, signal }: GrantQuery,
): Promise<StoredGrant | undefined> {
  return inDatabase(signal, async () => {
    const { rows } = await sql<StoredGrant>`
      SELECT g.grant_json AS json, k.key_id AS "keyId"
      FROM ${table(context, 'envelope_grants')} AS g
      JOIN ${table(context, 'cryptographic_keys')} AS k ON k.key_id = g.receiver_public_key_id
      WHERE g.envelope_id = ${envelopeId}::text::uuid AND k.key_type = 'encryption' AND ${isTo(to)}
      ORDER BY k.status = 'revoked', g.expires_at <= CURRENT_TIMESTAMP IS TRUE, g.created_at DESC
      LIMIT 1`.execute(context.db)
    return rows[0]
  })
}

function isTo(to: GrantQuery['to']): RawBuilder<unknown> {
  if ('service' in to) return sql`k.service_name = ${to.service}`
  return sql`g.fingerprint = decode(${Buffer.from(to.fingerprint).toString('hex')}, 'hex')`
}
