import { type Bytes, wipe } from '../bytes'
import { ZkebError } from '../errors'
import type { AesGcm, Backend } from './backend'
import type { Curves, PostQuantum, Rsa } from './platform'
import { subtleRsa } from './subtle-rsa'
import { web } from './web'
import { webcryptoCurves } from './webcrypto-curves'

/** Chromium refuses `additionalData: undefined`; empty and none are the same to GCM. */
const NOTHING = /*#__PURE__*/ new Uint8Array(0)

/** WebCrypto (W3C): browsers, Workers, Deno, Bun. Keys never leave it unless exporting was asked for. */
export const webcryptoBackend: Backend = {
  name: 'webcrypto',
  ...web,
  sha256: async (data) => new Uint8Array(await subtle().digest('SHA-256', data)),
  hmacSha256: /*#__PURE__*/ hmac('SHA-256'),
  hmacSha512: /*#__PURE__*/ hmac('SHA-512'),
  aes256Gcm,
  breathe() {},
}

export { webcryptoBackend as defaultBackend }

export const rsa: Rsa = /*#__PURE__*/ subtleRsa(subtle)
export const curves: Curves = /*#__PURE__*/ webcryptoCurves(subtle, webcryptoBackend)

/** In JavaScript: no browser has these yet in a form that IndexedDB keeps. */
export async function postQuantum(): Promise<PostQuantum> {
  const { noblePostQuantum } = await import('./noble-post-quantum')
  return noblePostQuantum(webcryptoBackend)
}

/** Looked up at use: pages over plain http have no `crypto.subtle`, and importing us must not fail there. */
export function subtle(): SubtleCrypto {
  if (globalThis.crypto?.subtle) return crypto.subtle
  throw new ZkebError('RUNTIME', 'WebCrypto is not available', {
    hint: 'pages need https or localhost',
  })
}

function hmac(hash: string): Backend['hmacSha256'] {
  return async (rawKey, data) => {
    const key = await subtle().importKey('raw', rawKey, { name: 'HMAC', hash }, false, ['sign'])
    return new Uint8Array(await subtle().sign('HMAC', key, data))
  }
}

async function aes256Gcm(rawKey: Bytes): Promise<AesGcm> {
  const usages: KeyUsage[] = ['encrypt', 'decrypt']
  const key = await subtle().importKey('raw', rawKey, 'AES-GCM', false, usages)
  return {
    async seal(iv, plaintext, sealed, additionalData = NOTHING) {
      const algorithm = { name: 'AES-GCM', iv, additionalData }
      sealed.set(new Uint8Array(await subtle().encrypt(algorithm, key, plaintext)))
    },
    async open(iv, sealed, plaintext, additionalData = NOTHING) {
      const algorithm = { name: 'AES-GCM', iv, additionalData }
      const decrypted = subtle().decrypt(algorithm, key, sealed)
      const proven = await decrypted.then(
        (buffer) => new Uint8Array(buffer),
        () => undefined,
      )
      if (!proven) return false
      plaintext.set(proven)
      wipe(proven)
      return true
    },
  }
}
