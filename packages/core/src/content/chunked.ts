import { type Bytes, concatBytes, equalBytes, isBytes, unshare, utf8, wipe } from '../bytes'
import {
  CEK_BYTES,
  COMMITMENT_BYTES,
  CONTENT_HEAD_BYTES,
  NONCE_BYTES,
  SALT_BYTES,
} from '../constants'
import { backend } from '../crypto/current'
import { ZkebError } from '../errors'
import { forEachChunk, layoutOfMessage, layoutOfPlaintext, plainChunk, sealedChunk } from './chunks'

/** C2SP chunked-encryption v1: "…@v1+" ‖ IANA name of the AEAD ‖ 0x00. */
const INFO_PREFIX = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0')

/** What is needed to open one content message. */
export interface ContentKey {
  /** 32 uniformly random bytes. */
  readonly inputKey: Uint8Array
  /** Bound into the key derivation. */
  readonly context: Uint8Array
}

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
  const { aesKey, baseNonce, commitment } = await derive(key, salt)
  const aes = await backend().aes256Gcm(aesKey)
  wipe(aesKey)
  const message = new Uint8Array(layout.messageBytes)
  message.set(salt)
  message.set(commitment, SALT_BYTES)
  await forEachChunk(layout, async (i) => {
    const sealed = sealedChunk(message, i)
    await aes.seal(chunkNonce(baseNonce, i), plainChunk(plaintext, i), sealed)
    await onChunk?.(i, sealed)
  })
  return { message, baseNonce }
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
  const salt = message.subarray(0, SALT_BYTES)
  const { aesKey, baseNonce, commitment } = await derive(key, salt)
  const committed = equalBytes(commitment, message.subarray(SALT_BYTES, CONTENT_HEAD_BYTES))
  if (!committed || (expectedNonce && !equalBytes(baseNonce, expectedNonce))) {
    wipe(aesKey)
    throw cannotOpen()
  }
  const aes = await backend().aes256Gcm(aesKey)
  wipe(aesKey)
  const plaintext = new Uint8Array(layout.plaintextBytes)
  try {
    await forEachChunk(layout, async (i) => {
      const nonce = chunkNonce(baseNonce, i)
      const genuine = await aes.open(nonce, sealedChunk(message, i), plainChunk(plaintext, i))
      if (!genuine) throw cannotOpen()
    })
  } catch (error) {
    wipe(plaintext)
    throw error
  }
  return plaintext
}

/** §7: the one error for everything that fails after the signature. */
function cannotOpen(): ZkebError {
  return new ZkebError('OPEN', 'the content cannot be opened')
}

/** HKDF-Expand-SHA-512 (RFC 5869 §2.3) to 76 bytes: two blocks. */
async function derive({ inputKey, context }: ContentKey, salt: Uint8Array) {
  if (!isBytes(inputKey) || inputKey.length !== CEK_BYTES) {
    throw new RangeError(`inputKey: a Uint8Array of ${CEK_BYTES} bytes`)
  }
  const prk = unshare(inputKey)
  const info = concatBytes(INFO_PREFIX, salt, context)
  const first = await backend().hmacSha512(prk, concatBytes(info, Uint8Array.of(1)))
  const second = await backend().hmacSha512(prk, concatBytes(first, info, Uint8Array.of(2)))
  const output = concatBytes(first, second)
  const nonceEnd = CEK_BYTES + NONCE_BYTES
  const derived = {
    aesKey: output.slice(0, CEK_BYTES),
    baseNonce: output.slice(CEK_BYTES, nonceEnd),
    commitment: output.slice(nonceEnd, nonceEnd + COMMITMENT_BYTES),
  }
  wipe(first, second, output)
  return derived
}

/** baseNonce XOR index, the index as a 96-bit big-endian integer: here it fits its last four bytes. */
function chunkNonce(baseNonce: Bytes, index: number): Bytes {
  const nonce = new Uint8Array(baseNonce)
  const view = new DataView(nonce.buffer)
  view.setUint32(8, view.getUint32(8) ^ index)
  return nonce
}
