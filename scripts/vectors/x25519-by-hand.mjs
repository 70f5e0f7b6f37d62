/** Suite x25519 with node:crypto and nothing of core: identities of fixed keys, HPKE (RFC 9180, base mode, single shot), Ed25519. */
import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  sign,
} from 'node:crypto'
import { pae, sha256 } from './by-hand.mjs'

export const X25519 = {
  algorithm: 'AES-256-GCM',
  keyAlgorithm: 'HPKE-X25519',
  signatureAlgorithm: 'Ed25519',
}
export const UNSIGNED = { ...X25519, signatureAlgorithm: '' }
const KEM = Buffer.from('4b454d0020', 'hex')
const HPKE = Buffer.from('48504b45002000010002', 'hex')
/** PKCS#8 of RFC 8410, before the 32 bytes of the key. */
const PKCS8 = {
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
}

/** A key pair of 32 secret bytes, as readIdentity() makes them. */
function keyPair(type, secret) {
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
export function wrapHpke(cek, { publicKey, spki }, _unused, _index, { info, aad }) {
  const ephemeral = keyPair('x25519', sha256(Buffer.concat([Buffer.from('ephemeral'), info, aad])))
  const enc = ephemeral.spki.subarray(-32)
  const dh = diffieHellman({ privateKey: ephemeral.privateKey, publicKey })
  const eaePrk = labeledExtract(KEM, '', 'eae_prk', dh)
  const kemContext = Buffer.concat([enc, spki.subarray(-32)])
  const shared = labeledExpand(KEM, eaePrk, 'shared_secret', kemContext, 32)
  const context = Buffer.concat([
    Buffer.of(0),
    labeledExtract(HPKE, '', 'psk_id_hash', ''),
    labeledExtract(HPKE, '', 'info_hash', info),
  ])
  const secret = labeledExtract(HPKE, shared, 'secret', '')
  const key = labeledExpand(HPKE, secret, 'key', context, 32)
  const nonce = labeledExpand(HPKE, secret, 'base_nonce', context, 12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(aad)
  return Buffer.concat([enc, cipher.update(cek), cipher.final(), cipher.getAuthTag()])
}

/** RFC 9180 §7.1.3 for X25519. */
export function deriveKeyPair(ikm) {
  const prk = labeledExtract(KEM, '', 'dkp_prk', ikm)
  return keyPair('x25519', labeledExpand(KEM, prk, 'sk', Buffer.alloc(0), 32))
}

const hmac = (key, ...parts) => createHmac('sha256', key).update(Buffer.concat(parts)).digest()
const labeled = (suite, label) => Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label)])

function labeledExtract(suite, salt, label, ikm) {
  return hmac(salt, labeled(suite, label), Buffer.from(ikm))
}

/** At most one block. */
function labeledExpand(suite, prk, label, info, length) {
  const size = Buffer.of(0, length)
  const block = hmac(
    prk,
    Buffer.concat([size, labeled(suite, label), Buffer.from(info)]),
    Buffer.of(1),
  )
  return block.subarray(0, length)
}
