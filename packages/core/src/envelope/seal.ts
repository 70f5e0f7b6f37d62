import { fromUtf8, wipe } from '../bytes'
import { CEK_BYTES, ENVELOPE_VERSION, SALT_BYTES } from '../constants'
import { sealWithSalt } from '../content/chunked'
import { layoutOfPlaintext } from '../content/chunks'
import { backend } from '../crypto/current'
import { type Addressee, assertOwner, loadNobody } from './arguments'
import { draftHeader, finishHeader, type SealOptions } from './draft'
import { checkEnvelope } from './envelope'
import { signedMessage } from './header'
import { notSealable, type Sealable, toPlaintext } from './plaintext'
import { publishEnvelope, type SealedEnvelope } from './shapes'

/** What {@link seal} needs to make an envelope that nobody signs. */
export interface UnsignedSealOptions extends Omit<SealOptions, 'from'> {
  /** **Nobody.** Suites x25519 and pq only. Whoever has the public keys can make such an envelope, and every recipient another one. */
  readonly from: 'unsigned'
}

/**
 * Encrypts `data` for its recipients and signs it (spec/envelope.md §6). Text is sealed as UTF-8, bytes as they are,
 * anything else as JSON; at most 64 MiB. Throws a TypeError or RangeError that names the argument for misuse,
 * `LIMIT` for too much data.
 */
export async function seal(
  data: Sealable,
  options: SealOptions | UnsignedSealOptions,
): Promise<SealedEnvelope> {
  const plaintext = toPlaintext(data)
  const { plaintextBytes } = layoutOfPlaintext(plaintext.length)
  const signed = options?.from !== 'unsigned'
  // What is no recipient is left for draftHeader() to refuse.
  const suite = () => ([options.to].flat()[0] as Addressee | undefined)?.suite
  const from = signed ? options?.from : await loadNobody(suite())
  const sender = signed ? assertOwner(from, 'from', 'signer') : from.public
  const draft = draftHeader(options, { version: ENVELOPE_VERSION, sender, signed })
  const cek = backend().randomBytes(CEK_BYTES)
  try {
    const { header, h } = await finishHeader(draft, cek)
    const key = { inputKey: cek, context: h }
    const salt = backend().randomBytes(SALT_BYTES)
    const { message, baseNonce, digest } = await sealWithSalt(key, plaintext, salt)
    // A buffer that was resized or transferred: what was sealed is not what was given.
    if (plaintext.length !== plaintextBytes) throw notSealable()
    const toSign = signedMessage(h, { content: message, digest, plaintextBytes })
    const signature = await from.signer.sign(toSign)
    const { metadataBytes, ...fields } = header
    const envelope = checkEnvelope({
      ...fields,
      metadata: metadataBytes && JSON.parse(fromUtf8(metadataBytes)),
      iv: baseNonce,
      content: message,
      signature,
    })
    return publishEnvelope(envelope)
  } finally {
    wipe(cek)
  }
}
