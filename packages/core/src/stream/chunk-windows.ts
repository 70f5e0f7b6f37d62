import type { Bytes } from '../bytes'
import { CHUNK_BYTES, DIGEST_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES } from '../constants'
import type { ChunkCipher } from '../content/chunk-cipher'
import { backend } from '../crypto/current'

/** Seals consecutive chunks, of which only the last one of a stream is not full, into memory of their own. */
export async function sealWindow(
  cipher: ChunkCipher,
  first: number,
  chunks: readonly Bytes[],
): Promise<Bytes> {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length + TAG_BYTES, 0)
  const sealed = new Uint8Array(bytes)
  await Promise.all(chunks.map((chunk, i) => cipher.seal(first + i, chunk, sealedAt(sealed, i))))
  return sealed
}

/** Opens consecutive chunks, of which only the last one of a stream is not full. Throws `OPEN`. */
export async function openWindow(
  cipher: ChunkCipher,
  first: number,
  sealed: Bytes,
): Promise<Bytes> {
  const count = countChunks(sealed)
  const plaintext = new Uint8Array(sealed.length - count * TAG_BYTES)
  const open = (i: number) => {
    const chunk = plaintext.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)
    return cipher.open(first + i, sealedAt(sealed, i), chunk)
  }
  await Promise.all(Array.from({ length: count }, (_, i) => open(i)))
  return plaintext
}

/** SHA-256 of every one of consecutive sealed chunks, 32 bytes each. */
export async function hashWindow(sealed: Bytes): Promise<Bytes> {
  const count = countChunks(sealed)
  const leaves = new Uint8Array(count * DIGEST_BYTES)
  const hash = async (i: number) =>
    leaves.set(await backend().sha256(sealedAt(sealed, i)), i * DIGEST_BYTES)
  await Promise.all(Array.from({ length: count }, (_, i) => hash(i)))
  return leaves
}

export function countChunks(sealed: Bytes): number {
  return Math.ceil(sealed.length / SEALED_CHUNK_BYTES)
}

function sealedAt(sealed: Bytes, index: number): Bytes {
  return sealed.subarray(index * SEALED_CHUNK_BYTES, (index + 1) * SEALED_CHUNK_BYTES)
}
