import { type Bytes, concatBytes, equalBytes, isBytes, unshare, utf8, wipe } from '../bytes'
import {
  CEK_BYTES,
  CHUNK_BYTES,
  COMMITMENT_BYTES,
  CONTENT_HEAD_BYTES,
  NONCE_BYTES,
  SALT_BYTES,
  SEALED_CHUNK_BYTES,
} from '../constants'
import type { AesGcm, Awaitable } from '../crypto/backend'
import { backend } from '../crypto/current'
import { ZkebError } from '../errors'
import { countChunks } from './chunks'

/** C2SP chunked-encryption v1: "…@v1+" ‖ IANA name of the AEAD ‖ 0x00. */
const INFO_PREFIX = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0')

/** What is needed to open one content message. */
export interface ContentKey {
  /** 32 uniformly random bytes. */
  readonly inputKey: Uint8Array
  /** Bound into the key derivation. */
  readonly context: Uint8Array
}

/** Consecutive chunks, plain and sealed; only the last one of a message is not full. */
interface Chunks {
  /** The index of the first of them; every index is below 2^32. */
  readonly first: number
  readonly plaintext: Bytes
  /** 16 bytes longer for every chunk: each ends in its tag. */
  readonly sealed: Bytes
}

/** Seals and opens the chunks of one message, in any order. */
export interface ChunkCipher {
  /** The nonce of chunk 0, 12 bytes. */
  readonly baseNonce: Bytes
  /** 32 bytes. */
  readonly commitment: Bytes
  /** Writes into `sealed`. */
  seal(chunks: Chunks): Promise<void>
  /** Writes into `plaintext`. Throws `OPEN` where a tag is wrong. */
  open(chunks: Chunks): Promise<void>
}

/** spec/envelope.md §3: key, nonces and commitment of the message that begins with `salt`. */
export async function chunkCipher(key: ContentKey, salt: Uint8Array): Promise<ChunkCipher> {
  const [aesKey, baseNonce, commitment] = await derive(key, salt)
  const aes = await importKey(aesKey)
  return {
    baseNonce,
    commitment,
    seal: ({ first, plaintext, sealed }) =>
      forEachChunk(sealed, (chunk, i) =>
        aes.seal(chunkNonce(baseNonce, first + i), plainChunk(plaintext, i), chunk),
      ),
    open: ({ first, plaintext, sealed }) =>
      forEachChunk(sealed, async (chunk, i) => {
        const nonce = chunkNonce(baseNonce, first + i)
        if (!(await aes.open(nonce, chunk, plainChunk(plaintext, i)))) throw cannotOpen()
      }),
  }
}

/** Works on consecutive sealed chunks at the same time. */
export async function forEachChunk(
  sealed: Bytes,
  work: (chunk: Bytes, index: number) => Awaitable<void>,
): Promise<void> {
  const chunkAt = (i: number) =>
    sealed.subarray(i * SEALED_CHUNK_BYTES, (i + 1) * SEALED_CHUNK_BYTES)
  const length = countChunks(sealed)
  await Promise.all(Array.from({ length }, (_, i) => work(chunkAt(i), i)))
}

function plainChunk(plaintext: Bytes, index: number): Bytes {
  return plaintext.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)
}

async function importKey(aesKey: Bytes): Promise<AesGcm> {
  try {
    return await backend().aes256Gcm(aesKey)
  } finally {
    wipe(aesKey)
  }
}

/**
 * The cipher for a message that begins with salt ‖ commitment. The commitment, and `expectedNonce` where one is given, are
 * compared before anything can be decrypted. Throws `OPEN`.
 */
export async function committedCipher(
  key: ContentKey,
  message: Bytes,
  expectedNonce?: Uint8Array,
): Promise<ChunkCipher> {
  const cipher = await chunkCipher(key, message.subarray(0, SALT_BYTES))
  const committed = message.subarray(SALT_BYTES, CONTENT_HEAD_BYTES)
  const isGenuine =
    equalBytes(cipher.commitment, committed) &&
    (!expectedNonce || equalBytes(cipher.baseNonce, expectedNonce))
  if (isGenuine) return cipher
  throw cannotOpen()
}

/** §7: the one error for everything that fails after the signature. */
function cannotOpen(): ZkebError {
  return new ZkebError('OPEN', 'the content cannot be opened')
}

/** HKDF-Expand-SHA-512 (RFC 5869 §2.3) to 76 bytes: two blocks. */
async function derive({ inputKey, context }: ContentKey, salt: Uint8Array) {
  if (!isBytes(inputKey) || inputKey.length !== CEK_BYTES) {
    throw new RangeError(`inputKey: ${CEK_BYTES} bytes`)
  }
  const prk = unshare(inputKey)
  const info = concatBytes(INFO_PREFIX, salt, context)
  const first = await backend().hmacSha512(prk, concatBytes(info, Uint8Array.of(1)))
  const second = await backend().hmacSha512(prk, concatBytes(first, info, Uint8Array.of(2)))
  const output = concatBytes(first, second)
  const nonceEnd = CEK_BYTES + NONCE_BYTES
  const derived = [
    output.slice(0, CEK_BYTES),
    output.slice(CEK_BYTES, nonceEnd),
    output.slice(nonceEnd, nonceEnd + COMMITMENT_BYTES),
  ] as const
  wipe(first, second, output)
  return derived
}

/** baseNonce XOR index, the index as a 96-bit big-endian integer: below 2^32 it fits its last four bytes. */
function chunkNonce(baseNonce: Bytes, index: number): Bytes {
  const nonce = new Uint8Array(baseNonce)
  const view = new DataView(nonce.buffer)
  view.setUint32(8, view.getUint32(8) ^ index)
  return nonce
}
