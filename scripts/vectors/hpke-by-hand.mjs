/** HPKE (RFC 9180) in base mode, a single message, with HKDF-SHA256 and AES-256-GCM, over any KEM. */
import { createCipheriv } from 'node:crypto'
import { hmac } from './by-hand.mjs'

/** §5.1 and §6.1: ct ‖ tag. `kemId` is 2 bytes, `shared` the shared secret of the KEM. */
export function sealHpke({ kemId, shared, info, aad }, plaintext) {
  const suite = Buffer.concat([Buffer.from('HPKE'), kemId, Buffer.from('00010002', 'hex')])
  const context = Buffer.concat([
    Buffer.of(0),
    labeledExtract(suite, '', 'psk_id_hash', ''),
    labeledExtract(suite, '', 'info_hash', info),
  ])
  const secret = labeledExtract(suite, shared, 'secret', '')
  const key = labeledExpand(suite, secret, 'key', context, 32)
  const nonce = labeledExpand(suite, secret, 'base_nonce', context, 12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(aad)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** §4. */
export function labeledExtract(suite, salt, label, ikm) {
  return hmac(salt, labeled(suite, label), Buffer.from(ikm))
}

/** §4, at most one block. */
export function labeledExpand(suite, prk, label, info, length) {
  const size = Buffer.of(0, length)
  const block = hmac(
    prk,
    Buffer.concat([size, labeled(suite, label), Buffer.from(info)]),
    Buffer.of(1),
  )
  return block.subarray(0, length)
}

const labeled = (suite, label) => Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label)])
