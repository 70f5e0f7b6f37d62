import { type Bytes, compareBytes, equalBytes, fromUtf8, isBytes, isUuid, unshare } from '../bytes'
import {
  DIGEST_BYTES,
  ENVELOPE_VERSION,
  MAX_METADATA_BYTES,
  MAX_RECIPIENTS,
  NONCE_BYTES,
} from '../constants'
import { layoutOfMessage } from '../content/chunks'
import { encodeJcs, isPlainObject, type JsonObject } from '../encoding/jcs'
import { isKeyId } from '../encoding/key-id'
import { present } from '../encoding/present'
import { isTime } from '../encoding/time'
import { malformed, tooLarge } from '../errors'
import { suiteByAlgorithms } from '../suites/registry'
import type { Bounds, Suite } from '../suites/suite'

/** One recipient's stanza. */
export interface Recipient {
  /** The label of the recipient's encryption key. */
  readonly receiverPublicKeyId?: string
  /** Fingerprint of the recipient's encryption key, 32 bytes. */
  readonly fingerprint: Uint8Array
  /** The content key, wrapped; RSA: as long as the recipient's modulus. */
  readonly encryptedKey: Uint8Array
}

/**
 * A sealed envelope. `JSON.stringify(envelope)` gives its JSON form, `encode(envelope)` its binary form,
 * `toRow(envelope)` its database rows (spec/envelope.md §8). Nothing in it is to be believed before `open` or `verify`.
 */
export interface Envelope {
  readonly version: typeof ENVELOPE_VERSION
  /** UUID, lower case. */
  readonly id: string
  /** Unix time in milliseconds. */
  readonly createdAt: number
  /** Unix time in milliseconds; from this moment on the envelope does not open. */
  readonly expiresAt?: number
  readonly algorithm: string
  readonly keyAlgorithm: string
  /** Empty where nobody signed. */
  readonly signatureAlgorithm: string
  /** The label of the sender's signing key. */
  readonly senderPrivateKeyId?: string
  /** The primary recipient first, the others in the order of their fingerprints; 1 to 1024. */
  readonly recipients: readonly [Recipient, ...Recipient[]]
  /** Signed, but readable by everybody who holds the envelope. */
  readonly metadata?: JsonObject
  /** The GCM nonce of the first chunk, 12 bytes. */
  readonly iv: Uint8Array
  /** salt(24) ‖ commitment(32) ‖ encrypted chunks; at most 64 MiB of plaintext. */
  readonly content: Uint8Array
  readonly signature: Uint8Array
}

/** Everything beside the content, the signature too, of an envelope or a stream: read once and found well-formed. */
export interface CheckedHeader extends Omit<Envelope, 'version' | 'iv' | 'content'> {
  readonly suite: Suite
  readonly recipients: readonly [CheckedRecipient, ...CheckedRecipient[]]
  /** JCS bytes of the metadata. */
  readonly metadataBytes?: Bytes | undefined
  readonly signature: Bytes
}

/** An envelope whose every field has been read once and found well-formed. */
export interface CheckedEnvelope extends CheckedHeader, Pick<Envelope, 'version' | 'iv'> {
  readonly plaintextBytes: number
  readonly content: Bytes
}

export interface CheckedRecipient extends Recipient {
  readonly fingerprint: Bytes
  readonly encryptedKey: Bytes
}

/** Wrapped keys and signatures before their suite is known. */
const ANY_LENGTH: Bounds = { min: 0, max: 0xffff }

/** The fields of an envelope as some decoder found them. */
export type EnvelopeFields = { readonly [K in keyof Omit<Envelope, 'version'>]: unknown }

/** The same of a header. */
export type HeaderFields = Omit<EnvelopeFields, 'iv' | 'content'>

/**
 * The one gate that every envelope passes, whatever shape it came in: the checks of spec/envelope.md §8.5, the suite's
 * last. Throws `FORMAT`, `TRUNCATED`, `LIMIT` or `SUITE_NOT_ALLOWED`.
 */
export function checkEnvelope(fields: EnvelopeFields): CheckedEnvelope {
  // Not copied again: whoever read the shape has made it ours.
  const { content } = fields
  if (!isBytes(content)) throw malformed('content')
  const header = checkFields(fields)
  return {
    version: ENVELOPE_VERSION,
    ...header,
    iv: bytes(fields.iv, 'iv', { min: NONCE_BYTES, max: NONCE_BYTES }),
    content: unshare(content),
    plaintextBytes: layoutOfMessage(content.length).plaintextBytes,
    suite: checkSuite(header),
  }
}

