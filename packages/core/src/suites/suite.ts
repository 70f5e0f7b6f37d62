import type { Bytes } from '../bytes'
import type { PlatformKey, Purpose } from '../crypto/platform'

export type { Purpose } from '../crypto/platform'

/** One of something for each purpose. */
export type Both<T> = { readonly [P in Purpose]: T }

/** Does the same for both purposes, side by side. */
export async function forBoth<T>(work: (purpose: Purpose) => Promise<T>): Promise<Both<T>> {
  const [encryption, signing] = await Promise.all([work('encryption'), work('signing')])
  return { encryption, signing }
}

/** Two keys used as one: of suite `pq`, Ed25519 and ML-DSA-65. */
export interface CompositeKey {
  readonly type: 'private' | 'public'
  readonly algorithm: KeyAlgorithm
  readonly extractable: boolean
  readonly keys: readonly [PlatformKey, PlatformKey]
}

/** A key as the platform holds it; structured clone (IndexedDB) keeps it as it is. */
export type KeyHandle = PlatformKey | CompositeKey

/** Both halves of a key; the public one is extractable. */
export interface KeyHandlePair {
  readonly publicKey: KeyHandle
  readonly privateKey: KeyHandle
}

/** A key in its suite's own encoding (§9), or as a JWK. */
export type KeyMaterial =
  | { readonly format: 'encoded'; readonly bytes: Bytes }
  | { readonly format: 'jwk'; readonly jwk: JsonWebKey }

export interface PublicPart {
  /** The one canonical encoding (§2): SubjectPublicKeyInfo DER, of X-Wing the bare key, of a composite PAE of both. */
  readonly encoded: Bytes
  /** What the fingerprint is SHA-256 of (§2). */
  readonly hashed: Bytes
  readonly handle: KeyHandle
  /** Kind and size, e.g. `RSA-4096`. */
  readonly type: string
}

export interface PrivatePart {
  readonly public: PublicPart
  readonly handle: KeyHandle
}

/** What binds a wrapped content key to its place (§4); suites over HPKE authenticate it. */
export interface WrapContext {
  readonly info: string
  readonly aad: Bytes
}

/** Inclusive bounds of a length in bytes. */
export interface Bounds {
  readonly min: number
  readonly max: number
}

/** What a suite is called and how long its parts are: all that sealing and opening need to know of it. */
export interface Suite {
  readonly name: string
  /** §8.3: the suite's number in the binary form. */
  readonly id: number
  readonly algorithm: string
  readonly keyAlgorithm: string
  readonly signatureAlgorithm: string
  readonly wrappedKeyBytes: Bounds
  readonly signatureBytes: Bounds
  /** Whether a wrapped key is bound to its place: else only the signature says to whom an envelope is addressed. */
  readonly hpke: boolean
}

/** What a suite does with keys. Identities carry it, so that a program pays for the suites whose keys it handles. */
export interface SuiteKeys {
  /** Whether its keys have forms that other programs read: PEM, DER, JWK (§9). */
  readonly interchangeable: boolean
  generate(purpose: Purpose, options: GenerateOptions): Promise<PrivatePart>
  /** The encryption key pair that belongs to 32 secret bytes; not in every suite. */
  fromSeed?(seed: Bytes): Promise<PrivatePart>
  /** Throws `KEY`. */
  importPublic(purpose: Purpose, material: KeyMaterial): Promise<PublicPart>
  /** Throws `KEY`. */
  importPrivate(purpose: Purpose, material: KeyMaterial, extractable: boolean): Promise<PrivatePart>
  /** Takes over a pair that was made elsewhere or stored. Throws `KEY`. */
  adoptPair(purpose: Purpose, pair: KeyHandlePair): Promise<PrivatePart>
  /** A private key in the suite's own encoding (§9). */
  exportPrivate(purpose: Purpose, handle: KeyHandle): Promise<Bytes>
  /** Throws `KEY` where there is no such form. */
  exportJwk(purpose: Purpose, handle: KeyHandle): Promise<JsonWebKey>
  /** Throws `KEY` for a public key that nothing can be encrypted to. */
  wrap(key: PublicPart, cek: Bytes, context: WrapContext): Promise<Bytes>
  /** Undefined where the wrapped key does not open. */
  unwrap(key: PrivatePart, wrapped: Bytes, context: WrapContext): Promise<Bytes | undefined>
  sign(key: PrivatePart, message: Bytes): Promise<Bytes>
  verify(key: PublicPart, message: Bytes, signature: Bytes): Promise<boolean>
}

interface GenerateOptions {
  /** RSA only, in bits. */
  readonly modulusLength?: number
  readonly extractable: boolean
}

/** What {@link SuiteKeys} does for keys of one purpose, where a suite's two kinds have nothing in common. */
export interface PurposeKeys {
  generate(extractable: boolean): Promise<PrivatePart>
  importPublic(encoded: Bytes): Promise<PublicPart>
  importPrivate(encoded: Bytes, extractable: boolean): Promise<PrivatePart>
  adoptPair(pair: KeyHandlePair): Promise<PrivatePart>
  exportPrivate(handle: KeyHandle): Promise<Bytes>
}
