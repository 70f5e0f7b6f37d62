import type { Bytes } from '../bytes'
import { TAG_BYTES } from '../constants'
import type { ChunkCipher } from '../content/chunk-cipher'
import { hashChunks } from '../content/chunked'
import { countChunks } from '../content/chunks'
import { assertFresh } from '../envelope/replay'
import type { OpenedHead, OpenStreamOptions } from './open-head'
import type { SealedWindow } from './piece-reader'
import { createDigest } from './running-digest'

/** Sealed chunks, and the SHA-256 of each. */
export interface HashedWindow extends SealedWindow {
  readonly leaves: Bytes
}

/** Lets all windows of a stream pass, the last one only with a trailer that is genuine. Throws `SIGNATURE`. */
export async function* prove(
  windows: AsyncIterable<SealedWindow>,
  head: OpenedHead,
): AsyncGenerator<HashedWindow> {
  const digest = await createDigest()
  let plaintextBytes = 0
  for await (const { sealed, trailer } of windows) {
    const leaves = await hashChunks(sealed)
    digest.update(leaves)
    plaintextBytes += sealed.length - countChunks(sealed) * TAG_BYTES
    if (trailer) {
      await head.verifyTrailer({ digest: digest.digest(), plaintextBytes }, trailer)
    }
    yield { sealed, leaves }
  }
}

/** Decrypts windows, of which the first begins with chunk `index`. Throws `OPEN`. */
export async function* openWindows(
  windows: AsyncIterable<SealedWindow>,
  cipher: ChunkCipher,
  index = 0,
): AsyncGenerator<Bytes> {
  let first = index
  for await (const { sealed } of windows) {
    const count = countChunks(sealed)
    const plaintext = new Uint8Array(sealed.length - count * TAG_BYTES)
    await cipher.open({ first, plaintext, sealed })
    yield plaintext
    first += count
  }
}

/**
 * Plaintext on its way out. The replay guard is asked before its first byte, or at the end where there is none. Throws
 * `REPLAYED`.
 */
export async function* release(
  plaintext: AsyncIterable<Bytes>,
  { verified, h }: Pick<OpenedHead, 'verified' | 'h'>,
  { onProgress, replayGuard }: Pick<OpenStreamOptions, 'onProgress' | 'replayGuard'>,
): AsyncGenerator<Bytes> {
  let released = 0
  const claim = async (bytes: Bytes) => {
    if (replayGuard) await assertFresh(replayGuard, { ...verified, bytes }, h)
  }
  for await (const piece of plaintext) {
    if (piece.length === 0) continue
    if (released === 0) await claim(piece)
    released += piece.length
    onProgress?.(released)
    yield piece
  }
  if (released === 0) await claim(new Uint8Array(0))
}
