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

const AES = 'aes-256-gcm'
const TAG_BYTES = 16

/** node:crypto: symmetric primitives inline (a WebCrypto call costs more than 1 KiB of AES), RSA on the thread pool. */
export const nodeBackend: Backend = {
  name: 'node',
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
  sha256: (data) => view(hash('sha256', data, 'buffer')),
  hmacSha512: (key, data) => view(createHmac('sha512', key).update(data).digest()),
  aes256Gcm,
  encodeBase64: (bytes) => toBuffer(bytes).toString('base64'),
  // Buffer reads the low byte of any character, so U+0141 would pass for A: ASCII only.
  decodeBase64: (text) =>
    Buffer.byteLength(text) === text.length ? view(Buffer.from(text, 'base64')) : undefined,
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
}

export { nodeBackend as defaultBackend }

/** For asymmetric keys (rsa.ts). */
export function subtle(): SubtleCrypto {
  return webcrypto.subtle as SubtleCrypto
}

function aes256Gcm(rawKey: Bytes): AesGcm {
  // A key object: the caller wipes its own copy, and OpenSSL wipes this one when it frees it.
  const key = createSecretKey(rawKey)
  return {
    seal(nonce, plaintext, sealed) {
      const cipher = createCipheriv(AES, key, nonce, { authTagLength: TAG_BYTES })
      sealed.set(cipher.update(plaintext))
      cipher.final()
      sealed.set(cipher.getAuthTag(), plaintext.length)
    },
    open(nonce, sealed, plaintext) {
      const length = sealed.length - TAG_BYTES
      // authTagLength: without it node:crypto takes tags as short as 4 bytes.
      const decipher = createDecipheriv(AES, key, nonce, { authTagLength: TAG_BYTES })
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
