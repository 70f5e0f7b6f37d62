import type { Bytes } from '../bytes'

/** What synchronous platforms give at once, and others later. */
export type Awaitable<T> = T | Promise<T>

/** AES-256-GCM under one key: 12-byte nonces, 16-byte tags; associated data only where `aad` is given. */
export interface AesGcm {
  /** Writes ciphertext ‖ tag into `sealed`, 16 bytes longer than the plaintext. A nonce is used once. */
  seal(nonce: Bytes, plaintext: Bytes, sealed: Bytes, aad?: Bytes): Awaitable<void>
  /** Writes into `plaintext`, 16 bytes shorter than `sealed`; false, and nothing written, where the tag is wrong. */
  open(nonce: Bytes, sealed: Bytes, plaintext: Bytes, aad?: Bytes): Awaitable<boolean>
}

/** What JavaScript implementations need of a backend. */
export type RandomSource = Pick<Backend, 'randomBytes'>

/** The symmetric primitives a platform gives. Every backend gives the same bytes; for keys see platform.ts. */
export interface Backend {
  readonly name: string
  /** Bytes of the platform's cryptographic generator. */
  randomBytes(length: number): Bytes
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(data: Bytes): Awaitable<Bytes>
  /** HMAC-SHA-256 (RFC 2104): 32 bytes; the key is not empty. */
  hmacSha256(key: Bytes, data: Bytes): Awaitable<Bytes>
  /** HMAC-SHA-512 (RFC 2104): 64 bytes. */
  hmacSha512(key: Bytes, data: Bytes): Awaitable<Bytes>
  /** AES-256-GCM (SP 800-38D) under a key of 32 bytes, which the caller may wipe afterwards. */
  aes256Gcm(key: Bytes): Awaitable<AesGcm>
  /** RFC 4648 §4, padded. */
  encodeBase64(bytes: Uint8Array): string
  /** May be lenient (encoding/base64 checks); undefined where the platform refuses the text. */
  decodeBase64(text: string): Bytes | undefined
  /** Lets other work run between blocks of a long job, where the primitives are synchronous. */
  breathe(): Awaitable<void>
}
