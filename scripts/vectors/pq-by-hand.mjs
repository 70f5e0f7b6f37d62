/**
 * Suite pq with nothing of core: ML-KEM-768 and ML-DSA-65 of noble, X-Wing (draft-connolly-cfrg-xwing-kem) put together here of
 * these and node:crypto. Signatures are the deterministic variant (FIPS 204 §3.4), so that vectors are the same in every run.
 */
import { createHash, sign } from 'node:crypto'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { pae, sha256 } from './by-hand.mjs'
import { sealHpke } from './hpke-by-hand.mjs'
import { exchange, keyPair } from './x25519-by-hand.mjs'

export const PQ = {
  algorithm: 'AES-256-GCM',
  keyAlgorithm: 'HPKE-MLKEM768-X25519',
  signatureAlgorithm: 'Ed25519+ML-DSA-65',
}
const KEM_ID = Buffer.from('647a', 'hex')
/** §5.3 of the draft. */
const LABEL = Buffer.from('\\.//^\\')
/** SubjectPublicKeyInfo of RFC 9881, before the 1952 bytes of the key. */
const ML_DSA_SPKI = Buffer.from('308207b2300b0609608648016503040312038207a100', 'hex')

/** The keys and fingerprints of a one-line identity (§2.3, §9). */
export function readPqIdentity(line) {
  const [, , encryption, signing] = line.split(':')
  const keys = {
    encryption: xWing(Buffer.from(encryption, 'base64url')),
    signing: composite(Buffer.from(signing, 'base64url')),
  }
  const fingerprint = sha256(
    pae(['zkeb/identity/v1', keys.encryption.fingerprint, keys.signing.fingerprint]),
  )
  return { ...keys, fingerprint }
}

/** §5.2 of the draft. */
export function xWing(seed) {
  const expanded = createHash('shake256', { outputLength: 96 }).update(seed).digest()
  const { publicKey: mlKem } = ml_kem768.keygen(expanded.subarray(0, 64))
  const x25519 = keyPair('x25519', expanded.subarray(64))
  const publicKey = Buffer.concat([mlKem, x25519.spki.subarray(-32)])
  const fingerprint = sha256(pae(['zkeb/key/v1', 'X-Wing', publicKey]))
  return { mlKem, x25519, encoded: publicKey, fingerprint }
}

/** PAE[Ed25519 PKCS#8 of 48 bytes, ML-DSA-65 PKCS#8 of 54]: the seeds are their last 32 bytes. */
const composite = (encoded) => compositeOf(encoded.subarray(32, 64), encoded.subarray(-32))

/** The signing key of both seeds. */
export function compositeOf(ed25519Seed, mlDsaSeed) {
  const ed25519 = keyPair('ed25519', ed25519Seed)
  const mlDsa = ml_dsa65.keygen(mlDsaSeed)
  const spki = Buffer.concat([ML_DSA_SPKI, mlDsa.publicKey])
  const both = pae([ed25519.spki, spki])
  return { ed25519, mlDsa, encoded: both, fingerprint: sha256(both) }
}

/** Ed25519 ‖ ML-DSA-65. */
export const signComposite = (message, keys) =>
  Buffer.concat([signFirst(message, keys), signSecond(message, keys)])

export const signFirst = (message, { ed25519 }) => sign(null, message, ed25519.privateKey)

export const signSecond = (message, { mlDsa }, context = '') =>
  ml_dsa65.sign(message, mlDsa.secretKey, { extraEntropy: false, context: Buffer.from(context) })

/** enc ‖ ct; all randomness follows from the context. */
export function wrapXWing(cek, keys, _unused, _index, context) {
  return wrapXWingShare(cek, keys, context, exchange(keys.x25519.publicKey, context))
}

/** The same for an X25519 share and what is said to come of it, which need not be true. */
export function wrapXWingShare(cek, { mlKem, x25519 }, { info, aad }, { share, dh }) {
  const random = sha256(Buffer.concat([Buffer.from('encapsulation'), info, aad]))
  const { cipherText, sharedSecret } = ml_kem768.encapsulate(mlKem, random)
  const point = x25519.spki.subarray(-32)
  const shared = createHash('sha3-256')
    .update(Buffer.concat([sharedSecret, dh, share, point, LABEL]))
    .digest()
  const ct = sealHpke({ kemId: KEM_ID, shared, info, aad }, cek)
  return Buffer.concat([cipherText, share, ct])
}
