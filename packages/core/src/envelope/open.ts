import { compareBytes, unshare, wipe } from '../bytes'
import { CEK_BYTES } from '../constants'
import { openContent } from '../content/chunked'
import { backend } from '../crypto/current'
import { ZkebError } from '../errors'
import type { WrapContext } from '../suites/suite'
import { assertReader, type Reader } from './arguments'
import type { CheckedEnvelope } from './envelope'
import { wrapContext } from './header'
import { Opened } from './opened'
import { type EnvelopeInput, parseEnvelope } from './parse'
import { authenticate, type VerifyOptions } from './verify'

export interface OpenOptions extends VerifyOptions {
  /** Who opens. */
  readonly as: Reader
}

/**
 * Opens an envelope in any shape (spec/envelope.md §7): format, suite, signature, expiry, recipient, key, commitment,
 * content, in this order; the first fault decides. Throws `FORMAT`, `VERSION`, `SUITE_NOT_ALLOWED`, `LIMIT`,
 * `TRUNCATED`, `SIGNER_UNKNOWN`, `SIGNATURE`, `EXPIRED`, `NOT_RECIPIENT`, and one opaque `OPEN` for everything after.
 */
export async function open(envelope: EnvelopeInput, options: OpenOptions): Promise<Opened> {
  const reader = assertReader(options?.as)
  const checked = parseEnvelope(envelope)
  const { verified, h } = await authenticate(checked, options)
  const { encryptedKey } = findStanza(checked, reader.encryption.fingerprint)
  const sender = verified.sender.signing.fingerprint
  const context = wrapContext(checked.id, sender, reader.encryption.fingerprint)
  const cek = await unwrapKey(options.as, { encryptedKey, context })
  try {
    const key = { inputKey: cek, context: h }
    return new Opened(verified, await openContent(key, checked.content, checked.iv))
  } finally {
    wipe(cek)
  }
}

function findStanza({ recipients }: CheckedEnvelope, fingerprint: Uint8Array) {
  const own = recipients.find((recipient) => compareBytes(recipient.fingerprint, fingerprint) === 0)
  if (own) return own
  throw new ZkebError('NOT_RECIPIENT', 'the envelope is not addressed to this identity')
}

/**
 * A key that does not unwrap is replaced by a random one, so that it ends in the same error, at the same place, as a
 * wrong commitment or tag: no padding oracle (§7, step 6).
 */
async function unwrapKey(
  { decrypter }: Reader,
  stanza: { readonly encryptedKey: Uint8Array; readonly context: WrapContext },
) {
  const cek = await decrypter.unwrap(stanza.encryptedKey, stanza.context)
  return cek?.length === CEK_BYTES ? unshare(cek) : backend().randomBytes(CEK_BYTES)
}
