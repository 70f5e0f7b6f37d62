// Everybody who seals and opens in the envelope benchmark. A peer is a name and two steps; what seal returns, open
// takes. All of them check that the plaintext came back before anything is measured (envelope.mjs).

import { encode, generateIdentity, open, seal } from '@zkeb/core'
import * as age from 'age-encryption'
import * as jose from 'jose'
import sodium from 'libsodium-wrappers'
import * as openpgp from 'openpgp'

const { subtle } = globalThis.crypto
const OAEP = { name: 'RSA-OAEP' }
const PSS = { name: 'RSA-PSS', saltLength: 32 }

/** RSA-4096 everywhere but in age, which has X25519 only. Ours, the limit and jose share the same keys. */
export async function createRsaPeers() {
  const [alice, bob] = await Promise.all([generateIdentity(), generateIdentity()])
  const keys = { sender: alice.keyPairs.signing, receiver: bob.keyPairs.encryption }
  return {
    zkeb: createZkeb(alice, bob),
    'zkeb, binary form': createZkebBinary(alice, bob),
    limit: createLimit(keys),
    jose: createJose(keys),
    openpgp: await createOpenpgp({ type: 'rsa', rsaBits: 4096 }),
    age: await createAge(),
  }
}

/** Curve25519 everywhere, and our post-quantum suite beside it. */
export async function createCurvePeers() {
  const suite = async (name) => {
    const make = () => generateIdentity({ suite: name })
    return createZkeb(...(await Promise.all([make(), make()])))
  }
  return {
    'zkeb x25519': await suite('x25519'),
    'zkeb pq': await suite('pq'),
    libsodium: await createSodium(),
    openpgp: await createOpenpgp({ type: 'curve25519' }),
    age: await createAge(),
  }
}

function createZkeb(alice, bob) {
  return {
    seal: (data) => seal(data, { to: bob.public, from: alice }),
    open: async (envelope) => (await open(envelope, { as: bob, from: alice.public })).bytes,
  }
}

/** The other libraries give a serialised message: against them, we do too. */
function createZkebBinary(alice, bob) {
  return {
    seal: async (data) => encode(await seal(data, { to: bob.public, from: alice })),
    open: async (bytes) => (await open(bytes, { as: bob, from: alice.public })).bytes,
  }
}

/** Bare WebCrypto calls of the same suite, one after the other: what nobody can go far below. */
function createLimit({ sender, receiver }) {
  const signed = (iv, wrapped, digest) => Buffer.concat([iv, wrapped, new Uint8Array(digest)])
  return {
    async seal(data) {
      const rawKey = crypto.getRandomValues(new Uint8Array(32))
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const key = await subtle.importKey('raw', rawKey, 'AES-GCM', false, ['encrypt'])
      const ciphertext = await subtle.encrypt({ name: 'AES-GCM', iv }, key, data)
      const wrapped = new Uint8Array(await subtle.encrypt(OAEP, receiver.publicKey, rawKey))
      const message = signed(iv, wrapped, await subtle.digest('SHA-256', ciphertext))
      const signature = await subtle.sign(PSS, sender.privateKey, message)
      return { iv, ciphertext, wrapped, signature }
    },
    async open({ iv, ciphertext, wrapped, signature }) {
      const message = signed(iv, wrapped, await subtle.digest('SHA-256', ciphertext))
      if (!(await subtle.verify(PSS, sender.publicKey, signature, message)))
        throw new Error('forged')
      const rawKey = await subtle.decrypt(OAEP, receiver.privateKey, wrapped)
      const key = await subtle.importKey('raw', rawKey, 'AES-GCM', false, ['decrypt'])
      return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, key, ciphertext))
    },
  }
}

/** A PS256 JWS over an RSA-OAEP-256 + A256GCM JWE, both compact. */
function createJose({ sender, receiver }) {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  return {
    async seal(data) {
      const jwe = await new jose.CompactEncrypt(data)
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
        .encrypt(receiver.publicKey)
      return new jose.CompactSign(encoder.encode(jwe))
        .setProtectedHeader({ alg: 'PS256' })
        .sign(sender.privateKey)
    },
    async open(jws) {
      const { payload } = await jose.compactVerify(jws, sender.publicKey)
      return (await jose.compactDecrypt(decoder.decode(payload), receiver.privateKey)).plaintext
    },
  }
}

/** Signed and encrypted, binary, not compressed; all else as it comes. */
async function createOpenpgp(kind) {
  const generate = (name) => openpgp.generateKey({ ...kind, userIDs: [{ name }], format: 'object' })
  const [alice, bob] = await Promise.all([generate('alice'), generate('bob')])
  const config = { preferredCompressionAlgorithm: openpgp.enums.compression.uncompressed }
  return {
    seal: async (data) =>
      openpgp.encrypt({
        message: await openpgp.createMessage({ binary: data }),
        encryptionKeys: bob.publicKey,
        signingKeys: alice.privateKey,
        format: 'binary',
        config,
      }),
    open: async (bytes) => {
      const { data } = await openpgp.decrypt({
        message: await openpgp.readMessage({ binaryMessage: bytes }),
        decryptionKeys: bob.privateKey,
        verificationKeys: alice.publicKey,
        expectSigned: true,
        format: 'binary',
      })
      return data
    },
  }
}

/** typage with X25519: encrypted, but signed by nobody. */
async function createAge() {
  const identity = await age.generateX25519Identity()
  const encrypter = new age.Encrypter()
  encrypter.addRecipient(await age.identityToRecipient(identity))
  const decrypter = new age.Decrypter()
  decrypter.addIdentity(identity)
  return {
    seal: (data) => encrypter.encrypt(data),
    open: (bytes) => decrypter.decrypt(bytes),
  }
}

/** A sealed box, and a detached Ed25519 signature over it. */
async function createSodium() {
  await sodium.ready
  const sender = sodium.crypto_sign_keypair()
  const receiver = sodium.crypto_box_keypair()
  return {
    seal(data) {
      const box = sodium.crypto_box_seal(data, receiver.publicKey)
      return { box, signature: sodium.crypto_sign_detached(box, sender.privateKey) }
    },
    open({ box, signature }) {
      if (!sodium.crypto_sign_verify_detached(signature, box, sender.publicKey))
        throw new Error('forged')
      return sodium.crypto_box_seal_open(box, receiver.publicKey, receiver.privateKey)
    },
  }
}
