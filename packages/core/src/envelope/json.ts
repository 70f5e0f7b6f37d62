import { ENVELOPE_VERSION } from '../constants'
import { toBase64 } from '../encoding/base64'
import { isPlainObject, type JsonObject } from '../encoding/jcs'
import { ZkebError } from '../errors'
import {
  decodeColumn,
  fromTextColumns,
  fromTime,
  type TextColumns,
  toTextColumns,
  toTime,
} from './columns'
import { type Envelope, type EnvelopeFields, malformed } from './envelope'

/** A recipient in the JSON form. */
export interface RecipientJson {
  readonly receiverPublicKeyId?: string
  /** Base64 of 32 bytes. */
  readonly fingerprint: string
  /** Base64; absent for the first recipient, whose wrapped key is the envelope's own `encryptedKey`. */
  readonly encryptedKey?: string
}

/** The JSON form (spec/envelope.md §8.1): the names of the documented columns in camel case, bytes as Base64. */
export interface EnvelopeJson extends TextColumns {
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
  readonly recipients: readonly RecipientJson[]
}

const MEMBERS = new Set([
  'version',
  'id',
  'createdAt',
  'expiresAt',
  'algorithm',
  'keyAlgorithm',
  'signatureAlgorithm',
  'receiverPublicKeyId',
  'senderPrivateKeyId',
  'metadata',
  'recipients',
  'encryptedData',
  'authTag',
  'iv',
  'signature',
  'encryptedKey',
])
const RECIPIENT_MEMBERS = new Set(['receiverPublicKeyId', 'fingerprint', 'encryptedKey'])

export function toJson(envelope: Envelope): EnvelopeJson {
  const { expiresAt, senderPrivateKeyId, metadata, recipients } = envelope
  return {
    version: ENVELOPE_VERSION,
    id: envelope.id,
    createdAt: toTime(envelope.createdAt),
    ...(expiresAt !== undefined && { expiresAt: toTime(expiresAt) }),
    algorithm: envelope.algorithm,
    keyAlgorithm: envelope.keyAlgorithm,
    signatureAlgorithm: envelope.signatureAlgorithm,
    ...label(recipients[0].receiverPublicKeyId),
    ...(senderPrivateKeyId !== undefined && { senderPrivateKeyId }),
    ...(metadata && { metadata }),
    ...toTextColumns(envelope),
    recipients: recipients.map(({ receiverPublicKeyId, fingerprint, encryptedKey }, i) => ({
      ...label(receiverPublicKeyId),
      fingerprint: toBase64(fingerprint),
      ...(i > 0 && { encryptedKey: toBase64(encryptedKey) }),
    })),
  }
}

/** Throws `FORMAT`, `VERSION` or `LIMIT`; the fields are still to be checked by checkEnvelope(). */
export function fromJson(json: unknown): EnvelopeFields {
  if (!isPlainObject(json)) throw malformed('the JSON form')
  const fields = { ...json }
  assertVersion(fields.version)
  assertMembers(fields, MEMBERS)
  const { encryptedKey, ...columns } = fromTextColumns(fields as never)
  const { expiresAt } = fields
  return {
    id: fields.id,
    createdAt: fromTime(fields.createdAt, 'createdAt'),
    expiresAt: expiresAt === undefined ? undefined : fromTime(expiresAt, 'expiresAt'),
    algorithm: fields.algorithm,
    keyAlgorithm: fields.keyAlgorithm,
    signatureAlgorithm: fields.signatureAlgorithm,
    senderPrivateKeyId: fields.senderPrivateKeyId,
    metadata: fields.metadata,
    ...columns,
    recipients: fromRecipients(fields.recipients, encryptedKey, fields.receiverPublicKeyId),
  }
}

/** Throws `VERSION` for a version that is not ours, `FORMAT` where there is none. */
export function assertVersion(version: unknown): void {
  if (version === ENVELOPE_VERSION) return
  if (typeof version !== 'string' || !version.startsWith('zkeb/')) {
    throw new ZkebError('FORMAT', 'not an envelope', {
      hint: `its version is "${ENVELOPE_VERSION}"`,
    })
  }
  throw new ZkebError('VERSION', 'an envelope of a version this program does not know', {
    hint: 'update @zkeb/core',
  })
}

function fromRecipients(value: unknown, primaryKey: Uint8Array, primaryLabel: unknown) {
  if (!Array.isArray(value)) throw malformed('recipients')
  return value.map((recipient: unknown, i) => {
    if (!isPlainObject(recipient)) throw malformed('recipients')
    const { receiverPublicKeyId, fingerprint, encryptedKey, ...rest } = recipient
    assertMembers(rest, RECIPIENT_MEMBERS)
    const isPrimary = i === 0
    const agrees = encryptedKey === undefined && receiverPublicKeyId === primaryLabel
    if (isPrimary && !agrees) throw malformed('the first recipient')
    return {
      receiverPublicKeyId,
      fingerprint: decodeColumn(fingerprint, 'fingerprint'),
      encryptedKey: isPrimary ? primaryKey : decodeColumn(encryptedKey, 'encryptedKey'),
    }
  })
}

function assertMembers(object: object, known: ReadonlySet<string>): void {
  for (const name of Object.keys(object)) {
    if (!known.has(name)) throw new ZkebError('FORMAT', 'an unknown member stands in the envelope')
  }
}

function label(receiverPublicKeyId: string | undefined) {
  return receiverPublicKeyId === undefined ? {} : { receiverPublicKeyId }
}
