import { type Bytes, concatBytes } from '../bytes'
import { ENVELOPE_VERSION, MAX_CONTENT_BYTES, MAX_RECIPIENTS, TAG_BYTES } from '../constants'
import { fromBase64, toBase64 } from '../encoding/base64'
import { isPlainObject, type JsonObject } from '../encoding/jcs'
import { present } from '../encoding/present'
import { isTime } from '../encoding/time'
import { malformed, tooLarge, ZkebError } from '../errors'
import type { Envelope, EnvelopeFields } from './envelope'

/** The JSON form (spec/envelope.md §8.1): the names of the documented columns in camel case, bytes as Base64. */
export interface EnvelopeJson {
  readonly version: typeof ENVELOPE_VERSION
  readonly id: string
  /** ISO 8601, UTC, milliseconds. */
  readonly createdAt: string
  readonly expiresAt?: string
  readonly algorithm: string
  readonly keyAlgorithm: string
  readonly signatureAlgorithm: string
  readonly receiverPublicKeyId?: string
  readonly senderPrivateKeyId?: string
  readonly metadata?: JsonObject
  /** salt(24) ‖ commitment(32) ‖ chunks without the last tag. */
  readonly encryptedData: string
  /** The 16-byte GCM tag of the last chunk. */
  readonly authTag: string
  /** The 12-byte GCM nonce of the first chunk. */
  readonly iv: string
  readonly signature: string
  /** The primary recipient's wrapped content key. */
  readonly encryptedKey: string
  /** The primary recipient first. */
  readonly recipients: readonly RecipientJson[]
}

/** A recipient in the JSON form. */
export interface RecipientJson {
  readonly receiverPublicKeyId?: string
  /** Base64 of 32 bytes. */
  readonly fingerprint: string
  /** Base64; absent for the first recipient, whose wrapped key is the envelope's own `encryptedKey`. */
  readonly encryptedKey?: string
}

/** Four characters for three bytes. */
const MAX_DATA_CHARACTERS = Math.ceil(MAX_CONTENT_BYTES / 3) * 4

export function toJson(envelope: Envelope): EnvelopeJson {
  const { expiresAt, recipients, content } = envelope
  const tag = content.length - TAG_BYTES
  return present({
    version: ENVELOPE_VERSION,
    id: envelope.id,
    createdAt: toTime(envelope.createdAt),
    expiresAt: expiresAt === undefined ? undefined : toTime(expiresAt),
    algorithm: envelope.algorithm,
    keyAlgorithm: envelope.keyAlgorithm,
    signatureAlgorithm: envelope.signatureAlgorithm,
    receiverPublicKeyId: recipients[0].receiverPublicKeyId,
    senderPrivateKeyId: envelope.senderPrivateKeyId,
    metadata: envelope.metadata,
    encryptedData: toBase64(content.subarray(0, tag)),
    authTag: toBase64(content.subarray(tag)),
    iv: toBase64(envelope.iv),
    signature: toBase64(envelope.signature),
    encryptedKey: toBase64(recipients[0].encryptedKey),
    recipients: recipients.map(({ receiverPublicKeyId, fingerprint, encryptedKey }, i) =>
      present({
        receiverPublicKeyId,
        fingerprint: toBase64(fingerprint),
        encryptedKey: i > 0 ? toBase64(encryptedKey) : undefined,
      }),
    ),
  })
}

/** Throws `FORMAT`, `VERSION` or `LIMIT`; the fields are still to be checked by checkEnvelope(). */
export function fromJson(json: unknown): EnvelopeFields {
  if (!isPlainObject(json)) throw malformed('the JSON form')
  // Every member is read once, here.
  const { version, createdAt, expiresAt, encryptedData, authTag, iv, signature, ...others } = json
  assertVersion(version)
  const { id, algorithm, keyAlgorithm, signatureAlgorithm, senderPrivateKeyId, ...more } = others
  const { metadata, recipients, encryptedKey, receiverPublicKeyId, ...unknown } = more
  assertNothing(unknown)
  const tag = fromBase64Member(authTag, 'authTag')
  if (tag.length !== TAG_BYTES) throw malformed('authTag')
  const primary = {
    receiverPublicKeyId,
    encryptedKey: fromBase64Member(encryptedKey, 'encryptedKey'),
  }
  return {
    id,
    createdAt: fromTime(createdAt, 'createdAt'),
    expiresAt: expiresAt === undefined ? undefined : fromTime(expiresAt, 'expiresAt'),
    algorithm,
    keyAlgorithm,
    signatureAlgorithm,
    senderPrivateKeyId,
    metadata,
    content: concatBytes(fromBase64Member(encryptedData, 'encryptedData'), tag),
    iv: fromBase64Member(iv, 'iv'),
    signature: fromBase64Member(signature, 'signature'),
    recipients: fromRecipients(recipients, primary),
  }
}

/** Throws `VERSION` for a version that is not ours, `FORMAT` where there is none. */
export function assertVersion(version: unknown, expected: string = ENVELOPE_VERSION): void {
  if (version === expected) return
  if (typeof version === 'string' && version.startsWith('zkeb/')) throw unknownVersion()
  throw malformed(`a version that is not ${expected}`)
}

export function unknownVersion(): ZkebError {
  return new ZkebError('VERSION', 'an unknown version', {
    hint: 'update @zkeb/core',
  })
}

function fromRecipients(
  recipients: unknown,
  primary: { readonly receiverPublicKeyId: unknown; readonly encryptedKey: Bytes },
) {
  if (!Array.isArray(recipients)) throw malformed('recipients')
  if (recipients.length > MAX_RECIPIENTS) throw tooLarge('recipients')
  return recipients.map((recipient: unknown, i) => {
    if (!isPlainObject(recipient)) throw malformed('recipients')
    const { receiverPublicKeyId, fingerprint, encryptedKey, ...unknown } = recipient
    assertNothing(unknown)
    // The first one's key and label are the envelope's own: a second copy could contradict them.
    const agrees = encryptedKey === undefined && receiverPublicKeyId === primary.receiverPublicKeyId
    if (i === 0 && !agrees) throw malformed('the first recipient')
    return {
      receiverPublicKeyId,
      fingerprint: fromBase64Member(fingerprint, 'fingerprint'),
      encryptedKey: i === 0 ? primary.encryptedKey : fromBase64Member(encryptedKey, 'encryptedKey'),
    }
  })
}

export function assertNothing(unknown: object): void {
  if (Object.keys(unknown).length > 0) throw malformed('an unknown member')
}

export function fromBase64Member(value: unknown, name: string): Bytes {
  if (typeof value !== 'string') throw malformed(name)
  if (value.length > MAX_DATA_CHARACTERS) throw tooLarge(name)
  return fromBase64(value, name)
}

/** ISO 8601 in UTC with milliseconds. */
export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** Unix milliseconds of exactly what toTime() writes. */
export function fromTime(value: unknown, name: string): number {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN
  // Date.parse takes many texts for one time, and February 30th for March 1st.
  if (!isTime(milliseconds) || toTime(milliseconds) !== value) throw malformed(name)
  return milliseconds
}
