/**
 * Seals envelopes as spec/envelope.md says, with node:crypto and nothing of core: what core opens was written by another
 * hand. Every part can be replaced, so that it makes bad envelopes as well.
 */
import {
  constants,
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
  sign,
} from 'node:crypto'

export const RSA = {
  algorithm: 'AES-256-GCM',
  keyAlgorithm: 'RSA-OAEP',
  signatureAlgorithm: 'RSA-PSS',
}
const CHUNK_BYTES = 16_384

export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()

export const hmac = (key, ...parts) =>
  createHmac('sha256', key).update(Buffer.concat(parts)).digest()
export const rawId = (id) => Buffer.from(id.replaceAll('-', ''), 'hex')

/** §1 */
export function pae(pieces) {
  const le64 = (n) => {
    const out = Buffer.alloc(8)
    out.writeBigUInt64LE(BigInt(n))
    return out
  }
  const parts = pieces.map((piece) => Buffer.from(piece))
  return Buffer.concat([le64(parts.length), ...parts.flatMap((part) => [le64(part.length), part])])
}
export const u64 = (n) => {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(BigInt(n))
  return out
}
export const opt = (value) =>
  value === undefined ? Buffer.of(0) : Buffer.concat([Buffer.of(1), Buffer.from(value)])

/** RFC 8785 for the JSON of §1. */
export function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((name) => `${JSON.stringify(name)}:${jcs(value[name])}`).join()}}`
}

/** The keys and fingerprints of a one-line identity (§2, §9). */
export function readIdentity(line) {
  const [, , encryption, signing] = line.split(':')
  const read = (text) => {
    const key = Buffer.from(text, 'base64url')
    const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    const publicKey = createPublicKey(privateKey)
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    return { privateKey, publicKey, spki, fingerprint: sha256(spki) }
  }
  const keys = { encryption: read(encryption), signing: read(signing) }
  const fingerprint = sha256(
    pae(['zkeb/identity/v1', keys.encryption.fingerprint, keys.signing.fingerprint]),
  )
  return { ...keys, fingerprint }
}

/** §3: `h` is the context. */
export function sealContent({ cek, salt, h, plaintext }) {
  const info = Buffer.concat([
    Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'),
    salt,
    h,
  ])
  const hmac = (...parts) => createHmac('sha512', cek).update(Buffer.concat(parts)).digest()
  const first = hmac(info, Buffer.of(1))
  const output = Buffer.concat([first, hmac(first, info, Buffer.of(2))])
  const [key, baseNonce, commitment] = [
    [0, 32],
    [32, 44],
    [44, 76],
  ].map(([a, b]) => output.subarray(a, b))
  const chunks = []
  for (let i = 0; i * CHUNK_BYTES <= plaintext.length; i++) {
    const nonce = Buffer.from(baseNonce)
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ i) >>> 0, 8)
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    const chunk = cipher.update(plaintext.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES))
    cipher.final()
    chunks.push(Buffer.concat([chunk, cipher.getAuthTag()]))
  }
  return { message: Buffer.concat([salt, commitment, ...chunks]), baseNonce, commitment, key }
}

/** §5: the digest over whatever chunks a message has. */
export function contentDigest(message) {
  const leaves = []
  for (let i = 56; i < message.length; i += CHUNK_BYTES + 16) {
    leaves.push(sha256(message.subarray(i, i + CHUNK_BYTES + 16)))
  }
  return sha256(...leaves)
}

export const wrapOaep = (cek, { publicKey }, oaepHash = 'sha256') =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, cek)

export const signPss = (message, { privateKey }, saltLength = 32, digest = 'sha256') =>
  sign(digest, message, {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  })

/** §4: what suites over HPKE bind a wrapped key to. */
function wrapContext(id, from, keys) {
  const uuid = rawId(id)
  return {
    info: Buffer.from('zkeb/envelope/v1/hpke'),
    aad: pae([uuid, from.signing.fingerprint, keys.encryption.fingerprint]),
  }
}

/** An envelope in the object form, and every value on the way to it. `version`: the first piece of the core. */
export function sealByHand(given) {
  const { from, to, plaintext, id, createdAt, expiresAt, senderPrivateKeyId, metadata, cek, salt } =
    given
  const {
    suite: SUITE = RSA,
    version = 'zkeb/envelope/v1',
    wrap = wrapOaep,
    signMessage = signPss,
    content = (m) => m,
    iv = (n) => n,
  } = given
  const stanzas = to.map(({ keys, receiverPublicKeyId }, i) => ({
    ...(receiverPublicKeyId !== undefined && { receiverPublicKeyId }),
    fingerprint: keys.encryption.fingerprint,
    encryptedKey: wrap(cek, keys.encryption, undefined, i, wrapContext(id, from, keys)),
  }))
  const ascending = (a, b) => Buffer.compare(a.fingerprint, b.fingerprint)
  const digests = [...stanzas]
    .sort(ascending)
    .map(({ receiverPublicKeyId, fingerprint, encryptedKey }) =>
      sha256(pae([SUITE.keyAlgorithm, opt(receiverPublicKeyId), fingerprint, encryptedKey])),
    )
  const core = pae([
    version,
    SUITE.algorithm,
    SUITE.keyAlgorithm,
    SUITE.signatureAlgorithm,
    rawId(id),
    u64(createdAt),
    opt(expiresAt === undefined ? undefined : u64(expiresAt)),
    opt(senderPrivateKeyId),
    from.signing.fingerprint,
    stanzas[0].fingerprint,
    Buffer.concat(digests),
    opt(metadata === undefined ? undefined : jcs(metadata)),
    opt('associatedData' in given ? sha256(Buffer.from(jcs(given.associatedData))) : undefined),
  ])
  const h = sha256(core)
  const sealed = sealContent({ cek, salt, h, plaintext })
  const message = content(sealed.message)
  const length = message.length - 56 - 16 * Math.ceil((message.length - 56) / (CHUNK_BYTES + 16))
  const digest = contentDigest(message)
  const signedMessage = pae([
    'zkeb/envelope/v1/signature',
    h,
    message.subarray(0, 24),
    message.subarray(24, 56),
    digest,
    u64(length),
  ])
  const [primary, ...others] = stanzas
  const envelope = {
    version,
    id,
    createdAt,
    ...(expiresAt !== undefined && { expiresAt }),
    ...SUITE,
    ...(senderPrivateKeyId !== undefined && { senderPrivateKeyId }),
    recipients: [primary, ...others.sort(ascending)],
    ...(metadata !== undefined && { metadata }),
    iv: iv(sealed.baseNonce),
    content: message,
    signature: signMessage(signedMessage, from.signing),
  }
  const steps = {
    core,
    h,
    aesKey: sealed.key,
    baseNonce: sealed.baseNonce,
    commitment: sealed.commitment,
    digest,
    signedMessage,
  }
  return { envelope, steps }
}
