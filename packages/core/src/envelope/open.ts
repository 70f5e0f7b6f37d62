import { type Bytes, equalBytes, unshare, wipe } from '../bytes'
import { CEK_BYTES } from '../constants'
import { openContent } from '../content/chunked'
import { backend } from '../crypto/current'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import { assertReader, type Reader } from './arguments'
import type { Recipient } from './envelope'
import { wrapContext } from './header'
import { Opened } from './opened'
import { type EnvelopeInput, parseEnvelope } from './shapes'
import { type Authenticable, authenticate, type VerifyOptions } from './verify'

/** What an envelope says of its recipients, the primary one first; already authenticated when it is asked about. */
export interface ReaderHint {
  readonly id: string
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
}

/**
 * Opens an envelope in any shape (spec/envelope.md §7): format, suite, signature, expiry, recipient, key, commitment,
 * content, in this order; the first fault decides. Throws `FORMAT`, `VERSION`, `SUITE_NOT_ALLOWED`, `LIMIT`,
 * `TRUNCATED`, `SIGNER_UNKNOWN`, `SIGNATURE`, `EXPIRED`, `NOT_RECIPIENT`, and one opaque `OPEN` for everything after.
 */
export async function open(envelope: EnvelopeInput, options: OpenOptions): Promise<Opened> {
  if (typeof options?.as !== 'function') assertReader(options?.as)
  const checked = parseEnvelope(envelope)
  const { verified, h } = await authenticate(checked, options)
  const cek = await openKey(checked, { as: options.as, sender: verified.sender })
  try {
    const key = { inputKey: cek, context: h }
    return new Opened(verified, await openContent(key, checked.content, checked.iv))
  } finally {
    wipe(cek)
  }
}

/**
 * §7, steps 5 and 6, of a header that is proven. A key that does not unwrap is replaced by a random one, so that it ends
 * in the same error, at the same place, as a wrong commitment or tag: no padding oracle. Throws `NOT_RECIPIENT`.
 */
export async function openKey(
  header: Authenticable,
  { as, sender }: { readonly as: Reader | ReaderResolver; readonly sender: PublicIdentity },
): Promise<Bytes> {
  const reader = await resolveReader(header, as)
  const { fingerprint } = reader.public.encryption
  const { encryptedKey } = findStanza(header, fingerprint)
  const context = wrapContext(header.id, sender.signing.fingerprint, fingerprint)
  const cek = await reader.decrypter.unwrap(encryptedKey, context)
  return cek?.length === CEK_BYTES ? unshare(cek) : backend().randomBytes(CEK_BYTES)
}

async function resolveReader(
  { id, recipients }: Authenticable,
  as: Reader | ReaderResolver,
): Promise<Reader> {
  if (typeof as !== 'function') return as
  const reader = await as({ id, recipients })
  if (!reader) throw notRecipient()
  assertReader(reader)
  return reader
}

function findStanza({ recipients }: Authenticable, fingerprint: Uint8Array) {
  const own = recipients.find((recipient) => equalBytes(recipient.fingerprint, fingerprint))
  if (own) return own
  throw notRecipient()
}

function notRecipient(): ZkebError {
  return new ZkebError('NOT_RECIPIENT', 'the envelope is not addressed to this identity')
}
