import { type Bytes, unshare } from '../bytes'
import { assertNoMore } from '../encoding/arguments'
import type { JsonObject, JsonValue } from '../encoding/jcs'
import { present } from '../encoding/present'
import { randomUuid } from '../encoding/uuid'
import { suiteByName } from '../suites/registry'
import type { WrapContext } from '../suites/suite'
import {
  type Addressee,
  orderRecipients,
  type Sender,
  toAssociatedDataBytes,
  toExpiry,
  toMetadataBytes,
  toMilliseconds,
} from './arguments'
import type { CheckedRecipient } from './envelope'
import { type Header, headerDigest, wrapContext } from './header'

/** What {@link seal} needs. */
export interface SealOptions {
  /** Whom the envelope is for: `bob.public`. Several: the first is the primary one; at most 1024. */
  readonly to: Addressee | readonly Addressee[]
  /** Who seals. */
  readonly from: Sender
  /** JSON of at most 64 KiB that is authenticated but not stored: give the same again to open. */
  readonly associatedData?: JsonValue
  /** JSON object of at most 16 KiB, authenticated and **readable by everyone** who holds the envelope. */
  readonly metadata?: JsonObject
  /** From this moment on the envelope does not open. A Date, or Unix milliseconds. */
  readonly expiresAt?: Date | number
  /** Unix milliseconds to take for now, where the clock is not to be asked. */
  readonly now?: number
}

/** A header whose keys are still to be wrapped; nothing in it is secret. */
export interface HeaderDraft {
  readonly fields: Omit<Header, 'recipients'>
  /** Fingerprint of the sender's signing key; of no bytes where nobody signs. */
  readonly sender: Uint8Array
  readonly recipients: readonly [Addressee, ...Addressee[]]
  readonly associatedData: Bytes | undefined
}

interface DraftOptions {
  /** The first piece of the core. */
  readonly version: string
  readonly sender: Sender['public']
  readonly signed: boolean
}

/** Reads and checks every argument but the sender, at once. Throws a TypeError or RangeError that names it. */
export function draftHeader(
  options: Omit<SealOptions, 'from'> & { readonly from?: unknown },
  { version, sender, signed }: DraftOptions,
): HeaderDraft {
  const { to, from: _, now, expiresAt, metadata, associatedData, ...unknown } = options
  assertNoMore(unknown)
  const recipients = orderRecipients(to, sender.suite)
  const labels = recipients.map(({ encryption }) => encryption.keyId)
  for (const { encryption } of recipients) encryption.assertBeside?.(labels)
  const createdAt = toMilliseconds(now ?? Date.now(), 'now')
  const { algorithm, keyAlgorithm, signatureAlgorithm } = suiteByName(sender.suite)
  const fields = {
    version,
    id: randomUuid(),
    createdAt,
    expiresAt: toExpiry(expiresAt, createdAt),
    algorithm,
    keyAlgorithm,
    signatureAlgorithm: signed ? signatureAlgorithm : '',
    senderPrivateKeyId: sender.signing.keyId,
    metadataBytes: toMetadataBytes(metadata),
  }
  return {
    fields,
    sender: sender.signing.fingerprint,
    recipients,
    associatedData: toAssociatedDataBytes(associatedData),
  }
}

/** Wraps the key to every recipient, and computes `h` (spec/envelope.md §4). */
export async function finishHeader(
  { fields, sender, recipients, associatedData }: HeaderDraft,
  cek: Bytes,
): Promise<{ readonly header: Header; readonly h: Bytes }> {
  const [primary, ...others] = await Promise.all(
    recipients.map(({ encryption }) =>
      wrapKey(cek, encryption, wrapContext(fields.id, sender, encryption.fingerprint)),
    ),
  )
  const header = { ...fields, recipients: [primary as CheckedRecipient, ...others] as const }
  return { header, h: await headerDigest(header, { sender, associatedData }) }
}

async function wrapKey(
  cek: Uint8Array,
  key: Addressee['encryption'],
  context: WrapContext,
): Promise<CheckedRecipient> {
  const { keyId, fingerprint } = key
  return present({
    receiverPublicKeyId: keyId,
    fingerprint: unshare(fingerprint),
    encryptedKey: unshare(await key.wrap(cek, context)),
  })
}
