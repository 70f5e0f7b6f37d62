import type { Bytes } from '../bytes'
import { contentDigest } from '../content/chunked'
import type { Awaitable } from '../crypto/backend'
import type { JsonObject, JsonValue } from '../encoding/jcs'
import { present } from '../encoding/present'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import { assertPublic, toAssociatedDataBytes, toMilliseconds } from './arguments'
import type { CheckedEnvelope, CheckedHeader } from './envelope'
import { headerDigest, signedMessage } from './header'
import { type EnvelopeInput, parseEnvelope } from './shapes'

/** What an envelope says of its sender; the signature then proves it, or does not. */
export interface SenderHint {
  readonly id: string
  readonly senderPrivateKeyId?: string
}

/** Finds the identity that a sender is trusted to be; undefined or null where there is none. */
export type SenderResolver = (hint: SenderHint) => Awaitable<PublicIdentity | undefined | null>

/** What {@link verify} needs. */
export interface VerifyOptions {
  /** Whose signature is expected: `alice.public`, or a function that finds the identity. */
  readonly from: PublicIdentity | SenderResolver
  /** The same as at sealing. */
  readonly associatedData?: JsonValue
  /** Unix milliseconds to take for now, where the clock is not to be asked. */
  readonly now?: number
}

/** What a signature proves about an envelope. */
export interface Verified {
  readonly id: string
  readonly createdAt: Date
  readonly expiresAt?: Date
  readonly metadata?: JsonObject
  readonly sender: PublicIdentity
}

/**
 * Checks signature and expiry without any private key (spec/envelope.md §7, steps 1 to 4): who sealed it, to whom, and
 * that nothing was changed but, possibly, `iv`, which only opening can check. Throws `FORMAT`, `VERSION`,
 * `SUITE_NOT_ALLOWED`, `SIGNER_UNKNOWN`, `SIGNATURE`, `EXPIRED`.
 */
export async function verify(envelope: EnvelopeInput, options: VerifyOptions): Promise<Verified> {
  if (!options) throw new TypeError('options: { from }')
  return (await authenticate(parseEnvelope(envelope), options)).verified
}

/** The header of an envelope or a stream, with its version. */
export type Authenticable = CheckedHeader & { readonly version: string }

/** Who is expected to have signed, and what: not yet proven. */
export interface Claim {
  readonly sender: PublicIdentity
  /** The header's digest (§4), which the content key is bound to. */
  readonly h: Bytes
  /** Unix milliseconds. */
  readonly now: number
}

/**
 * §7, steps 2 to 4. Also returns what else is bound to the envelope: `h`, and the digest of its content. `nobody` stands for
 * the sender of an unsigned envelope.
 */
export async function authenticate(
  envelope: CheckedEnvelope,
  options: VerifyOptions,
  nobody?: PublicIdentity,
): Promise<{ readonly verified: Verified; readonly h: Bytes; readonly digest: Bytes }> {
  const claim = await claimOf(envelope, options, nobody)
  const { h } = claim
  const { content, plaintextBytes } = envelope
  const digest = await contentDigest(content)
  const message = signedMessage(h, { content, digest, plaintextBytes })
  return { verified: await prove(envelope, claim, message), h, digest }
}

/** §7, step 2. Throws `SIGNER_UNKNOWN`. */
export async function claimOf(
  header: Authenticable,
  options: VerifyOptions,
  nobody?: PublicIdentity,
): Promise<Claim> {
  const now = toMilliseconds(options.now ?? Date.now(), 'now')
  const associatedData = toAssociatedDataBytes(options.associatedData)
  const { id, senderPrivateKeyId } = header
  const sender =
    nobody ?? (await resolveIdentity(options.from, present({ id, senderPrivateKeyId })))
  const { fingerprint } = sender.signing
  return { sender, h: await headerDigest(header, { sender: fingerprint, associatedData }), now }
}

/** §7, steps 3 and 4; `message` is what the signature must be over. Throws `SIGNATURE` or `EXPIRED`. */
export async function prove(
  { id, createdAt, expiresAt, metadata, suite, signature }: Authenticable,
  { sender, now }: Claim,
  message: Bytes,
): Promise<Verified> {
  // A key of another suite cannot have made this signature.
  const genuine = sender.suite === suite.name && (await sender.signing.verify(message, signature))
  if (!genuine) {
    throw new ZkebError('SIGNATURE', 'wrong sender, wrong associated data, or altered')
  }
  if (expiresAt !== undefined && now >= expiresAt) {
    throw new ZkebError('EXPIRED', `expired at ${new Date(expiresAt).toISOString()}`)
  }
  return present({
    id,
    createdAt: new Date(createdAt),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    metadata,
    sender,
  })
}

/** The identity that is expected, or that a resolver finds. Throws `SIGNER_UNKNOWN` where it finds none. */
export async function resolveIdentity<Hint>(
  from: PublicIdentity | ((hint: Hint) => Awaitable<PublicIdentity | undefined | null>),
  hint: Hint,
): Promise<PublicIdentity> {
  const identity = typeof from === 'function' ? await from(hint) : from
  if (identity || typeof from !== 'function') {
    return assertPublic(identity as PublicIdentity, 'from', 'encryption', 'signing')
  }
  throw new ZkebError('SIGNER_UNKNOWN', 'no trusted sender')
}
