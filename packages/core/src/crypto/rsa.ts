import { subtle } from '#backend'
import type { Bytes } from '../bytes'

export type RsaPurpose = 'encryption' | 'signing'

/** A key as SPKI or PKCS#8 DER, or as a JWK. */
export type KeyMaterial =
  | { readonly format: 'spki' | 'pkcs8'; readonly bytes: Bytes }
  | { readonly format: 'jwk'; readonly jwk: JsonWebKey }

/** §2.1: SHA-256 everywhere, MGF1 included; the OAEP label is empty. */
const ALGORITHMS = {
  encryption: { name: 'RSA-OAEP', hash: 'SHA-256' },
  signing: { name: 'RSA-PSS', hash: 'SHA-256' },
} as const
const USAGES = {
  encryption: { public: ['encrypt'], private: ['decrypt'] },
  signing: { public: ['verify'], private: ['sign'] },
} as const
/** §2.1: the salt is as long as the hash. */
const PSS_PARAMETERS = { name: 'RSA-PSS', saltLength: 32 } as const
/** 65537, big-endian. */
const PUBLIC_EXPONENT = /* @__PURE__ */ Uint8Array.of(1, 0, 1)

/**
 * RSA-OAEP and RSA-PSS (RFC 8017) over the platform's SubtleCrypto: on Node, too, because node:crypto has no
 * asynchronous privateDecrypt (docs/decisions/0003-rsa-through-webcrypto.md). Imports throw whatever the platform throws.
 */
export const rsaPrimitives = {
  generate(purpose: RsaPurpose, bits: number, extractable: boolean): Promise<CryptoKeyPair> {
    const { public: publicUsages, private: privateUsages } = USAGES[purpose]
    return subtle().generateKey(
      { ...ALGORITHMS[purpose], modulusLength: bits, publicExponent: PUBLIC_EXPONENT },
      extractable,
      [...publicUsages, ...privateUsages],
    )
  },
  importKey(purpose: RsaPurpose, material: KeyMaterial, extractable: boolean): Promise<CryptoKey> {
    const algorithm = ALGORITHMS[purpose]
    const usages = [...USAGES[purpose][isPrivate(material) ? 'private' : 'public']]
    return material.format === 'jwk'
      ? subtle().importKey('jwk', material.jwk, algorithm, extractable, usages)
      : subtle().importKey(material.format, material.bytes, algorithm, extractable, usages)
  },
  /** PKCS#8 of a private key, SPKI of a public one. */
  async exportDer(key: CryptoKey): Promise<Bytes> {
    const format = key.type === 'private' ? 'pkcs8' : 'spki'
    return new Uint8Array(await subtle().exportKey(format, key))
  },
  exportJwk(key: CryptoKey): Promise<JsonWebKey> {
    return subtle().exportKey('jwk', key)
  },
  async encrypt(key: CryptoKey, plaintext: Bytes): Promise<Bytes> {
    return new Uint8Array(await subtle().encrypt({ name: 'RSA-OAEP' }, key, plaintext))
  },
  /** Undefined where the padding is wrong. */
  decrypt(key: CryptoKey, ciphertext: Bytes): Promise<Bytes | undefined> {
    return subtle()
      .decrypt({ name: 'RSA-OAEP' }, key, ciphertext)
      .then(
        (plaintext) => new Uint8Array(plaintext),
        () => undefined,
      )
  },
  async sign(key: CryptoKey, message: Bytes): Promise<Bytes> {
    return new Uint8Array(await subtle().sign(PSS_PARAMETERS, key, message))
  },
  verify(key: CryptoKey, message: Bytes, signature: Bytes): Promise<boolean> {
    return subtle().verify(PSS_PARAMETERS, key, signature, message)
  },
}

function isPrivate(material: KeyMaterial): boolean {
  return material.format === 'jwk' ? material.jwk.d !== undefined : material.format === 'pkcs8'
}
