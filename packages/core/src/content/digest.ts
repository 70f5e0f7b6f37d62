import type { Bytes } from '../bytes'
import { DIGEST_BYTES } from '../constants'
import { backend } from '../crypto/current'
import { forEachChunk, layoutOfMessage, sealedChunk } from './chunks'

/**
 * SHA-256 over the SHA-256 of every sealed chunk, tags included (spec/envelope.md §5), so that a reader of some
 * chunks can check them alone. Chunks may come in any order.
 */
export class ContentDigest {
  readonly #leaves: Bytes

  constructor(chunks: number) {
    this.#leaves = new Uint8Array(chunks * DIGEST_BYTES)
  }

  async add(index: number, sealed: Bytes): Promise<void> {
    this.#leaves.set(await backend().sha256(sealed), index * DIGEST_BYTES)
  }

  async finish(): Promise<Bytes> {
    return backend().sha256(this.#leaves)
  }
}

/** The digest of a whole message. */
export async function contentDigest(message: Bytes): Promise<Bytes> {
  const layout = layoutOfMessage(message.length)
  const digest = new ContentDigest(layout.chunks)
  await forEachChunk(layout, (i) => digest.add(i, sealedChunk(message, i)))
  return digest.finish()
}
