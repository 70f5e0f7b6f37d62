import forge from 'node-forge'
import type { Bytes } from '../bytes'
import type { RandomSource } from './backend'
import type { Rsa } from './platform'
import {
  fromBinary,
  importRsa,
  privateKeyOf,
  publicKeyOf,
  toBinary,
  toDer,
  toHandle,
  toJwk,
} from './pure-rsa-keys'

/** §2.1: the salt is as long as the hash, and so is the seed of OAEP. */
const SALT_BYTES = 32
const PUBLIC_EXPONENT = 65_537
/** Other work runs between steps of this length, while a key is sought. */
const GENERATION_STEP_MILLISECONDS = 20

/** What node-forge has, and its types do not: key generation in steps, without Web Workers. */
interface StepwiseGeneration {
  createKeyPairGenerationState(bits: number, e: number, options: { prng: Prng }): Generation
  stepKeyPairGenerationState(state: Generation, milliseconds: number): boolean
}
interface Generation {
  readonly keys: forge.pki.rsa.KeyPair | null
}
interface Prng {
  getBytesSync(length: number): string
}

/**
 * RSA-OAEP and RSA-PSS by node-forge, 40 to 90 times slower than a platform's own, and not in constant time: private-key
 * operations are blinded, but their time still depends on the key. Keys are plain data.
 */
export function forgeRsa({ randomBytes }: RandomSource): Rsa {
  const prng: Prng = { getBytesSync: (length) => toBinary(randomBytes(length)) }
  return {
    async generate(purpose, bits, extractable) {
      const { publicKey, privateKey } = await generate(bits, prng)
      return {
        publicKey: toHandle(purpose, publicKey, true),
        privateKey: toHandle(purpose, privateKey, extractable),
      }
    },
    importKey: async (purpose, material, extractable) => importRsa(purpose, material, extractable),
    exportDer: async (key) => toDer(key),
    exportJwk: async (key) => toJwk(key),
    async encrypt(key, plaintext) {
      const options = { ...oaep(), seed: prng.getBytesSync(SALT_BYTES) }
      return fromBinary(publicKeyOf(key).encrypt(toBinary(plaintext), 'RSA-OAEP', options))
    },
    async decrypt(key, ciphertext) {
      const privateKey = privateKeyOf(key)
      try {
        return fromBinary(privateKey.decrypt(toBinary(ciphertext), 'RSA-OAEP', oaep()))
      } catch {
        return undefined
      }
    },
    async sign(key, message) {
      return fromBinary(privateKeyOf(key).sign(sha256(message), pss(prng)))
    },
    async verify(key, message, signature) {
      const publicKey = publicKeyOf(key)
      const digest = sha256(message).digest().getBytes()
      try {
        return publicKey.verify(digest, toBinary(signature), pss(prng))
      } catch {
        return false
      }
    },
  }
}

async function generate(bits: number, prng: Prng): Promise<forge.pki.rsa.KeyPair> {
  const generation = forge.pki.rsa as unknown as StepwiseGeneration
  const state = generation.createKeyPairGenerationState(bits, PUBLIC_EXPONENT, { prng })
  while (!generation.stepKeyPairGenerationState(state, GENERATION_STEP_MILLISECONDS)) {
    await new Promise((resolve) => setTimeout(resolve))
  }
  return state.keys as forge.pki.rsa.KeyPair
}

function oaep() {
  return { md: forge.md.sha256.create(), mgf1: { md: forge.md.sha256.create() } }
}

function pss(prng: Prng) {
  return forge.pss.create({
    md: forge.md.sha256.create(),
    mgf: forge.mgf.mgf1.create(forge.md.sha256.create()),
    saltLength: SALT_BYTES,
    prng,
  })
}

function sha256(message: Bytes): forge.md.MessageDigest {
  return forge.md.sha256.create().update(toBinary(message))
}
