import { type Bytes, bytesToUuid, fromUtf8, unshare, wipe } from '../bytes'
import { CEK_BYTES, ENVELOPE_VERSION, ID_BYTES, SALT_BYTES } from '../constants'
import { sealWithSalt } from '../content/chunked'
import { layoutOfPlaintext } from '../content/chunks'
import { ContentDigest } from '../content/digest'
import { backend } from '../crypto/current'
import type { JsonObject, JsonValue } from '../encoding/jcs'
import { present } from '../encoding/present'
import { assertPassphraseLabels } from '../keys/passphrase-labels'
import { suiteByName } from '../suites/registry'
import type { WrapContext } from '../suites/suite'
import {
  type Addressee,
  assertOwner,
  nobody,
  orderRecipients,
  type Sender,
  toExpiry,
  toMetadataBytes,
  toMilliseconds,
} from './arguments'
import { type CheckedRecipient, checkEnvelope } from './envelope'
import { digestAssociatedData, headerDigest, signedMessage, wrapContext } from './header'
import { type Sealable, toPlaintext } from './plaintext'
import { publishEnvelope, type SealedEnvelope } from './shapes'

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

/** What {@link seal} needs to make an envelope that nobody signs. */
export interface UnsignedSealOptions extends Omit<SealOptions, 'from'> {
  /** **Nobody.** Suites x25519 and pq only. Whoever has the public keys can make such an envelope, and every recipient another one. */
  readonly from: 'unsigned'
}

/**
 * Encrypts `data` for its recipients and signs it (spec/envelope.md §6). Text is sealed as UTF-8, bytes as they are,
 * anything else as JSON; at most 64 MiB. Throws a TypeError or RangeError that names the argument for misuse,
 * `LIMIT` for too much data.
 */
export async function seal(
  data: Sealable,
  options: SealOptions | UnsignedSealOptions,
): Promise<SealedEnvelope> {
  const plaintext = toPlaintext(data)
  const { plaintextBytes, chunks } = layoutOfPlaintext(plaintext.length)
  // What is no recipient is left for draftHeader() to refuse.
  const suite = () => ([options.to].flat()[0] as Addressee | undefined)?.suite
  const from = options?.from === 'unsigned' ? await nobody(suite()) : options?.from
  const finishHeader = draftHeader({ ...options, from }, ENVELOPE_VERSION)
  const cek = backend().randomBytes(CEK_BYTES)
  const { header, h } = await finishHeader(cek)
  const digest = new ContentDigest(chunks)
  const { message, baseNonce } = await sealWithSalt(
    { inputKey: cek, context: h },
    plaintext,
    backend().randomBytes(SALT_BYTES),
    (index, sealed) => digest.add(index, sealed),
  )
  wipe(cek)
  const toSign = await signedMessage(h, message, plaintextBytes, await digest.finish())
  const signature = await from.signer.sign(toSign)
  const { metadataBytes, ...fields } = header
  const envelope = checkEnvelope({
    ...fields,
    metadata: metadataBytes && JSON.parse(fromUtf8(metadataBytes)),
    iv: baseNonce,
    content: message,
    signature,
  })
  return publishEnvelope(envelope)
}

/**
 * Reads and checks every argument at once; what it returns wraps the key to every recipient and computes `h` (§4).
 * `version` is the first piece of the core.
 */
export function draftHeader(options: SealOptions, version: string) {
  const sender = assertOwner(options?.from, 'from', 'signer')
  const { to, now, expiresAt, metadata, associatedData } = options
  const recipients = orderRecipients(to, sender.suite)
  assertPassphraseLabels(recipients)
  const createdAt = toMilliseconds(now ?? Date.now(), 'now')
  const { algorithm, keyAlgorithm, ...suite } = suiteByName(sender.suite)
  const fields = {
    version,
    id: randomUuid(),
    createdAt,
    expiresAt: toExpiry(expiresAt, createdAt),
    algorithm,
    keyAlgorithm,
    // No key, no algorithm: an unsigned envelope.
    signatureAlgorithm: sender.signing.fingerprint.length > 0 ? suite.signatureAlgorithm : '',
    senderPrivateKeyId: sender.signing.keyId,
    metadataBytes: toMetadataBytes(metadata),
  }
  const digest = digestAssociatedData(associatedData)
  return async (cek: Bytes) => {
    const { fingerprint } = sender.signing
    const [primary, ...others] = await Promise.all(
      recipients.map(({ encryption }) =>
        wrapKey(cek, encryption, wrapContext(fields.id, fingerprint, encryption.fingerprint)),
      ),
    )
    const header = { ...fields, recipients: [primary as CheckedRecipient, ...others] as const }
    const context = { sender: fingerprint, associatedDataDigest: await digest }
    return { header, h: await headerDigest(header, context) }
  }
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

/** RFC 9562 §5.4: a random UUID, version 4. */
function randomUuid(): string {
  const bytes = backend().randomBytes(ID_BYTES)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return bytesToUuid(bytes)
}
