import {
  isZkebError,
  type JsonValue,
  type Opened,
  open,
  type Reader,
  type ReaderHint,
  type SenderResolver,
  ZkebError,
} from '@zkeb/core'
import { type CallOptions, inDatabase } from '../db/call'
import { isSingleUse, vaultAssociatedData } from './associated-data'
import { auditing } from './audit'
import { toUuid, type VaultContext } from './context'
import { assertServiceName } from './key-source'
import { type Opening, openingEvent, recordFailedOpening, recordOpening } from './openings'
import { assertOptions } from './options'
import { envelopeOf, readStoredEnvelope, type StoredEnvelope } from './stored-envelope'
import { decrypterOf, type KeyRow, keyError, readKeyRows, trustedIdentity } from './trusted-keys'

export interface VaultOpenOptions extends CallOptions {
  /** The service that opens; its private key must be in the key source. */
  readonly as: string
  /** The service that must have sealed it. */
  readonly from: string
  /** The same as at sending. */
  readonly associatedData?: JsonValue
}

const OPTIONS = [
  'as',
  'from',
  'associatedData',
  'signal',
] as const satisfies readonly (keyof VaultOpenOptions)[]

/**
 * Opens a stored envelope and returns its content once the opening is recorded and committed. A failed
 * try is recorded as well, with the error's code.
 *
 * @throws NOT_FOUND; what `open` of core throws; EXPIRED also when its status says so; KEY when a key was
 *   revoked, exchanged, or cannot be used here; REPLAYED when it opens once and was opened; DATABASE when the
 *   opening could not be recorded, or whether it was cannot be found out
 */
export async function openStored(
  context: VaultContext,
  id: string,
  options: VaultOpenOptions,
): Promise<Opened> {
  const envelopeId = toUuid(id, 'id')
  assertOptions(options, OPTIONS)
  assertServiceName(options?.as, 'as')
  assertServiceName(options.from, 'from')
  const { as, signal } = options
  const opening: Opening = { envelopeId, as, signatureVerified: false }

  const stored = await auditing(context, openingEvent(opening), signal, () =>
    inDatabase(signal, () => readStoredEnvelope(context.db, context, { id: envelopeId })),
  )
  let opened: Opened | undefined
  try {
    opened = await decrypt(context, { stored, opening, options })
    await recordOpening(context, opening, { singleUse: isSingleUse(opened.metadata), signal })
    return opened
  } catch (error) {
    opened?.bytes.fill(0)
    // An abort is the caller's wish and no failed opening.
    if (!(signal?.aborted && error === signal.reason)) {
      const code = isZkebError<string>(error) ? error.code : 'RUNTIME'
      // Expiry is checked right after the signature (spec/envelope.md §7), before anybody asks for the reader.
      if (code === 'EXPIRED') opening.signatureVerified = true
      await recordFailedOpening(context, opening, code)
    }
    throw error
  }
}

/** Decrypts in memory, in core's order of checks; nothing is recorded yet. */
async function decrypt(
  context: VaultContext,
  {
    stored,
    opening,
    options,
  }: {
    readonly stored: StoredEnvelope
    readonly opening: Opening
    readonly options: VaultOpenOptions
  },
): Promise<Opened> {
  const envelope = envelopeOf(stored, opening.envelopeId)
  const receivers = envelope.recipients.flatMap((one) => one.receiverPublicKeyId ?? [])
  const senders = envelope.senderPrivateKeyId ?? []
  const rows = await readKeyRows(context, { keyIds: receivers.concat(senders) }, options.signal)
  return open(envelope, {
    from: senderResolver(context, options.from, rows),
    as: ({ recipients }) => {
      // Core asks for the reader only once signature and expiry are good.
      opening.signatureVerified = true
      return findReader(context, options.as, { recipients, rows })
    },
    associatedData: vaultAssociatedData(stored.promptId, options.associatedData),
  })
}

/**
 * Finds `as` among the recipients.
 *
 * @throws NOT_RECIPIENT where it is none, or its key is not in this key source; KEY when its key was revoked or exchanged, or this process may not use it
 */
async function findReader(
  context: VaultContext,
  as: string,
  { recipients, rows }: Pick<ReaderHint, 'recipients'> & { readonly rows: readonly KeyRow[] },
): Promise<Reader> {
  for (const { receiverPublicKeyId: keyId } of recipients) {
    const row = rows.find((key) => key.key_id === keyId && key.service_name === as)
    if (keyId === undefined || row?.key_type !== 'encryption') continue
    if (row.status === 'revoked') throw revoked(keyId)
    const ref = { service: as, keyId }
    const identity = await trustedIdentity(context, ref, row)
    if (identity === undefined) continue
    return { public: identity, decrypter: await decrypterOf(context, ref) }
  }
  throw new ZkebError('NOT_RECIPIENT', `the envelope is not addressed to ${as}`, {
    hint: `is \`as\` spelt right, and are the keys of ${as} in this key source?`,
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
    if (keyId !== undefined && row?.key_type === 'signing') {
      if (row.status === 'revoked') throw revoked(keyId)
      const identity = await trustedIdentity(context, { service: from, keyId }, row)
      if (identity !== undefined) return identity
    }
    throw new ZkebError('SIGNER_UNKNOWN', `the envelope was not sealed by a known key of ${from}`, {
      hint: `is \`from\` spelt right, and are the public keys of ${from} in this key source?`,
    })
  }
}

function revoked(keyId: string): ZkebError {
  return keyError(`key ${keyId} was revoked`, 'a revoked key neither opens nor is believed')
}
