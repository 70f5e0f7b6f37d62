import type { Bytes } from '../bytes'

export type Awaitable<T> = T | Promise<T>

/** AES-256-GCM under one key: 12-byte nonces, 16-byte tags, no associated data. */
export interface AesGcm {
  /** Writes ciphertext ‖ tag into `sealed`, 16 bytes longer than the plaintext. A nonce is used once. */
  seal(nonce: Bytes, plaintext: Bytes, sealed: Bytes): Awaitable<void>
  /** Writes into `plaintext`, 16 bytes shorter than `sealed`; false, and nothing written, where the tag is wrong. */
  open(nonce: Bytes, sealed: Bytes, plaintext: Bytes): Awaitable<boolean>
}

export type RsaPurpose = 'encryption' | 'signing'

/** A key as SPKI or PKCS#8 DER, or as a JWK. */
export type KeyMaterial =
  | { readonly format: 'spki' | 'pkcs8'; readonly bytes: Bytes }
  | { readonly format: 'jwk'; readonly jwk: JsonWebKey }

/**
 * RSA-OAEP and RSA-PSS, both with SHA-256 and MGF1-SHA-256; OAEP label empty, PSS salt 32 bytes (RFC 8017).
 * Imports throw whatever the platform throws; the suite turns that into `KEY`.
 */
export interface Rsa {
  generate(purpose: RsaPurpose, bits: number, extractable: boolean): Promise<CryptoKeyPair>
  importKey(purpose: RsaPurpose, material: KeyMaterial, extractable: boolean): Promise<CryptoKey>
  exportDer(key: CryptoKey): Promise<Bytes>
  exportJwk(key: CryptoKey): Promise<JsonWebKey>
  encrypt(key: CryptoKey, plaintext: Bytes): Promise<Bytes>
  /** Undefined where the padding is wrong. */
  decrypt(key: CryptoKey, ciphertext: Bytes): Promise<Bytes | undefined>
  sign(key: CryptoKey, message: Bytes): Promise<Bytes>
  verify(key: CryptoKey, message: Bytes, signature: Bytes): Promise<boolean>
}

/** The primitives a platform gives. Every backend gives the same bytes. */
export interface Backend {
  readonly name: string
  readonly rsa: Rsa
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
