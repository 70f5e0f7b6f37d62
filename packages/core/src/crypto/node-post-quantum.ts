import * as nodeCrypto from 'node:crypto'
import type { Bytes } from '../bytes'
import { KEY_FORMS, type KeyForm, wrapKeyBytes } from './key-forms'
import type { PostQuantum } from './platform'

const { createHash, createPrivateKey, createPublicKey, hash, sign, verify } = nodeCrypto
type Key = ReturnType<typeof createPublicKey>

/** Node 24.7 and later: not in the types of the oldest Node we run on. */
const { encapsulate, decapsulate } = nodeCrypto as unknown as {
  encapsulate(key: Key): { sharedKey: Buffer; ciphertext: Buffer }
  decapsulate(key: Key, ciphertext: Bytes): Buffer
}

/** Whether this Node was built on an OpenSSL that has both (3.5). */
export function hasPostQuantum(): boolean {
  try {
    return (
      'encapsulate' in nodeCrypto &&
      Boolean(loadPrivate(KEY_FORMS['ML-DSA-65'].private, new Uint8Array(32)))
    )
  } catch {
    return false
  }
}

/** ML-KEM-768 and ML-DSA-65 by node:crypto. */
export const nodePostQuantum: PostQuantum = {
  mlKem768(seed) {
    const key = loadPrivate(KEY_FORMS['ML-KEM-768'].private, seed)
    return {
      publicKey: publicBytes(key, KEY_FORMS['ML-KEM-768'].public),
      decapsulate: (ciphertext) => own(decapsulate(key, ciphertext)),
    }
  },
  encapsulate(publicKey) {
    try {
      const key = loadPublic(KEY_FORMS['ML-KEM-768'].public, publicKey)
      const { sharedKey, ciphertext } = encapsulate(key)
      return { ciphertext: own(ciphertext), secret: own(sharedKey) }
    } catch {
      return undefined
    }
  },
  mlDsa65(seed) {
    const key = loadPrivate(KEY_FORMS['ML-DSA-65'].private, seed)
    return {
      publicKey: publicBytes(key, KEY_FORMS['ML-DSA-65'].public),
      sign: (message) => own(sign(null, message, key)),
    }
  },
  verify: (publicKey, message, signature) =>
    verify(null, message, loadPublic(KEY_FORMS['ML-DSA-65'].public, publicKey), signature),
  sha3_256: (data) => own(hash('sha3-256', data, 'buffer')),
  shake256: (data, outputLength) =>
    own(createHash('shake256', { outputLength }).update(data).digest()),
}

function loadPrivate(form: KeyForm, seed: Bytes): Key {
  const der = Buffer.from(wrapKeyBytes(form, seed).buffer)
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } finally {
    der.fill(0)
  }
}

function loadPublic(form: KeyForm, bytes: Bytes): Key {
  const key = Buffer.from(wrapKeyBytes(form, bytes).buffer)
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

function publicBytes(key: Key, form: KeyForm): Bytes {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return own(spki.subarray(-form.keyBytes))
}

function own(buffer: Uint8Array): Bytes {
  return new Uint8Array(buffer)
}
