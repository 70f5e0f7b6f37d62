import { randomUUID } from 'node:crypto'
import {
  fromRow,
  isZkebError,
  type JsonValue,
  type Opened,
  open,
  type Reader,
  type SealedEnvelope,
  type SenderResolver,
  verify,
  ZkebError,
} from '@zkeb/core'
import { mapErrors } from '../db/errors'
import { isSingleUse, vaultAssociatedData } from './associated-data'
import { type CallOptions, toUuid, type VaultContext } from './context'
import { assertServiceName } from './key-source'
import { type Opening, recordFailedOpening, recordOpening, recordUnknownEnvelope } from './openings'
import { readStoredEnvelope, type StoredEnvelope } from './stored-envelope'
import { decrypterOf, type KeyRow, keyError, readKeyRows, trustedIdentity } from './trusted-keys'

export interface VaultOpenOptions extends CallOptions {
  /** The service that opens; its private key must be in the key source. */
  readonly as: string
  /** The service that must have sealed it. */
  readonly from: string
  /** The same as at sending. */
  readonly associatedData?: JsonValue
}

/** Codes of failures that come after the signature was found good (order of opening, spec/envelope.md §7). */
const AFTER_SIGNATURE = new Set(['EXPIRED', 'NOT_RECIPIENT', 'OPEN', 'REPLAYED'])

/**
 * Opens a stored envelope and returns its content once the opening is recorded and committed. A failed
 * try is recorded as well, with the error's code.
 *
 * @throws NOT_FOUND; what `open` of core throws; KEY when a key was revoked, exchanged, or cannot be used
 *   here; REPLAYED when it opens once and was opened; DATABASE when the opening could not be recorded
 */
export async function openStored(
  context: VaultContext,
  id: string,
  options: VaultOpenOptions,
): Promise<Opened> {
  const envelopeId = toUuid(id, 'id')
  assertServiceName(options?.as, 'as')
  assertServiceName(options.from, 'from')
  const { as, signal } = options
  const opening: Opening = { decryptionId: randomUUID(), envelopeId, as }

  const stored = await read(context, opening, signal)
  const opened = await recordingFailure({ context, opening, signal, verified: false }, () =>
    decrypt(context, stored, options),
  )
  try {
    await recordingFailure({ context, opening, signal, verified: true }, async () => {
      signal?.throwIfAborted()
      await recordOpening(context, opening, { singleUse: isSingleUse(opened.metadata), signal })
    })
  } catch (error) {
    opened.bytes.fill(0)
    throw error
  }
  return opened
}

async function read(
  context: VaultContext,
  opening: Opening,
  signal: AbortSignal | undefined,
): Promise<StoredEnvelope> {
  try {
    return await mapErrors(signal, async () => {
      signal?.throwIfAborted()
      return readStoredEnvelope(context.db, context, { id: opening.envelopeId })
    })
  } catch (error) {
    if (isZkebError<string>(error, 'NOT_FOUND')) await recordUnknownEnvelope(context, opening)
    throw error
  }
}

/** Decrypts in memory, in core's order of checks; nothing is recorded yet. */
async function decrypt(
  context: VaultContext,
  stored: StoredEnvelope,
  options: VaultOpenOptions,
): Promise<Opened> {
  const envelope = fromRow(stored.rows)
  const associatedData = vaultAssociatedData(stored.promptId, options.associatedData)
  const receivers = envelope.recipients.flatMap((one) => one.receiverPublicKeyId ?? [])
  const senders = envelope.senderPrivateKeyId ?? []
  const rows = await readKeyRows(context, { keyIds: receivers.concat(senders) }, options.signal)
  const from = senderResolver(context, options.from, rows)
  let reader: Reader
  try {
    reader = await findReader(context, options.as, { envelope, rows })
  } catch (error) {
    // The signature comes before the recipient: an altered row must not look like a missing key.
    await verify(envelope, { from, associatedData })
    throw new AfterSignature(error)
  }
  return open(envelope, { as: reader, from, associatedData })
}

/**
 * Finds `as` among the recipients.
 *
 * @throws NOT_RECIPIENT; KEY when its key was revoked, exchanged, or is not in the key source
 */
async function findReader(
  context: VaultContext,
  as: string,
  { envelope, rows }: { readonly envelope: SealedEnvelope; readonly rows: readonly KeyRow[] },
): Promise<Reader> {
  for (const { receiverPublicKeyId: keyId } of envelope.recipients) {
    const row = rows.find((key) => key.key_id === keyId && key.service_name === as)
    if (keyId === undefined || row?.key_type !== 'encryption') continue
    if (row.status === 'revoked') throw revoked(keyId)
    const ref = { service: as, keyId }
    const identity = await trustedIdentity(context, ref, row)
    if (identity === undefined) continue
    return { public: identity, decrypter: await decrypterOf(context, ref) }
  }
  throw new ZkebError('NOT_RECIPIENT', `the envelope is not addressed to ${as}`, {
    hint: 'or its key is registered but not in this key source',
  })
}

/** Trusts a signing key only as one of `from`'s own, registered and not revoked. */
function senderResolver(
  context: VaultContext,
  from: string,
  rows: readonly KeyRow[],
): SenderResolver {
  return async ({ senderPrivateKeyId: keyId }) => {
    const row = rows.find((key) => key.key_id === keyId && key.service_name === from)
    if (keyId === undefined || row?.key_type !== 'signing') return undefined
    if (row.status === 'revoked') throw revoked(keyId)
    return trustedIdentity(context, { service: from, keyId }, row)
  }
}

function revoked(keyId: string): ZkebError {
  return keyError(`key ${keyId} was revoked`, 'a revoked key neither opens nor is believed')
}

/** Carries an error past the signature check, so that it is recorded as coming after it. */
class AfterSignature {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

interface Attempt {
  readonly context: VaultContext
  readonly opening: Opening
  readonly signal: AbortSignal | undefined
  /** Whether the signature was found good before. */
  readonly verified: boolean
}

async function recordingFailure<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  const { context, opening, signal, verified } = attempt
  try {
    return await work()
  } catch (thrown) {
    const after = thrown instanceof AfterSignature
    const error = after ? thrown.error : thrown
    // An abort is the caller's wish and no failed opening.
    if (!(signal?.aborted && error === signal.reason)) {
      const code = isZkebError<string>(error) ? error.code : 'RUNTIME'
      const signatureVerified = verified || after || AFTER_SIGNATURE.has(code)
      await recordFailedOpening(context, opening, { code, signatureVerified })
    }
    throw error
  }
}
