import { toHex } from '../bytes'
import type { JsonObject } from '../encoding/jcs'
import { present } from '../encoding/present'
import type { SuiteName } from '../suites/registry'
import { type EnvelopeInput, parseEnvelope } from './shapes'

/** What an envelope says of itself, none of it proven. */
export interface EnvelopeSummary {
  readonly version: string
  readonly suite: SuiteName
  readonly id: string
  readonly createdAt: Date
  readonly expiresAt?: Date
  /** False where nobody signed: it opens with `from: 'unsigned'` alone. */
  readonly signed: boolean
  readonly senderPrivateKeyId?: string
  /** The primary recipient first; fingerprints as 64 hex digits. */
  readonly recipients: readonly {
    readonly receiverPublicKeyId?: string
    readonly fingerprint: string
  }[]
  readonly metadata?: JsonObject
  /** Length of the sealed content in bytes: anybody who holds an envelope can tell it. */
  readonly plaintextBytes: number
}

/**
 * Reads what an envelope says of itself, for people and logs. **Nothing is authenticated**: for decisions use `verify` or
 * `open`. Throws `FORMAT`, `VERSION`, `SUITE_NOT_ALLOWED`, `TRUNCATED` or `LIMIT`.
 */
export function inspect(envelope: EnvelopeInput): EnvelopeSummary {
  const { version, suite, id, createdAt, expiresAt, ...rest } = parseEnvelope(envelope)
  const { signatureAlgorithm, senderPrivateKeyId, metadata, plaintextBytes, recipients } = rest
  return present({
    version,
    suite: suite.name as SuiteName,
    id,
    createdAt: new Date(createdAt),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    signed: signatureAlgorithm !== '',
    senderPrivateKeyId,
    recipients: recipients.map(({ receiverPublicKeyId, fingerprint }) =>
      present({ receiverPublicKeyId, fingerprint: toHex(fingerprint) }),
    ),
    metadata,
    plaintextBytes,
  })
}
