import type { Bytes } from '../bytes'
import { DIGEST_BYTES, GRANT_VERSION, MAX_GRANT_CHARACTERS } from '../constants'
import { toBase64 } from '../encoding/base64'
import { isPlainObject } from '../encoding/jcs'
import { present } from '../encoding/present'
import { parseStrictJson } from '../encoding/strict-json'
import { malformed, tooLarge } from '../errors'
import { suiteByAlgorithms } from '../suites/registry'
import { assertLength, type CheckedRecipient, checkRecipient, text, uuid } from './envelope'
import {
  assertNothing,
  assertVersion,
  fromBase64Member,
  fromTime,
  type RecipientJson,
  toTime,
} from './json'

/** The one form of a grant, JSON (spec/grant.md §2). Times are ISO 8601, UTC, milliseconds; bytes are Base64. */
export interface GrantJson {
  readonly version: typeof GRANT_VERSION
  /** The id of the envelope that it opens. */
  readonly envelopeId: string
  readonly issuedAt: string
  readonly expiresAt?: string
  readonly algorithm: string
  readonly keyAlgorithm: string
  readonly signatureAlgorithm: string
  /** Fingerprint of the grantor's encryption key, 32 bytes: it stands among the envelope's recipients. */
  readonly grantorFingerprint: string
  /** Who may open, and the content key wrapped for them. */
  readonly recipient: RecipientJson & { readonly encryptedKey: string }
  /** The grantor's. */
  readonly signature: string
}

/** A grant whose every member has been read once and found well-formed; nothing of it is proven. */
export interface GrantFields {
  readonly envelopeId: string
  /** Unix milliseconds, as `expiresAt`. */
  readonly issuedAt: number
  readonly expiresAt?: number
  readonly algorithm: string
  readonly keyAlgorithm: string
  readonly signatureAlgorithm: string
  readonly grantorFingerprint: Bytes
  readonly recipient: CheckedRecipient
  readonly signature: Bytes
}

/** Throws `FORMAT`, `VERSION`, `LIMIT` or `SUITE_NOT_ALLOWED`. */
export function parseGrant(input: unknown): GrantFields {
  const json = typeof input === 'string' ? parseText(input) : input
  if (!isPlainObject(json)) throw malformed('the grant')
  const { version, envelopeId, issuedAt, expiresAt, recipient, ...others } = json
  const { algorithm, keyAlgorithm, signatureAlgorithm, ...more } = others
  const { grantorFingerprint, signature, ...unknown } = more
  assertVersion(version, GRANT_VERSION)
  assertNothing(unknown)
  const fields = present({
    envelopeId: uuid(envelopeId, 'envelopeId'),
    issuedAt: fromTime(issuedAt, 'issuedAt'),
    expiresAt: expiresAt === undefined ? undefined : fromTime(expiresAt, 'expiresAt'),
    algorithm: text(algorithm, 'algorithm'),
    keyAlgorithm: text(keyAlgorithm, 'keyAlgorithm'),
    signatureAlgorithm: text(signatureAlgorithm, 'signatureAlgorithm'),
    grantorFingerprint: fromBase64Member(grantorFingerprint, 'grantorFingerprint'),
    recipient: parseRecipient(recipient),
    signature: fromBase64Member(signature, 'signature'),
  })
  assertLength(fields.grantorFingerprint, 'grantorFingerprint', {
    min: DIGEST_BYTES,
    max: DIGEST_BYTES,
  })
  const suite = suiteByAlgorithms(fields)
  if (fields.signature.length === 0) throw malformed('signature')
  assertLength(fields.signature, 'signature', suite.signatureBytes)
  assertLength(fields.recipient.encryptedKey, 'encryptedKey', suite.wrappedKeyBytes)
  return fields
}

export function toGrantJson({ recipient, ...grant }: GrantFields): GrantJson {
  const { issuedAt, expiresAt, grantorFingerprint, signature, ...same } = grant
  return present({
    version: GRANT_VERSION,
    ...same,
    issuedAt: toTime(issuedAt),
    expiresAt: expiresAt === undefined ? undefined : toTime(expiresAt),
    grantorFingerprint: toBase64(grantorFingerprint),
    recipient: {
      ...recipient,
      fingerprint: toBase64(recipient.fingerprint),
      encryptedKey: toBase64(recipient.encryptedKey),
    },
    signature: toBase64(signature),
  })
}

function parseText(text: string): unknown {
  if (text.length > MAX_GRANT_CHARACTERS) throw tooLarge('the grant')
  return parseStrictJson(text)
}

function parseRecipient(value: unknown): CheckedRecipient {
  if (!isPlainObject(value)) throw malformed('recipient')
  const { receiverPublicKeyId, fingerprint, encryptedKey, ...unknown } = value
  assertNothing(unknown)
  return checkRecipient({
    receiverPublicKeyId,
    fingerprint: fromBase64Member(fingerprint, 'fingerprint'),
    encryptedKey: fromBase64Member(encryptedKey, 'encryptedKey'),
  })
}
