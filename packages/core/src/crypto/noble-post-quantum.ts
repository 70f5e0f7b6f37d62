import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { Bytes } from '../bytes'
import type { RandomSource } from './backend'
import type { PostQuantum } from './platform'

/** FIPS 203 §7.2, FIPS 204 §5.2: the randomness of one encapsulation, and of one signature. */
const RANDOM_BYTES = 32

/** ML-KEM-768 and ML-DSA-65 in JavaScript. `randomBytes` hedges signatures and makes encapsulations. */
export function noblePostQuantum({ randomBytes }: RandomSource): PostQuantum {
  return {
    mlKem768(seed) {
      const { publicKey, secretKey } = ml_kem768.keygen(seed)
      return {
        publicKey: own(publicKey),
        decapsulate: (ciphertext) => own(ml_kem768.decapsulate(ciphertext, secretKey)),
      }
    },
    encapsulate(publicKey) {
      try {
        const random = randomBytes(RANDOM_BYTES)
        const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, random)
        return { ciphertext: own(cipherText), secret: own(sharedSecret) }
      } catch {
        // The modulus check is all that is left to fail.
        return undefined
      }
    },
    mlDsa65(seed) {
      const { publicKey, secretKey } = ml_dsa65.keygen(seed)
      return {
        publicKey: own(publicKey),
        sign: (message) =>
          own(ml_dsa65.sign(message, secretKey, { extraEntropy: randomBytes(RANDOM_BYTES) })),
      }
    },
    verify: (publicKey, message, signature) => ml_dsa65.verify(signature, message, publicKey),
    sha3_256: (data) => own(sha3_256(data)),
    shake256: (data, length) => own(shake256(data, { dkLen: length })),
  }
}

function own(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes)
}
