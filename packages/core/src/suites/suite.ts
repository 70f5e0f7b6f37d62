import type { Bytes } from '../bytes'
import type { KeyMaterial } from '../crypto/rsa'

/** What a key is for. One key never does both. */
export type Purpose = 'encryption' | 'signing'

/** One of something for each purpose. */
export type Both<T> = { readonly [P in Purpose]: T }

/** Does the same for both purposes, side by side. */
export async function forBoth<T>(work: (purpose: Purpose) => Promise<T>): Promise<Both<T>> {
  const [encryption, signing] = await Promise.all([work('encryption'), work('signing')])
  return { encryption, signing }
}

export interface PublicPart {
  /** Canonical SubjectPublicKeyInfo DER, the only encoding a fingerprint is taken of (§2). */
  readonly spki: Bytes
  /** The platform's key. */
  readonly handle: CryptoKey
  /** Kind and size, e.g. `RSA-4096`. */
  readonly type: string
}

export interface PrivatePart {
  readonly public: PublicPart
  readonly handle: CryptoKey
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
}

/** What a suite does with keys. Identities carry it, so that a program pays for the suites whose keys it handles. */
export interface SuiteKeys {
  generate(purpose: Purpose, options: GenerateOptions): Promise<PrivatePart>
  /** Throws `KEY`. */
  importPublic(purpose: Purpose, material: KeyMaterial): Promise<PublicPart>
  /** Throws `KEY`. */
  importPrivate(purpose: Purpose, material: KeyMaterial, extractable: boolean): Promise<PrivatePart>
  /** Takes over a pair the platform made. Throws `KEY`. */
  adoptPair(purpose: Purpose, pair: CryptoKeyPair): Promise<PrivatePart>
  exportDer(handle: CryptoKey): Promise<Bytes>
  exportJwk(handle: CryptoKey): Promise<JsonWebKey>
  wrap(handle: CryptoKey, cek: Bytes, context: WrapContext): Promise<Bytes>
  /** Undefined where the wrapped key does not open. */
  unwrap(key: PrivatePart, wrapped: Bytes, context: WrapContext): Promise<Bytes | undefined>
  sign(handle: CryptoKey, message: Bytes): Promise<Bytes>
  verify(handle: CryptoKey, message: Bytes, signature: Bytes): Promise<boolean>
}

interface GenerateOptions {
  readonly modulusLength?: number
  readonly extractable: boolean
}
