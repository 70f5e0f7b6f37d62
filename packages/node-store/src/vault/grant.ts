import { type GrantJson, type Grantor, grant, type JsonValue, type Reader } from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import { type Database, moment } from '../db/schema'
import { keyUse, requireActiveKeys, type ServiceIdentity } from './active-keys'
import { toExpiry } from './arguments'
import { isSingleUse, vaultAssociatedData } from './associated-data'
import { auditing } from './audit'
import { changeRow } from './change'
import { table, toUuid, type VaultContext } from './context'
import { isOpenable, type UsedEnvelope, whyNotOpenable, withOpenable } from './envelope-status'
import { allUsable, withUsable } from './key-lock'
import { assertServiceName } from './key-source'
import { assertOptions } from './options'
import { envelopeOf, keyIdsOf, readStoredEnvelope, type StoredEnvelope } from './stored-envelope'
import { keyError, signerOf } from './trusted-keys'
import { UsedKeys } from './used-keys'

/** Who lets whom open an envelope. */
export interface VaultGrantOptions extends CallOptions {
  /** The service that may open from now on. */
  readonly to: string
  /** The service that must have sealed it. */
  readonly from: string
  /** The recipient that grants; its private keys must be in the key source. Default: the service of the vault. */
  readonly as?: string
  /** The same as at sending. */
  readonly associatedData?: JsonValue
  /** Seconds until the grant no longer opens; more than 0. Default: as long as the envelope. */
  readonly expiresInSeconds?: number
}

const OPTIONS = [
  'to',
  'from',
  'as',
  'associatedData',
  'expiresInSeconds',
  'signal',
] as const satisfies readonly (keyof VaultGrantOptions)[]

/**
 * Lets another service open an envelope, which stays as it is (spec/grant.md), and stores that beside it: from now on `open` works
 * as that service. One grant a key: a second one takes the place of the first. Returned for a grantee
 * without the database, who opens with `open(envelope, { grant: readGrant(…) })` of core.
 *
 * @throws as `open`: the grantor opens first, in memory; KEY as well when the grantee's key is missing or not active
 */
export async function grantEnvelope(
  context: VaultContext,
  id: string,
  options: VaultGrantOptions,
): Promise<GrantJson> {
  const envelopeId = toUuid(id, 'id')
  assertOptions(options, OPTIONS)
  const { to, from, as = context.service, signal } = options ?? {}
  assertServiceName(to, 'to')
  assertServiceName(from, 'from')
  assertServiceName(as, 'as')
  const expiresAt = toExpiry(options.expiresInSeconds, Date.now())
  const event = {
    event: 'grant',
    action: 'create',
    resourceType: 'envelope',
    resourceId: envelopeId,
    service: as,
  } as const
  const made = await auditing(context, event, signal, async () => {
    const stored = await inDatabase(signal, () =>
      readStoredEnvelope(context.db, context, { id: envelopeId }),
    )
    const [receiver] = await requireActiveKeys(context, [to], signal)
    return makeGrant(context, { stored, receiver, envelopeId, as, from, expiresAt, options })
  })
  await changeRow(context, {
    event,
    of: 'envelopes',
    signal,
    work: (trx) => insertGrant(trx, context, made),
  })
  return made.json
}

interface Made {
  readonly json: GrantJson
  readonly used: UsedEnvelope
  readonly receiver: ServiceIdentity
  readonly grantorKeyId: string
  readonly expiresAt: number | undefined
}

async function makeGrant(
  context: VaultContext,
  request: {
    readonly stored: StoredEnvelope
    readonly receiver: ServiceIdentity
    readonly envelopeId: string
    readonly as: string
    readonly from: string
    readonly expiresAt: number | undefined
    readonly options: VaultGrantOptions
  },
): Promise<Made> {
  const { stored, receiver, envelopeId, as, from, expiresAt, options } = request
  const envelope = envelopeOf(stored, envelopeId)
  const { recipients } = envelope
  const keys = new UsedKeys(context, options.signal)
  await keys.load(keyIdsOf(envelope))
  const reader: Reader = await keys.reader(as, { recipients })
  const held = await keys.holder(reader.public.encryption.fingerprint, recipients)
  const signingKeyId = held?.public.signing.keyId
  if (held === undefined || signingKeyId === undefined) {
    throw keyError(`${as} has no registered signing key`, 'an identity has both keys registered')
  }
  if (receiver.public.suite !== held.public.suite) {
    throw keyError(`${options.to} has keys of another suite`, 'a grant is of one suite')
  }
  const signer = await signerOf(context, { service: as, keyId: signingKeyId })
  const grantor: Grantor = { public: held.public, decrypter: reader.decrypter, signer }
  const json = await grant(envelope, {
    as: grantor,
    to: receiver.public,
    from: keys.sender(from),
    associatedData: vaultAssociatedData(stored.promptId, options.associatedData),
    ...(expiresAt !== undefined && { expiresAt }),
  })
  const { promptId } = stored
  const singleUse = isSingleUse(envelope.metadata)
  const used = { envelopeId, promptId, singleUse, keys: keys.noted }
  const grantorKeyId = held.public.encryption.keyId ?? ''
  return { json, used, receiver, grantorKeyId, expiresAt }
}

/** Inserts the grant only where the envelope opens and every key is usable, at this very moment. */
async function insertGrant(
  trx: Kysely<Database>,
  context: VaultContext,
  { json, used, receiver, grantorKeyId, expiresAt }: Made,
): Promise<void> {
  const { envelopeId } = used
  const { encryption } = receiver.public
  const until = expiresAt === undefined ? null : new Date(expiresAt).toISOString()
  const grantee = [keyUse(receiver, 'encryption')]
  const { rows: active } = await sql`
    WITH ${withUsable(context, grantee, 'seal')} SELECT 1 WHERE ${allUsable(grantee)}`.execute(trx)
  if (active.length === 0) {
    throw keyError(`the key of ${receiver.service} is not active any more`, 'grant again')
  }
  const { rows } = await sql`
    WITH ${withOpenable(context, used)}, openable AS (
      SELECT e.id FROM ${table(context, 'envelopes')} AS e, prompt
      WHERE ${isOpenable(used)} FOR SHARE OF e)
    INSERT INTO ${table(context, 'envelope_grants')} AS g
      (envelope_id, fingerprint, receiver_public_key_id, granted_by, grant_json, expires_at)
    SELECT id, decode(${Buffer.from(encryption.fingerprint).toString('hex')}, 'hex'),
      ${receiver.keyIds.encryption}::text, ${grantorKeyId}::text, ${JSON.stringify(json)}::text,
      ${moment(until)}
    FROM openable
    ON CONFLICT (envelope_id, fingerprint) DO UPDATE SET granted_by = excluded.granted_by,
      grant_json = excluded.grant_json, expires_at = excluded.expires_at,
      created_at = CURRENT_TIMESTAMP
    RETURNING g.envelope_id AS id`.execute(trx)
  if (rows.length === 0) throw await whyNotOpenable(trx, context, { ...used, envelopeId })
}
