import { isZkebError, type JsonValue, type Opened, open, readGrant } from '@zkeb/core'
import { type CallOptions, inDatabase } from '../db/call'
import { isSingleUse, vaultAssociatedData } from './associated-data'
import { auditing } from './audit'
import { toUuid, type VaultContext } from './context'
import { assertServiceName } from './key-source'
import { type Opening, openingEvent, recordFailedOpening, recordOpening } from './openings'
import { assertOptions } from './options'
import { envelopeOf, keyIdsOf, readStoredEnvelope, type StoredEnvelope } from './stored-envelope'
import { findGrant } from './stored-grants'
import { UsedKeys } from './used-keys'

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
 * Opens a stored envelope, as one of its recipients or by a stored grant, and returns its content once the opening is
 * recorded and committed. A failed try is recorded as well, with the error's code.
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
    const keys = new UsedKeys(context, signal)
    opened = await decrypt(context, { stored, opening, keys, options })
    const used = {
      envelopeId,
      promptId: stored.promptId,
      singleUse: isSingleUse(opened.metadata),
      keys: keys.noted,
    }
    await recordOpening(context, opening, { used, signal })
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

interface Decryption {
  readonly stored: StoredEnvelope
  readonly opening: Opening
  readonly keys: UsedKeys
  readonly options: VaultOpenOptions
}

/** Decrypts in memory, in core's order of checks; nothing is recorded yet. */
async function decrypt(
  context: VaultContext,
  { stored, opening, keys, options }: Decryption,
): Promise<Opened> {
  const { as, from, signal } = options
  const envelope = envelopeOf(stored, opening.envelopeId)
  const { recipients } = envelope
  await keys.load(keyIdsOf(envelope))
  // Who is a recipient opens as one; a grant is for the others, and for recipients whose key was revoked.
  const to = { service: as }
  const found = keys.mayRead(as, recipients)
    ? undefined
    : await findGrant(context, { envelopeId: opening.envelopeId, to, signal })
  if (found !== undefined) await keys.load([found.keyId])
  return open(envelope, {
    from: keys.sender(from),
    ...(found !== undefined && {
      grant: readGrant(found.json, { from: keys.grantor(recipients) }),
    }),
    as: (hint) => {
      // Core asks for the reader only once signature and expiry are good.
      opening.signatureVerified = true
      return keys.reader(as, hint)
    },
    associatedData: vaultAssociatedData(stored.promptId, options.associatedData),
  })
}
