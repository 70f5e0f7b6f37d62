import { randomUUID } from 'node:crypto'
import {
  isZkebError,
  type JsonValue,
  open,
  type PublicIdentity,
  readGrant,
  ZkebError,
} from '@zkeb/core'
import { type Kysely, sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import type { Database } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { isSingleUse, vaultAssociatedData } from './associated-data'
import { auditing } from './audit'
import { table, type VaultContext } from './context'
import type { UsedEnvelope } from './envelope-status'
import { CACHE_KEYS, fencing } from './fencing'
import { assertServiceName } from './key-source'
import { insertOpening, type Opening, recordFailedOpening } from './openings'
import { assertOptions } from './options'
import {
  digestsOf,
  type OpeningReceipt,
  type ReceiptFields,
  readReceipt,
  receiptMessage,
  sha256,
  toReceipt,
} from './receipt'
import { envelopeOf, keyIdsOf, readStoredEnvelope } from './stored-envelope'
import { findGrant } from './stored-grants'
import { UsedKeys } from './used-keys'

export interface RecordOpeningOptions extends CallOptions {
  /** The service that must have sealed the envelope. Default: the service of the vault. */
  readonly from?: string
  /** The same as at sending. */
  readonly associatedData?: JsonValue
}

const OPTIONS = [
  'from',
  'associatedData',
  'signal',
] as const satisfies readonly (keyof RecordOpeningOptions)[]

/**
 * Records an opening that happened without the database, by the reader's signed word (`signReceipt`), as `open` records its own:
 * status, decryption row, audit row. The envelope, the receipt, and that the reader is a recipient or
 * holds a grant that was valid then, are verified first. The same receipt again changes nothing.
 *
 * @throws FORMAT, VERSION, LIMIT for what is no receipt; NOT_FOUND; SIGNATURE when it is not of this envelope, not of this
 *   reader, or altered; NOT_RECIPIENT when the reader has neither a stanza nor a grant; KEY when a key was revoked;
 *   EXPIRED when the envelope had expired then, or was withdrawn; REPLAYED when it opens once and was opened before
 */
export async function recordReceipt(
  context: VaultContext,
  receipt: OpeningReceipt | string,
  options: RecordOpeningOptions = {},
): Promise<void> {
  assertOptions(options, OPTIONS)
  const { from = context.service, signal } = options
  assertServiceName(from, 'from')
  const fields = readReceipt(receipt)
  const event = {
    event: 'decryption',
    action: 'read',
    resourceType: 'envelope',
    resourceId: fields.envelopeId,
  } as const
  const proven = await auditing(context, event, signal, () =>
    prove(context, fields, { ...options, from }),
  )
  const { opening } = proven
  try {
    await recordOnce(context, { ...proven, fields, signal })
  } catch (error) {
    const code = isZkebError<string>(error) ? error.code : 'DATABASE'
    if (!signal?.aborted) await recordFailedOpening(context, opening, code)
    throw error
  }
}

interface Proven {
  readonly opening: Opening
  readonly used: UsedEnvelope
  /** SHA-256 of what the reader signed, 32 bytes. */
  readonly digest: Uint8Array
}

/** Verifies envelope, grant and receipt, in this order; nothing is decrypted. */
async function prove(
  context: VaultContext,
  fields: ReceiptFields,
  { from, associatedData, signal }: RecordOpeningOptions & { readonly from: string },
): Promise<Proven> {
  const { envelopeId, readerFingerprint: fingerprint } = fields
  const stored = await inDatabase(signal, () =>
    readStoredEnvelope(context.db, context, { id: envelopeId }),
  )
  const envelope = envelopeOf(stored, envelopeId)
  const { recipients } = envelope
  const keys = new UsedKeys(context, signal)
  await keys.load(keyIdsOf(envelope))
  const isNamed = recipients.some((one) => Buffer.compare(one.fingerprint, fingerprint) === 0)
  const found = isNamed
    ? undefined
    : await findGrant(context, { envelopeId, to: { fingerprint }, signal })
  if (found !== undefined) await keys.load([found.keyId])

  let reader: { readonly service: string; readonly public: PublicIdentity } | undefined
  const stop = new Error('proven')
  try {
    // Core proves envelope and grant as of then, and asks for the reader last: further it need not go.
    await open(envelope, {
      from: keys.sender(from),
      ...(found && { grant: readGrant(found.json, { from: keys.grantor(recipients) }) }),
      as: async (hint) => {
        reader = await keys.holder(fingerprint, hint.recipients)
        throw stop
      },
      associatedData: vaultAssociatedData(stored.promptId, associatedData),
      now: fields.openedAt.getTime(),
    })
  } catch (error) {
    if (error !== stop) throw error
  }
  if (reader === undefined) {
    throw new ZkebError('NOT_RECIPIENT', 'the reader is no recipient and holds no grant', {
      hint: 'are the public keys of the reader in this key source?',
    })
  }
  await verifyReceipt(fields, digestsOf(envelope), reader.public)
  const digest = sha256(receiptMessage(fields, reader.public))
  const metadata = JSON.stringify({
    receipt: {
      digest: Buffer.from(digest).toString('hex'),
      openedAt: fields.openedAt.toISOString(),
    },
  })
  const { promptId } = stored
  const singleUse = isSingleUse(envelope.metadata)
  return {
    opening: { envelopeId, as: reader.service, signatureVerified: true, metadata },
    used: { envelopeId, promptId, singleUse, keys: keys.noted },
    digest,
  }
}

/** @throws SIGNATURE */
async function verifyReceipt(
  fields: ReceiptFields,
  digests: ReturnType<typeof digestsOf>,
  reader: PublicIdentity,
): Promise<void> {
  const isOfThis =
    Buffer.compare(digests.envelopeSignatureDigest, fields.envelopeSignatureDigest) === 0 &&
    Buffer.compare(digests.contentDigest, fields.contentDigest) === 0
  const message = receiptMessage(fields, reader)
  if (isOfThis && (await reader.signing.verify(message, fields.signature))) return
  throw new ZkebError('SIGNATURE', 'wrong reader, a receipt of another envelope, or altered')
}

/** In one transaction; a receipt that is there already is left as it is. */
function recordOnce(
  context: VaultContext,
  { opening, used, digest, fields, signal }: Proven & CallOptions & { fields: ReceiptFields },
): Promise<void> {
  const decryptionId = randomUUID()
  return fencing(context, { keys: [CACHE_KEYS.envelope(opening.envelopeId)] }, (fence) =>
    transactCertainly({
      db: context.db,
      signal,
      work: async (trx) => {
        const isNew = await insertReceipt(trx, context, { digest, fields })
        if (isNew) await insertOpening(trx, context, { opening, used, decryptionId, signal })
      },
      wasCommitted: (trx) => isReceiptThere(trx, context, { digest, fields }),
      onDoubt: fence.renew,
    }),
  )
}

/** Returns whether it was not there; waits for another transaction that inserts the same. */
async function insertReceipt(
  trx: Kysely<Database>,
  context: VaultContext,
  { digest, fields }: { readonly digest: Uint8Array; readonly fields: ReceiptFields },
): Promise<boolean> {
  const { envelopeId } = fields
  const { rows } = await sql`
    INSERT INTO ${table(context, 'envelope_receipts')} (digest, envelope_id, receipt_json)
    VALUES (decode(${Buffer.from(digest).toString('hex')}, 'hex'), ${envelopeId}::text::uuid,
      ${JSON.stringify(toReceipt(fields))}::text)
    ON CONFLICT (digest) DO NOTHING RETURNING envelope_id`.execute(trx)
  return rows.length > 0
}

/** Whether the receipt was committed, by whomever. Waits for the lost transaction, if the server still runs it. */
async function isReceiptThere(
  trx: Kysely<Database>,
  context: VaultContext,
  receipt: { readonly digest: Uint8Array; readonly fields: ReceiptFields },
): Promise<boolean> {
  await sql`SAVEPOINT zkeb_was_committed`.execute(trx)
  const isNew = await insertReceipt(trx, context, receipt)
  await sql`ROLLBACK TO SAVEPOINT zkeb_was_committed`.execute(trx)
  return !isNew
}
