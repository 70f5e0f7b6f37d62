import { type Bytes, equalBytes } from '../bytes'
import type { Awaitable } from '../crypto/backend'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import type { WrapContext } from '../suites/suite'
import { assertPublic, toMilliseconds } from './arguments'
import type { Envelope, Recipient } from './envelope'
import { type GrantFields, type GrantJson, parseGrant } from './grant-json'
import { grantContext, grantMessage } from './grant-message'
import { resolveIdentity } from './verify'

/** What a grant says of its grantor; the signature then proves it, or does not. */
export interface GrantorHint {
  readonly envelopeId: string
  /** Fingerprint of the grantor's encryption key, 32 bytes; already found among the envelope's recipients. */
  readonly fingerprint: Uint8Array
}

/** Finds the identity that a grantor is trusted to be; undefined or null where there is none. */
export type GrantorResolver = (hint: GrantorHint) => Awaitable<PublicIdentity | undefined | null>

/** What {@link readGrant} needs. */
export interface ReadGrantOptions {
  /** Whose grant is expected: `bob.public`, or a function that finds the identity. */
  readonly from: PublicIdentity | GrantorResolver
}

/** A grant that was read, for the option `grant` of `open`, which proves it. Until then nothing in it is to be believed. */
export interface Grant {
  readonly envelopeId: string
  readonly issuedAt: Date
  readonly expiresAt?: Date
  /** Who may open. */
  readonly recipient: Pick<Recipient, 'receiverPublicKeyId' | 'fingerprint'>
  /**
   * What `open` calls once signature and expiry of the envelope are good, with the digests they are over. Throws
   * `SUITE_NOT_ALLOWED`, `SIGNER_UNKNOWN`, `SIGNATURE` or `EXPIRED`.
   */
  check(envelope: Envelope, authentic: Authentic): Promise<Granted>
}

/** What is known of an envelope that is proven. */
interface Authentic {
  /** Digest of its header, 32 bytes. */
  readonly h: Bytes
  /** Digest of its content, 32 bytes. */
  readonly digest: Bytes
  /** Unix milliseconds; by default the clock is asked. */
  readonly now?: number | undefined
}

/** What a proven grant contributes to opening. */
export interface Granted {
  readonly recipients: readonly [Recipient]
  readonly context: WrapContext
  readonly proven: { readonly grantedBy: PublicIdentity }
}

/**
 * Reads a grant, as JSON text or parsed, for `open(envelope, { as, from, grant })`. Throws `FORMAT`, `VERSION`, `LIMIT`
 * or `SUITE_NOT_ALLOWED`, and a TypeError where `from` is missing; nothing is authenticated before `open`. spec/grant.md §4.
 */
export function readGrant(input: GrantJson | string, options: ReadGrantOptions): Grant {
  const { from } = options ?? {}
  if (typeof from !== 'function') assertPublic(from, 'from', 'encryption', 'signing')
  const grant = parseGrant(input)
  const { envelopeId, issuedAt, expiresAt } = grant
  const { encryptedKey: _, ...recipient } = grant.recipient
  return Object.freeze({
    envelopeId,
    issuedAt: new Date(issuedAt),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
    recipient,
    check: (envelope, authentic) => checkGrant(grant, from, { envelope, ...authentic }),
  } satisfies Grant)
}

async function checkGrant(
  grant: GrantFields,
  from: ReadGrantOptions['from'],
  { envelope, h, digest, now = Date.now() }: Authentic & { readonly envelope: Envelope },
): Promise<Granted> {
  const { recipient, expiresAt, signatureAlgorithm, grantorFingerprint } = grant
  // The signature algorithm tells suites apart, and an unsigned envelope has none.
  if (signatureAlgorithm !== envelope.signatureAlgorithm) {
    throw new ZkebError('SUITE_NOT_ALLOWED', 'the grant is not of the suite of the envelope')
  }
  const named = ({ fingerprint }: { readonly fingerprint: Uint8Array }) =>
    equalBytes(fingerprint, grantorFingerprint)
  if (grant.envelopeId !== envelope.id || !envelope.recipients.some(named)) throw notGenuine()
  const hint = { envelopeId: grant.envelopeId, fingerprint: grantorFingerprint }
  const grantor = await resolveIdentity(from, hint)
  const { content } = envelope
  const message = await grantMessage(grant, { h, content, digest, grantor })
  const genuine =
    named(grantor.encryption) && (await grantor.signing.verify(message, grant.signature))
  if (!genuine) throw notGenuine()
  if (expiresAt !== undefined && toMilliseconds(now, 'now') >= expiresAt) {
    throw new ZkebError('EXPIRED', `the grant expired at ${new Date(expiresAt).toISOString()}`)
  }
  return {
    recipients: [recipient],
    context: grantContext(h, grantor.signing.fingerprint, recipient.fingerprint),
    proven: { grantedBy: grantor },
  }
}

function notGenuine(): ZkebError {
  return new ZkebError('SIGNATURE', 'wrong grantor, a grant for another envelope, or altered')
}
