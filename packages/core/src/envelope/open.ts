import { type Bytes, equalBytes, unshare, wipe } from '../bytes'
import { CEK_BYTES } from '../constants'
import { openContent } from '../content/chunked'
import { backend } from '../crypto/current'
import { assertNoMore } from '../encoding/arguments'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import type { SuiteName } from '../suites/registry'
import type { WrapContext } from '../suites/suite'
import { assertOwner, loadNobody, type Reader } from './arguments'
import type { CheckedEnvelope, Envelope, Recipient } from './envelope'
import { wrapContext } from './header'
import { Opened } from './opened'
import type { Grant } from './read-grant'
import { assertFresh, type ReplayGuard } from './replay'
import { type EnvelopeInput, parseEnvelope } from './shapes'
import { authenticate, type VerifyOptions } from './verify'

/** What an envelope says of its recipients, the primary one first; already authenticated when it is asked about. */
export interface ReaderHint {
  readonly id: string
  readonly suite: SuiteName
  readonly recipients: readonly Pick<Recipient, 'receiverPublicKeyId' | 'fingerprint'>[]
}

/** Finds the one among an envelope's recipients that opens it here; undefined or null where there is none. */
export type ReaderResolver = (
  hint: ReaderHint,
) => Reader | undefined | null | Promise<Reader | undefined | null>

/** What {@link open} needs. */
export interface OpenOptions extends VerifyOptions {
  /** Who opens: an identity, or a function that finds one, asked only once signature and expiry are good. */
  readonly as: Reader | ReaderResolver
  /** Opens by what a recipient granted, instead of by being a recipient: see readGrant(). */
  readonly grant?: Grant
  /** Refuses what was opened before; one for each reader. Asked last, and only about what does open. */
  readonly replayGuard?: ReplayGuard
}

/** What {@link open} needs for an envelope that nobody signed. */
export interface UnsignedOpenOptions extends Omit<OpenOptions, 'from' | 'grant'> {
  /** **Nobody**: whoever has the recipients' public keys may have made it, and any other recipient may have put it in the place of another. */
  readonly from: 'unsigned'
}

/**
 * Opens an envelope in any shape (spec/envelope.md §7): format, suite, signature, expiry, grant, recipient, key, commitment,
 * content, replay guard, in this order; the first fault decides. Throws `FORMAT`, `VERSION`, `SUITE_NOT_ALLOWED`, `LIMIT`,
 * `TRUNCATED`, `SIGNER_UNKNOWN`, `SIGNATURE`, `EXPIRED`, `NOT_RECIPIENT`, one opaque `OPEN` for key and content, and `REPLAYED`.
 * What a decrypter, a resolver or the replay guard throws comes through as it is.
 */
export async function open(envelope: EnvelopeInput, options: OpenOptions): Promise<Opened>
export async function open(
  envelope: EnvelopeInput,
  options: UnsignedOpenOptions,
): Promise<Opened<undefined>>
export async function open(envelope: EnvelopeInput, options: OpenOptions | UnsignedOpenOptions) {
  if (typeof options?.as !== 'function') assertOwner(options?.as, 'as', 'decrypter')
  const { as, from, grant, replayGuard, associatedData, now, ...unknown } = options as OpenOptions
  assertNoMore(unknown)
  const known = { as, from, grant, associatedData, now } as OpenOptions
  const { opened, h, cek } = await unlock(parseEnvelope(envelope), known)
  wipe(cek)
  if (replayGuard) await assertFresh(replayGuard, opened, h)
  return opened
}

/** Everything but the replay guard. Also gives what is bound to the envelope, and the content key, which the caller wipes. */
export async function unlock(
  envelope: CheckedEnvelope,
  options: OpenOptions | UnsignedOpenOptions,
) {
  const { as, grant } = options as OpenOptions
  const nobody =
    options.from === 'unsigned' ? (await loadNobody(envelope.suite.name)).public : undefined
  const { verified, h, digest } = await authenticate(envelope, options as OpenOptions, nobody)
  const granted = await grant?.check(envelope, { h, digest, now: options.now })
  const cek = await openKey({ ...envelope, ...granted }, { as, sender: verified.sender })
  try {
    const key = { inputKey: cek, context: h }
    const bytes = await openContent(key, envelope.content, envelope.iv)
    const sender = nobody ? undefined : verified.sender
    const opened = new Opened({ ...verified, sender, ...granted?.proven }, bytes)
    return { opened, h, digest, cek }
  } catch (error) {
    wipe(cek)
    throw error
  }
}

/** A header that is proven; a grant's has another recipient, whose key is bound to another context. */
type Unlockable = Pick<Envelope, 'id' | 'recipients'> & { readonly context?: WrapContext }

/**
 * §7, steps 5 and 6, of a header that is proven. A key that does not unwrap is replaced by a random one, so that it ends
 * in the same error, at the same place, as a wrong commitment or tag: no padding oracle. Throws `NOT_RECIPIENT`.
 */
export async function openKey(
  { id, recipients, context }: Unlockable,
  { as, sender }: { readonly as: Reader | ReaderResolver; readonly sender: PublicIdentity },
): Promise<Bytes> {
  const reader = await resolveReader({ id, suite: sender.suite, recipients }, as)
  const { fingerprint } = reader.public.encryption
  const own = recipients.find((recipient) => equalBytes(recipient.fingerprint, fingerprint))
  if (!own) throw notRecipient()
  const place = context ?? wrapContext(id, sender.signing.fingerprint, fingerprint)
  const cek = await reader.decrypter.unwrap(own.encryptedKey, place)
  return cek?.length === CEK_BYTES ? unshare(cek) : backend().randomBytes(CEK_BYTES)
}

async function resolveReader(hint: ReaderHint, as: Reader | ReaderResolver): Promise<Reader> {
  if (typeof as !== 'function') return as
  const reader = await as(hint)
  if (!reader) throw notRecipient()
  assertOwner(reader, 'as', 'decrypter')
  return reader
}

function notRecipient(): ZkebError {
  return new ZkebError('NOT_RECIPIENT', 'not one of its recipients')
}