/** The same for what has no content: the head of a stream. */
export function checkHeader(fields: HeaderFields): CheckedHeader {
  const header = checkFields(fields)
  return { ...header, suite: checkSuite(header) }
}

function checkFields(fields: HeaderFields): Omit<CheckedHeader, 'suite'> {
  const metadata = checkMetadata(fields.metadata)
  return present({
    id: uuid(fields.id, 'id'),
    createdAt: time(fields.createdAt, 'createdAt'),
    expiresAt: ifPresent(time, fields.expiresAt, 'expiresAt'),
    algorithm: text(fields.algorithm, 'algorithm'),
    keyAlgorithm: text(fields.keyAlgorithm, 'keyAlgorithm'),
    signatureAlgorithm: text(fields.signatureAlgorithm, 'signatureAlgorithm'),
    senderPrivateKeyId: ifPresent(keyId, fields.senderPrivateKeyId, 'senderPrivateKeyId'),
    recipients: checkRecipients(fields.recipients),
    metadata: metadata?.value,
    signature: bytes(fields.signature, 'signature'),
    metadataBytes: metadata?.jcs,
  })
}

function checkSuite(header: Omit<CheckedHeader, 'suite'>): Suite {
  const suite = suiteByAlgorithms(header)
  assertLength(header.signature, 'signature', suite.signatureBytes)
  for (const { encryptedKey } of header.recipients) {
    assertLength(encryptedKey, 'encryptedKey', suite.wrappedKeyBytes)
  }
  return suite
}

function checkRecipients(value: unknown): CheckedEnvelope['recipients'] {
  if (!Array.isArray(value)) throw malformed('recipients')
  if (value.length > MAX_RECIPIENTS) throw tooLarge('the list of recipients')
  // Not map(), which passes over the holes of an array.
  const [primary, ...others] = Array.from(value, checkRecipient)
  if (!primary) throw malformed('recipients')
  for (const [i, { fingerprint }] of others.entries()) {
    const previous = others[i - 1]
    const ascending = !previous || compareBytes(previous.fingerprint, fingerprint) < 0
    if (!ascending || equalBytes(primary.fingerprint, fingerprint)) {
      throw malformed('the order of recipients')
    }
  }
  return [primary, ...others]
}

export function checkRecipient(value: unknown): CheckedRecipient {
  if (!isPlainObject(value)) throw malformed('recipients')
  const { receiverPublicKeyId, fingerprint, encryptedKey } = value
  return present({
    receiverPublicKeyId: ifPresent(keyId, receiverPublicKeyId, 'receiverPublicKeyId'),
    fingerprint: bytes(fingerprint, 'fingerprint', { min: DIGEST_BYTES, max: DIGEST_BYTES }),
    encryptedKey: bytes(encryptedKey, 'encryptedKey'),
  })
}

/** A copy made from the very bytes that are authenticated, so that it cannot change under its reader. */
function checkMetadata(value: unknown): { value: JsonObject; jcs: Bytes } | undefined {
  if (value === undefined) return undefined
  if (!isPlainObject(value)) throw malformed('metadata')
  try {
    const jcs = encodeJcs(value, 'metadata', MAX_METADATA_BYTES)
    return { value: JSON.parse(fromUtf8(jcs)) as JsonObject, jcs }
  } catch (error) {
    throw error instanceof RangeError ? tooLarge('metadata') : malformed('metadata')
  }
}

function ifPresent<T>(check: (value: unknown, field: string) => T, value: unknown, field: string) {
  return value === undefined ? undefined : check(value, field)
}

export function uuid(value: unknown, field: string): string {
  if (!isUuid(value)) throw malformed(field)
  return value
}

export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw malformed(field)
  return value
}

function keyId(value: unknown, field: string): string {
  if (!isKeyId(value)) throw malformed(field)
  return value
}

function time(value: unknown, field: string): number {
  if (!isTime(value)) throw malformed(field)
  return value
}

/** A copy: what was authenticated must be what is used, whatever the caller's memory holds by then. */
export function bytes(value: unknown, field: string, bounds?: Bounds): Bytes {
  if (!isBytes(value)) throw malformed(field)
  assertLength(value, field, bounds)
  return new Uint8Array(value)
}

export function assertLength(
  value: Uint8Array,
  field: string,
  { min, max }: Bounds = ANY_LENGTH,
): void {
  if (value.length < min || value.length > max) throw malformed(field)
}
