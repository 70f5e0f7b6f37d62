import { type Bytes, unshare, wipe } from '../bytes'
import {
  CHUNK_BYTES,
  CONTENT_HEAD_BYTES,
  DIGEST_BYTES,
  SALT_BYTES,
  SEALED_CHUNK_BYTES,
} from '../constants'
import { backend } from '../crypto/current'
import { type ContentKey, chunkCipher, committedCipher, forEachChunk } from './chunk-cipher'
import { countChunks, layoutOfMessage, layoutOfPlaintext, WINDOW_CHUNKS } from './chunks'

/** One encrypted message. */
export interface SealedContent {
  /** salt(24) ‖ commitment(32) ‖ chunks. */
  readonly message: Bytes
  /** The nonce of chunk 0, 12 bytes. */
  readonly baseNonce: Bytes
}

/** Encrypts a whole message (Cobblestone-256, spec/envelope.md §3). Throws `LIMIT` beyond 64 MiB. */
export async function sealContent(key: ContentKey, plaintext: Uint8Array): Promise<SealedContent> {
  const salt = backend().randomBytes(SALT_BYTES)
  const { message, baseNonce } = await sealWithSalt(key, unshare(plaintext), salt)
  return { message, baseNonce }
}

/**
 * The same, and what {@link contentDigest} is of it, made while each window is still in the processor's cache. A salt MUST NOT
 * repeat under one input key: only vectors give one of their own.
 */
export async function sealWithSalt(
  key: ContentKey,
  plaintext: Bytes,
  salt: Bytes,
): Promise<SealedContent & { readonly digest: Bytes }> {
  const layout = layoutOfPlaintext(plaintext.length)
  const cipher = await chunkCipher(key, salt)
  const message = new Uint8Array(layout.messageBytes)
  message.set(salt)
  message.set(cipher.commitment, SALT_BYTES)
  const leaves = new Uint8Array(layout.chunks * DIGEST_BYTES)
  await forEachWindow(message, async (sealed, first) => {
    await cipher.seal({ first, plaintext: plainWindow(plaintext, first), sealed })
    leaves.set(await hashChunks(sealed), first * DIGEST_BYTES)
  })
  return { message, baseNonce: cipher.baseNonce, digest: await backend().sha256(leaves) }
}

/**
 * Decrypts a whole message. The commitment, and `expectedNonce` where one is given, are compared before anything
 * is decrypted. Throws `TRUNCATED` and `FORMAT` for impossible lengths, and one and the same `OPEN` for a wrong key,
 * context, commitment, nonce or tag.
 */
export async function openContent(
  key: ContentKey,
  sealed: Uint8Array,
  expectedNonce?: Uint8Array,
): Promise<Bytes> {
  const message = unshare(sealed)
  const layout = layoutOfMessage(message.length)
  const cipher = await committedCipher(key, message, expectedNonce)
  const plaintext = new Uint8Array(layout.plaintextBytes)
  try {
    await forEachWindow(message, (window, first) =>
      cipher.open({ first, plaintext: plainWindow(plaintext, first), sealed: window }),
    )
  } catch (error) {
    wipe(plaintext)
    throw error
  }
  return plaintext
}

/**
 * SHA-256 over the SHA-256 of every sealed chunk of a message, tags included (spec/envelope.md §5), so that a reader of some
 * chunks can check them alone. Throws `TRUNCATED`, `FORMAT` and `LIMIT` for impossible lengths.
 */
export async function contentDigest(message: Bytes): Promise<Bytes> {
  const leaves = new Uint8Array(layoutOfMessage(message.length).chunks * DIGEST_BYTES)
  await forEachWindow(message, async (sealed, first) =>
    leaves.set(await hashChunks(sealed), first * DIGEST_BYTES),
  )
  return backend().sha256(leaves)
}

/** SHA-256 of every one of consecutive sealed chunks, 32 bytes each. */
export async function hashChunks(sealed: Bytes): Promise<Bytes> {
  const leaves = new Uint8Array(countChunks(sealed) * DIGEST_BYTES)
  await forEachChunk(sealed, async (chunk, i) =>
    leaves.set(await backend().sha256(chunk), i * DIGEST_BYTES),
  )
  return leaves
}

/** Works through the chunks of a message a window at a time; `first` is the index of a window's first chunk. */
async function forEachWindow(
  message: Bytes,
  work: (sealed: Bytes, first: number) => Promise<void>,
): Promise<void> {
  const chunks = message.subarray(CONTENT_HEAD_BYTES)
  const windowBytes = WINDOW_CHUNKS * SEALED_CHUNK_BYTES
  for (let offset = 0; offset < chunks.length; offset += windowBytes) {
    if (offset > 0) await backend().breathe()
    await work(chunks.subarray(offset, offset + windowBytes), offset / SEALED_CHUNK_BYTES)
  }
}

function plainWindow(plaintext: Bytes, first: number): Bytes {
  return plaintext.subarray(first * CHUNK_BYTES, (first + WINDOW_CHUNKS) * CHUNK_BYTES)
}
