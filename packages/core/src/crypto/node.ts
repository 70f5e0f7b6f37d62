import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  randomFillSync,
  webcrypto,
} from 'node:crypto'
import type { Bytes } from '../bytes'
import type { AesGcm, Backend } from './backend'
import { nodeCurves } from './node-curves'
import { hasPostQuantum, nodePostQuantum } from './node-post-quantum'
import type { Curves, PostQuantum, Rsa } from './platform'
import { subtleRsa } from './subtle-rsa'

const AES = 'aes-256-gcm'
const TAG_BYTES = 16

/** node:crypto: symmetric primitives inline (a WebCrypto call costs more than 1 KiB of AES), RSA on the thread pool. */
export const nodeBackend: Backend = {
  name: 'node',
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
  sha256: (data) => view(hash('sha256', data, 'buffer')),
  hmacSha256: (key, data) => view(createHmac('sha256', key).update(data).digest()),
  hmacSha512: (key, data) => view(createHmac('sha512', key).update(data).digest()),
  aes256Gcm,
  encodeBase64: (bytes) => toBuffer(bytes).toString('base64'),
  // Buffer reads the low byte of any character, so U+0141 would pass for A: ASCII only.
  decodeBase64: (text) =>
    Buffer.byteLength(text) === text.length ? view(Buffer.from(text, 'base64')) : undefined,
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
}

export { nodeBackend as defaultBackend }

export const rsa: Rsa = /*#__PURE__*/ subtleRsa(subtle)
export const curves: Curves = /*#__PURE__*/ nodeCurves(subtle, nodeBackend)

let loaded: Promise<PostQuantum> | undefined

export function postQuantum(): Promise<PostQuantum> {
  loaded ??= loadPostQuantum()
  return loaded
}

/** Of the platform where it has both primitives (Node 24.7), else in JavaScript. */
async function loadPostQuantum(): Promise<PostQuantum> {
  if (hasPostQuantum()) return nodePostQuantum
  const { noblePostQuantum } = await import('./noble-post-quantum')
  return noblePostQuantum(nodeBackend)
}

function subtle(): SubtleCrypto {
  return webcrypto.subtle as SubtleCrypto
}

function aes256Gcm(rawKey: Bytes): AesGcm {
  // A key object: the caller wipes its own copy, and OpenSSL wipes this one when it frees it.
  const key = createSecretKey(rawKey)
  return {
    seal(nonce, plaintext, sealed, aad) {
      const cipher = createCipheriv(AES, key, nonce, { authTagLength: TAG_BYTES })
      if (aad) cipher.setAAD(aad)
      sealed.set(cipher.update(plaintext))
      cipher.final()
      sealed.set(cipher.getAuthTag(), plaintext.length)
    },
    open(nonce, sealed, plaintext, aad) {
      const length = sealed.length - TAG_BYTES
      // authTagLength: without it node:crypto takes tags as short as 4 bytes.
      const decipher = createDecipheriv(AES, key, nonce, { authTagLength: TAG_BYTES })
      if (aad) decipher.setAAD(aad)
      decipher.setAuthTag(sealed.subarray(length))
      const unproven = decipher.update(sealed.subarray(0, length))
      try {
        decipher.final()
        plaintext.set(unproven)
        return true
      } catch {
        return false
      } finally {
        unproven.fill(0)
      }
    },
  }
}

/** A plain Uint8Array over memory of its own: Buffers may share a pool, and their slice() is a view. */
function view(buffer: Buffer): Bytes {
  return buffer.byteLength === buffer.buffer.byteLength
    ? new Uint8Array(buffer.buffer as ArrayBuffer)
    : new Uint8Array(buffer)
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
