import type { Bytes } from '../bytes'

export type Awaitable<T> = T | Promise<T>

/** AES-256-GCM under one key: 12-byte nonces, 16-byte tags, no associated data. */
export interface AesGcm {
  /** Writes ciphertext ‖ tag into `sealed`, 16 bytes longer than the plaintext. A nonce is used once. */
  seal(nonce: Bytes, plaintext: Bytes, sealed: Bytes): Awaitable<void>
  /** Writes into `plaintext`, 16 bytes shorter than `sealed`; false, and nothing written, where the tag is wrong. */
  open(nonce: Bytes, sealed: Bytes, plaintext: Bytes): Awaitable<boolean>
}

/** The symmetric primitives a platform gives. Every backend gives the same bytes; for RSA see rsa.ts. */
export interface Backend {
  readonly name: string
  randomBytes(length: number): Bytes
  sha256(data: Bytes): Awaitable<Bytes>
  hmacSha512(key: Bytes, data: Bytes): Awaitable<Bytes>
  aes256Gcm(key: Bytes): Awaitable<AesGcm>
  encodeBase64(bytes: Uint8Array): string
  /** May be lenient (encoding/base64 checks); undefined where the platform refuses the text. */
  decodeBase64(text: string): Bytes | undefined
  /** Lets other work run between blocks of a long job, where the primitives are synchronous. */
  breathe(): Awaitable<void>
}
