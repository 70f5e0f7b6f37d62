import type { Bytes } from '../bytes'
import { DIGEST_BYTES } from '../constants'
import { backend } from '../crypto/current'
import { forEachChunk, layoutOfMessage, sealedChunk } from './chunks'

/**
 * SHA-256 over the SHA-256 of every sealed chunk, tags included (spec/envelope.md §5), so that a reader of some
 * chunks can check them alone.
 */
export async function contentDigest(message: Bytes): Promise<Bytes> {
  const layout = layoutOfMessage(message.length)
  const leaves = new Uint8Array(layout.chunks * DIGEST_BYTES)
  await forEachChunk(layout, async (i) => {
    leaves.set(await backend().sha256(sealedChunk(message, i)), i * DIGEST_BYTES)
  })
  return backend().sha256(leaves)
}
