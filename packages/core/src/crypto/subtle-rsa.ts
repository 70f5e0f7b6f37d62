import type { PlatformKey, Purpose, Rsa, RsaMaterial } from './platform'

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
const PUBLIC_EXPONENT = [1, 0, 1]

/**
 * RSA over a SubtleCrypto: on Node, too, because node:crypto has no asynchronous privateDecrypt
 * (docs/decisions/0003-rsa-through-webcrypto.md). `subtle` is asked at every use.
 */
export function subtleRsa(subtle: () => SubtleCrypto): Rsa {
  return {
    generate(purpose: Purpose, bits: number, extractable: boolean): Promise<CryptoKeyPair> {
      const { public: publicUsages, private: privateUsages } = USAGES[purpose]
      const publicExponent = Uint8Array.from(PUBLIC_EXPONENT)
      return subtle().generateKey(
        { ...ALGORITHMS[purpose], modulusLength: bits, publicExponent },
        extractable,
        [...publicUsages, ...privateUsages],
      )
    },
    importKey(purpose, material, extractable): Promise<CryptoKey> {
      const algorithm = ALGORITHMS[purpose]
      const usages = [...USAGES[purpose][isPrivate(material) ? 'private' : 'public']]
      return material.format === 'jwk'
        ? subtle().importKey('jwk', material.jwk, algorithm, extractable, usages)
        : subtle().importKey(material.format, material.bytes, algorithm, extractable, usages)
    },
    async exportDer(key) {
      const format = key.type === 'private' ? 'pkcs8' : 'spki'
      return new Uint8Array(await subtle().exportKey(format, native(key)))
    },
    exportJwk: (key) => subtle().exportKey('jwk', native(key)),
    async encrypt(key, plaintext) {
      return new Uint8Array(await subtle().encrypt({ name: 'RSA-OAEP' }, native(key), plaintext))
    },
    decrypt(key, ciphertext) {
      return subtle()
        .decrypt({ name: 'RSA-OAEP' }, native(key), ciphertext)
        .then(
          (plaintext) => new Uint8Array(plaintext),
          () => undefined,
        )
    },
    async sign(key, message) {
      return new Uint8Array(await subtle().sign(PSS_PARAMETERS, native(key), message))
    },
    verify: (key, message, signature) =>
      subtle().verify(PSS_PARAMETERS, native(key), signature, message),
  }
}

/** Here every RSA key is a CryptoKey; the platform says so where one is not. */
function native(key: PlatformKey): CryptoKey {
  return key as CryptoKey
}

function isPrivate(material: RsaMaterial): boolean {
  return material.format === 'jwk' ? material.jwk.d !== undefined : material.format === 'pkcs8'
}
