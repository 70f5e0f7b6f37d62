import { type Bytes, wipe } from '../bytes'
import { committedCipher } from '../content/chunk-cipher'
import { assertNoMore } from '../encoding/arguments'
import {
  assertOwner,
  assertPublic,
  toAssociatedDataBytes,
  toMilliseconds,
} from '../envelope/arguments'
import { signedMessage } from '../envelope/header'
import { type OpenOptions, openKey } from '../envelope/open'
import type { ReplayGuard } from '../envelope/replay'
import { claimOf, prove, type Verified } from '../envelope/verify'
import { ZkebError } from '../errors'
import type { ProvableContent } from './open-windows'
import type { PieceReader } from './piece-reader'
import { headMessage, readHead } from './stream-head'
import { explained, OR_CUT } from './stream-hints'
import { assertStreamOptions, type StreamOptions } from './web-streams'

/** What {@link openStream} needs. */
export interface OpenStreamOptions
  extends Omit<OpenOptions, 'grant' | 'replayGuard'>,
    StreamOptions {
  /**
   * Refuses what was opened before, and any second part of it; one for each reader. Asked once, before the first byte of plaintext
   * is released; with several recipients after the trailer is verified. A stream that fails later, `TRUNCATED` for one,
   * **stays claimed**: to try again takes a new guard. With `unverified` any other recipient can use the claim up.
   */
  readonly replayGuard?: ReplayGuard
  /**
   * Releases the plaintext of a stream with several recipients before its trailer is verified. **Any other recipient may
   * have replaced the content**, under the true sender's head: what comes out is not to be believed before the stream has
   * ended without an error. Without effect on a stream with one recipient.
   */
  readonly unverified?: boolean
}

/** A stream whose head is proven, and whose content this reader can open. */
export interface OpenedHead extends ProvableContent {
  readonly verified: Verified
  readonly h: Bytes
  /** Where chunk 0 begins. */
  readonly headBytes: number
  readonly trailerBytes: number
}

/** spec/stream.md §5, steps 1 to 6. */
export async function openHead(
  reader: PieceReader,
  options: OpenStreamOptions,
): Promise<OpenedHead> {
  const { head, contentHead, bytes } = await readHead(reader)
  const claim = await claimOf(head, options)
  const { sender, h } = claim
  const verified = await prove(head, claim, headMessage(h, contentHead))
  const cek = await openKey(head, { as: options.as, sender })
  try {
    const cipher = await committedCipher({ inputKey: cek, context: h }, contentHead).catch(
      explained,
    )
    return {
      verified,
      h,
      cipher: { ...cipher, open: (chunks) => cipher.open(chunks).catch(explained) },
      headBytes: bytes,
      trailerBytes: head.signature.length,
      mustProve: head.recipients.length > 1 && options.unverified !== true,
      async verifyTrailer(content, trailer) {
        const message = signedMessage(h, { content: contentHead, ...content })
        if (await sender.signing.verify(message, trailer)) return
        throw new ZkebError('SIGNATURE', 'the content is not what the sender signed', {
          hint: `altered, ${OR_CUT}`,
        })
      },
    }
  } finally {
    wipe(cek)
  }
}

/** Throws a TypeError that names the argument. */
export function assertOpenStreamOptions(options: OpenStreamOptions): void {
  const { as, from, associatedData, now, grant, ...others } = (options ?? {}) as OpenOptions
  const {
    replayGuard: _,
    unverified: __,
    signal: ___,
    onProgress: ____,
    ...unknown
  } = others as OpenStreamOptions
  if (typeof as !== 'function') assertOwner(as, 'as', 'decrypter')
  if (typeof from !== 'function') assertPublic(from, 'from', 'encryption', 'signing')
  toMilliseconds(now ?? 0, 'now')
  toAssociatedDataBytes(associatedData)
  if (grant) throw new TypeError('grant: a stream is never granted')
  assertNoMore(unknown)
  assertStreamOptions(options)
}
