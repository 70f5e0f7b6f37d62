import { type Bytes, unshare, wipe } from '../bytes'
import { SALT_BYTES } from '../constants'
import { backend } from '../crypto/current'
import { type ContentKey, chunkCipher, committedCipher } from './chunk-cipher'
import { forEachChunk, layoutOfMessage, layoutOfPlaintext, plainChunk, sealedChunk } from './chunks'

/** One encrypted message. */
export interface SealedContent {
  /** salt(24) ‖ commitment(32) ‖ chunks. */
  readonly message: Bytes
  /** The nonce of chunk 0, 12 bytes. */
  readonly baseNonce: Bytes
}

/** Encrypts a whole message (Cobblestone-256, spec/envelope.md §3). Throws `LIMIT` beyond 64 MiB. */
export async function sealContent(key: ContentKey, plaintext: Uint8Array): Promise<SealedContent> {
  return sealWithSalt(key, unshare(plaintext), backend().randomBytes(SALT_BYTES))
}

/**
 * A salt MUST NOT repeat under one input key: only vectors give one of their own. `onChunk` gets every sealed chunk while it
 * is still in the processor's cache.
 */
export async function sealWithSalt(
  key: ContentKey,
  plaintext: Bytes,
  salt: Bytes,
  onChunk?: (index: number, sealed: Bytes) => Promise<void>,
): Promise<SealedContent> {
  const layout = layoutOfPlaintext(plaintext.length)
  const cipher = await chunkCipher(key, salt)
  const message = new Uint8Array(layout.messageBytes)
  message.set(salt)
  message.set(cipher.commitment, SALT_BYTES)
  await forEachChunk(layout, async (i) => {
    const sealed = sealedChunk(message, i)
    await cipher.seal(i, plainChunk(plaintext, i), sealed)
    await onChunk?.(i, sealed)
  })
  return { message, baseNonce: cipher.baseNonce }
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
    await forEachChunk(layout, (i) =>
      cipher.open(i, sealedChunk(message, i), plainChunk(plaintext, i)),
    )
  } catch (error) {
    wipe(plaintext)
    throw error
  }
  return plaintext
}
