import type { KeyMaterial, Rsa, RsaPurpose } from './backend'

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const
const PSS = { name: 'RSA-PSS', hash: 'SHA-256' } as const
/** §2.1: the salt is as long as the hash. */
const PSS_PARAMETERS = { name: 'RSA-PSS', saltLength: 32 } as const
/** 65537, big-endian. */
const PUBLIC_EXPONENT = Uint8Array.of(1, 0, 1)

const USAGES = {
  encryption: { public: ['encrypt'], private: ['decrypt'] },
  signing: { public: ['verify'], private: ['sign'] },
} as const satisfies Record<RsaPurpose, Record<string, KeyUsage[]>>

/**
 * RSA over SubtleCrypto, for both native backends: on Node, too, it is the only way to keep the private-key
 * operation (4.6 ms at 4096 bits) off the event loop, since node:crypto has no asynchronous privateDecrypt.
 */
export function createRsa(platform: () => SubtleCrypto): Rsa {
  return {
    generate(purpose, bits, extractable) {
      const { public: publicUsages, private: privateUsages } = USAGES[purpose]
      return platform().generateKey(
        { ...algorithm(purpose), modulusLength: bits, publicExponent: PUBLIC_EXPONENT },
        extractable,
        [...publicUsages, ...privateUsages],
      )
    },
    importKey(purpose, material, extractable) {
      const usages = USAGES[purpose][isPrivate(material) ? 'private' : 'public']
      if (material.format === 'jwk') {
        return platform().importKey('jwk', material.jwk, algorithm(purpose), extractable, [
          ...usages,
        ])
      }
      const { format, bytes } = material
      return platform().importKey(format, bytes, algorithm(purpose), extractable, [...usages])
    },
    async exportDer(key) {
      const format = key.type === 'private' ? 'pkcs8' : 'spki'
      return new Uint8Array(await platform().exportKey(format, key))
    },
    exportJwk: (key) => platform().exportKey('jwk', key),
    async encrypt(key, plaintext) {
      return new Uint8Array(await platform().encrypt({ name: 'RSA-OAEP' }, key, plaintext))
    },
    decrypt: (key, ciphertext) =>
      platform()
        .decrypt({ name: 'RSA-OAEP' }, key, ciphertext)
        .then(
          (plaintext) => new Uint8Array(plaintext),
          () => undefined,
        ),
    async sign(key, message) {
      return new Uint8Array(await platform().sign(PSS_PARAMETERS, key, message))
    },
    verify: (key, message, signature) => platform().verify(PSS_PARAMETERS, key, signature, message),
  }
}

function algorithm(purpose: RsaPurpose) {
  return purpose === 'encryption' ? OAEP : PSS
}

function isPrivate(material: KeyMaterial): boolean {
  return material.format === 'jwk' ? material.jwk.d !== undefined : material.format === 'pkcs8'
}
