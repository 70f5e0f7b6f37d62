/** Suite x25519 with node:crypto and nothing of core: identities of fixed keys, DHKEM of RFC 9180, Ed25519. */
import { createPrivateKey, createPublicKey, diffieHellman, sign } from 'node:crypto'
import { pae, sha256 } from './by-hand.mjs'
import { labeledExpand, labeledExtract, sealHpke } from './hpke-by-hand.mjs'

export const X25519 = {
  algorithm: 'AES-256-GCM',
  keyAlgorithm: 'HPKE-X25519',
  signatureAlgorithm: 'Ed25519',
}
export const UNSIGNED = { ...X25519, signatureAlgorithm: '' }
const KEM_ID = Buffer.from('0020', 'hex')
const KEM = Buffer.concat([Buffer.from('KEM'), KEM_ID])
/** PKCS#8 of RFC 8410, before the 32 bytes of the key. */
const PKCS8 = {
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
}

/** A key pair of 32 secret bytes, as readIdentity() makes them. */
export function keyPair(type, secret) {
  const der = Buffer.concat([PKCS8[type], secret])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return { der, privateKey, publicKey, spki, fingerprint: sha256(spki) }
}

/** An identity whose keys follow from its name, and its one line (§9). */
export function makeIdentity(name) {
  const encryption = keyPair('x25519', sha256(Buffer.from(`${name} encryption`)))
  const signing = keyPair('ed25519', sha256(Buffer.from(`${name} signing`)))
  const fingerprint = sha256(pae(['zkeb/identity/v1', encryption.fingerprint, signing.fingerprint]))
  const text = ({ der }) => der.toString('base64url')
  const line = `zkeb-secret-v1:x25519:${text(encryption)}:${text(signing)}`
  return { encryption, signing, fingerprint, line }
}

export const signEd25519 = (message, { privateKey }) => sign(null, message, privateKey)

/** enc ‖ ct; the ephemeral key follows from the context, so that vectors are the same in every run. */
export function wrapHpke(cek, keys, _unused, _index, context) {
  return wrapShare(cek, keys, context, exchange(keys.publicKey, context))
}

/** The same for an X25519 share and what is said to come of it, which need not be true. */
export function wrapShare(cek, { spki }, { info, aad }, { share, dh }) {
  const eaePrk = labeledExtract(KEM, '', 'eae_prk', dh)
  const kemContext = Buffer.concat([share, spki.subarray(-32)])
  const shared = labeledExpand(KEM, eaePrk, 'shared_secret', kemContext, 32)
  return Buffer.concat([share, sealHpke({ kemId: KEM_ID, shared, info, aad }, cek)])
}

/** X25519 with an ephemeral key that follows from the context. */
export function exchange(publicKey, { info, aad }) {
  const ephemeral = keyPair('x25519', sha256(Buffer.concat([Buffer.from('ephemeral'), info, aad])))
  const dh = diffieHellman({ privateKey: ephemeral.privateKey, publicKey })
  return { share: ephemeral.spki.subarray(-32), dh }
}

/** RFC 9180 §7.1.3 for X25519. */
export function deriveKeyPair(ikm) {
  const prk = labeledExtract(KEM, '', 'dkp_prk', ikm)
  return keyPair('x25519', labeledExpand(KEM, prk, 'sk', Buffer.alloc(0), 32))
}
