import type { Bytes } from '../bytes'
import type { Awaitable } from '../crypto/backend'
import type { JsonObject, JsonValue } from '../encoding/jcs'
import { present } from '../encoding/present'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import { assertPublic, toAssociatedDataBytes, toMilliseconds } from './arguments'
import type { CheckedEnvelope } from './envelope'
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

/** An envelope, or the head of a stream in the form of one. */
export type Authenticable = Omit<CheckedEnvelope, 'version'> & { readonly version: string }

/**
 * §7, steps 2 to 4; `toSign` makes what the signature is over, `nobody` stands for the sender of an unsigned envelope. Also
 * returns `h`, which the content key is bound to.
 */
export async function authenticate(
  envelope: Authenticable,
  options: VerifyOptions & { readonly nobody?: PublicIdentity | undefined },
  toSign = (h: Bytes): Awaitable<Bytes> =>
    signedMessage(h, envelope.content, envelope.plaintextBytes),
): Promise<{ readonly verified: Verified; readonly h: Bytes }> {
  const { nobody } = options
  const now = toMilliseconds(options.now ?? Date.now(), 'now')
  const associatedData = toAssociatedDataBytes(options.associatedData)
  const { id, createdAt, expiresAt, metadata, senderPrivateKeyId } = envelope
  const sender =
    nobody ?? (await resolveIdentity(options.from, present({ id, senderPrivateKeyId })))
  const h = await headerDigest(envelope, { sender: sender.signing.fingerprint, associatedData })
  const message = await toSign(h)
  // A key of another suite cannot have made this signature.
  const genuine =
    sender.suite === envelope.suite.name &&
    (await sender.signing.verify(message, envelope.signature))
  if (!genuine) {
    throw new ZkebError('SIGNATURE', 'wrong sender, wrong associated data, or altered')
  }
  if (expiresAt !== undefined && now >= expiresAt) {
    throw new ZkebError('EXPIRED', `the envelope expired at ${new Date(expiresAt).toISOString()}`)
  }
  const verified = present({
    id,
    createdAt: new Date(createdAt),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    metadata,
    sender,
  })
  return { verified, h }
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
  throw new ZkebError('SIGNER_UNKNOWN', 'no trusted identity was found for the sender')
}
