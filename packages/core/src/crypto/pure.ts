import { gcm } from '@noble/ciphers/aes.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, isBytes } from '../bytes'
import { ZkebError } from '../errors'
import type { AesGcm, Backend } from './backend'
import { nobleCurves } from './noble-curves'
import { noblePostQuantum } from './noble-post-quantum'
import type { Curves, PostQuantum, Rsa } from './platform'
import { forgeRsa } from './pure-rsa'
import { foreignKey } from './pure-rsa-keys'
import { web } from './web'

/** noble and node-forge: JavaScript alone, for runtimes that have random bytes and nothing else. */
export const pureBackend: Backend = {
  // btoa() and atob() are no cryptography: runtimes without WebCrypto have them.
  ...web,
  name: 'pure',
  randomBytes,
  sha256: (data) => own(sha256(data)),
  hmacSha256: (key, data) => own(hmac(sha256, key, data)),
  hmacSha512: (key, data) => own(hmac(sha512, key, data)),
  aes256Gcm,
  breathe: () => new Promise((resolve) => setTimeout(resolve)),
}

export { pureBackend as defaultBackend }

export const rsa: Rsa = /*#__PURE__*/ forgeRsa(pureBackend)
const noble = /*#__PURE__*/ nobleCurves(pureBackend)
export const curves: Curves = {
  ...noble,
  async exportKey(key) {
    // Pairs that WebCrypto made come here first (identityFromKeyPairs).
    if (!('bytes' in key) || !isBytes(key.bytes)) throw foreignKey(key.algorithm.name)
    return noble.exportKey(key)
  },
}

export async function postQuantum(): Promise<PostQuantum> {
  return noblePostQuantum(pureBackend)
}

function randomBytes(length: number): Bytes {
  // Looked up at use: React Native and others get it from a package that the program imports.
  if (typeof globalThis.crypto?.getRandomValues === 'function') return web.randomBytes(length)
  throw new ZkebError('RUNTIME', 'crypto.getRandomValues is not available', {
    hint: 'React Native: import react-native-get-random-values before anything else',
  })
}

function aes256Gcm(rawKey: Bytes): AesGcm {
  const key = own(rawKey)
  return {
    seal(nonce, plaintext, sealed, aad) {
      sealed.set(gcm(key, nonce, aad).encrypt(plaintext))
    },
    open(nonce, sealed, plaintext, aad) {
      try {
        // Nothing is decrypted before the tag is proven.
        plaintext.set(gcm(key, nonce, aad).decrypt(sealed))
        return true
      } catch {
        return false
      }
    },
  }
}

function own(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes)
}
