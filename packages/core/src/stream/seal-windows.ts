import { type Bytes, unshare, wipe } from '../bytes'
import { CHUNK_BYTES, MAX_STREAM_BYTES, TAG_BYTES } from '../constants'
import type { ChunkCipher } from '../content/chunk-cipher'
import { hashChunks } from '../content/chunked'
import { layoutOfPlaintext, WINDOW_CHUNKS } from '../content/chunks'
import { backend } from '../crypto/current'
import type { SignedContent } from '../envelope/header'
import { createDigest } from './running-digest'
import type { StreamOptions } from './web-streams'

interface Sealing {
  readonly onProgress: StreamOptions['onProgress']
  /** Asked with the SHA-256 of each chunk before these chunks leave; `first` is the index of the first of them. */
  readonly beforeLeaving?: (leaves: Bytes, first: number) => Promise<void>
}

/**
 * Seals plaintext that comes in pieces of any size: chunks as soon as they are full, and at last the one that is not.
 * Returns what is to be signed of it. Throws `LIMIT`.
 */
export async function* sealWindows(
  pieces: AsyncIterable<Uint8Array>,
  cipher: ChunkCipher,
  { onProgress, beforeLeaving }: Sealing,
): AsyncGenerator<Bytes, Omit<SignedContent, 'content'>> {
  const digest = await createDigest()
  let rested = 0
  let first = 0
  let plaintextBytes = 0
  for await (const plaintext of cutWindows(pieces)) {
    plaintextBytes += plaintext.length
    layoutOfPlaintext(plaintextBytes, MAX_STREAM_BYTES)
    // The last chunk may be empty.
    const chunks = Math.max(1, Math.ceil(plaintext.length / CHUNK_BYTES))
    const sealed = new Uint8Array(plaintext.length + chunks * TAG_BYTES)
    await cipher.seal({ first, plaintext, sealed })
    const leaves = await hashChunks(sealed)
    await beforeLeaving?.(leaves, first)
    first += chunks
    digest.update(leaves)
    onProgress?.(plaintextBytes)
    yield sealed
    // Pieces may be small: others get their turn after as much work as between the windows of a message.
    if (first >= rested + WINDOW_CHUNKS) {
      rested = first
      await backend().breathe()
    }
  }
  return { digest: digest.digest(), plaintextBytes }
}

/** Full chunks as soon as there are some, and at last the one that is not full. Only the cut ones are copied. */
async function* cutWindows(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Bytes> {
  const kept = new Uint8Array(CHUNK_BYTES)
  let filled = 0
  try {
    for await (const piece of pieces) {
      let rest = unshare(piece)
      if (filled > 0 && filled + rest.length >= CHUNK_BYTES) {
        const missing = CHUNK_BYTES - filled
        kept.set(rest.subarray(0, missing), filled)
        rest = rest.subarray(missing)
        filled = 0
        yield kept
      }
      while (rest.length >= CHUNK_BYTES) {
        const chunks = Math.min(WINDOW_CHUNKS, Math.floor(rest.length / CHUNK_BYTES))
        yield rest.subarray(0, chunks * CHUNK_BYTES)
        rest = rest.subarray(chunks * CHUNK_BYTES)
      }
      kept.set(rest, filled)
      filled += rest.length
    }
    yield kept.subarray(0, filled)
  } finally {
    wipe(kept)
  }
}
