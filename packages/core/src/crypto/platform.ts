import type { Bytes } from '../bytes'
import type { Awaitable, Backend } from './backend'

/**
 * What a platform gives: each file that `#backend` may stand for exports these four, and nothing of it is loaded or
 * bundled that is not used. `satisfies Platform` holds for each of them (test/support/public-vectors.ts).
 */
export interface Platform {
  readonly defaultBackend: Backend
  readonly rsa: Rsa
  readonly curves: Curves
  /** Loaded when first asked for. */
  postQuantum(): Promise<PostQuantum>
}

/** A key the platform holds: its own object, or the plain bytes where it has no such keys. */
export type PlatformKey = CryptoKey | RawKey

/** A key as plain data, which structured clone (IndexedDB, postMessage) keeps as it is. */
export interface RawKey {
  readonly type: 'private' | 'public'
  readonly algorithm: KeyAlgorithm
  /** What the owner asked for: exporting obeys it, the bytes are there all the same. */
  readonly extractable: boolean
  readonly bytes: Bytes
}

export interface PlatformKeyPair {
  readonly publicKey: PlatformKey
  readonly privateKey: PlatformKey
}

/** What a key is for. One key never does both. */
export type Purpose = 'encryption' | 'signing'

/** An RSA key as SPKI or PKCS#8 DER, or as a JWK. */
export type RsaMaterial =
  | { readonly format: 'spki' | 'pkcs8'; readonly bytes: Bytes }
  | { readonly format: 'jwk'; readonly jwk: JsonWebKey }

/**
 * RSA-OAEP for encryption and RSA-PSS for signing (RFC 8017), spec/envelope.md §2.1. Keys carry an
 * RsaHashedKeyAlgorithm. Imports throw whatever the platform throws.
 */
export interface Rsa {
  generate(purpose: Purpose, bits: number, extractable: boolean): Promise<PlatformKeyPair>
  importKey(purpose: Purpose, material: RsaMaterial, extractable: boolean): Promise<PlatformKey>
  /** PKCS#8 of a private key, SPKI of a public one. */
  exportDer(key: PlatformKey): Promise<Bytes>
  exportJwk(key: PlatformKey): Promise<JsonWebKey>
  encrypt(key: PlatformKey, plaintext: Bytes): Promise<Bytes>
  /** Undefined where the padding is wrong. */
  decrypt(key: PlatformKey, ciphertext: Bytes): Promise<Bytes | undefined>
  sign(key: PlatformKey, message: Bytes): Promise<Bytes>
  verify(key: PlatformKey, message: Bytes, signature: Bytes): Promise<boolean>
}

export type Curve = 'X25519' | 'Ed25519'

/**
 * X25519 (RFC 7748) and Ed25519 (RFC 8032, pure). Keys go in and out as their 32 bytes: a scalar or seed, and a point.
 * Callers check lengths; which points and signatures are taken at all is decided above (suites/ed25519.ts).
 */
export interface Curves {
  generate(curve: Curve, extractable: boolean): Promise<PlatformKeyPair>
  /** The pair of a secret of 32 bytes. The public key is always extractable. */
  importPrivate(curve: Curve, secret: Bytes, extractable: boolean): Promise<PlatformKeyPair>
  importPublic(curve: Curve, point: Bytes): Promise<PlatformKey>
  /** The 32 bytes of an extractable key. */
  exportKey(key: PlatformKey): Promise<Bytes>
  /** A key that lives for some calls only: ephemeral ones, and those inside X-Wing. The caller may wipe its scalar. */
  x25519(scalar: Bytes): Awaitable<X25519Key>
  /** X25519 of a private key and a point: 32 bytes, or undefined where they are all zero. */
  agree(key: PlatformKey, point: Bytes): Awaitable<Bytes | undefined>
  /** 64 bytes. */
  sign(key: PlatformKey, message: Bytes): Awaitable<Bytes>
  verify(key: PlatformKey, message: Bytes, signature: Bytes): Awaitable<boolean>
}

export interface X25519Key {
  /** 32 bytes. */
  readonly publicKey: Bytes
  /** 32 bytes, or undefined where they are all zero. */
  agree(point: Bytes): Awaitable<Bytes | undefined>
}

/**
 * ML-KEM-768 (FIPS 203), ML-DSA-65 (FIPS 204), and of SHA-3 (FIPS 202) what X-Wing needs. Callers check lengths, and
 * may wipe their seeds.
 */
export interface PostQuantum {
  /** From the seed d ‖ z, 64 bytes. */
  mlKem768(seed: Bytes): MlKemKey
  /** To 1184 bytes: 1088 and 32; undefined for a key that fails the modulus check (FIPS 203 §7.2). */
  encapsulate(publicKey: Bytes): { ciphertext: Bytes; secret: Bytes } | undefined
  /** From the seed ξ, 32 bytes. */
  mlDsa65(seed: Bytes): MlDsaKey
  /** With a public key of 1952 bytes; pure, empty context. */
  verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean
  sha3_256(data: Bytes): Bytes
  shake256(data: Bytes, length: number): Bytes
}

export interface MlKemKey {
  /** 1184 bytes. */
  readonly publicKey: Bytes
  /** 32 bytes, of 1088; a bad ciphertext gives other bytes, never an error. */
  decapsulate(ciphertext: Bytes): Bytes
}

export interface MlDsaKey {
  /** 1952 bytes. */
  readonly publicKey: Bytes
  /** 3309 bytes; pure, empty context, hedged. */
  sign(message: Bytes): Bytes
}
