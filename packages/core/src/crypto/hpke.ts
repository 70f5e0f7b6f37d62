import { type Bytes, concatBytes, utf8, wipe } from '../bytes'
import type { Awaitable } from './backend'
import { backend } from './current'

/** A key encapsulation mechanism of RFC 9180 §4: `Key` is what decapsulates. */
export interface Kem<Key> {
  /** RFC 9180 §7.1. */
  readonly id: number
  readonly encapsulationBytes: number
  /** Undefined for a public key to which nothing can be encapsulated. */
  encapsulate(publicKey: Bytes): Awaitable<Encapsulation | undefined>
  /** Undefined for what nobody encapsulated. */
  decapsulate(key: Key, encapsulation: Bytes): Awaitable<Bytes | undefined>
}

export interface Encapsulation {
  readonly encapsulation: Bytes
  /** 32 bytes. */
  readonly secret: Bytes
}

/** What both sides know beside the message. */
export interface HpkeContext {
  readonly info: Bytes
  readonly aad: Bytes
}

/** RFC 9180 §7.2, §7.3: HKDF-SHA256 and AES-256-GCM. */
const KDF_ID = 0x0001
const AEAD_ID = 0x0002
const HASH_BYTES = 32
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** §5: base mode. */
const MODE_BASE = 0
const VERSION = 'HPKE-v1'
const NOTHING = /*#__PURE__*/ new Uint8Array(0)

/**
 * HPKE (RFC 9180) in base mode, a single message (§6.1): encapsulation ‖ ciphertext ‖ tag. Undefined where nothing can
 * be encapsulated to `publicKey`.
 */
export async function hpkeSeal<Key>(
  kem: Kem<Key>,
  publicKey: Bytes,
  { plaintext, ...context }: HpkeContext & { readonly plaintext: Bytes },
): Promise<Bytes | undefined> {
  const made = await kem.encapsulate(publicKey)
  if (!made) return undefined
  const { key, nonce } = await keySchedule(kem.id, made.secret, context)
  const ciphertext = new Uint8Array(plaintext.length + TAG_BYTES)
  const aes = await backend().aes256Gcm(key)
  await aes.seal(nonce, plaintext, ciphertext, context.aad)
  wipe(key, made.secret)
  return concatBytes(made.encapsulation, ciphertext)
}

/** The plaintext; undefined for whatever was not sealed to this key in this context. */
export async function hpkeOpen<Key>(
  kem: Kem<Key>,
  key: Key,
  { sealed, ...context }: HpkeContext & { readonly sealed: Bytes },
): Promise<Bytes | undefined> {
  const plaintextBytes = sealed.length - kem.encapsulationBytes - TAG_BYTES
  if (plaintextBytes < 0) return undefined
  const secret = await kem.decapsulate(key, sealed.slice(0, kem.encapsulationBytes))
  if (!secret) return undefined
  const { key: aesKey, nonce } = await keySchedule(kem.id, secret, context)
  const plaintext = new Uint8Array(plaintextBytes)
  const aes = await backend().aes256Gcm(aesKey)
  const ciphertext = sealed.subarray(kem.encapsulationBytes)
  const genuine = await aes.open(nonce, ciphertext, plaintext, context.aad)
  wipe(aesKey, secret)
  return genuine ? plaintext : undefined
}

/** §5.1, with empty psk and psk_id. */
async function keySchedule(kemId: number, sharedSecret: Bytes, { info }: HpkeContext) {
  const { extract, expand } = labelled(
    concatBytes(utf8('HPKE'), u16(kemId), u16(KDF_ID), u16(AEAD_ID)),
  )
  const pskIdHash = await extract(NOTHING, 'psk_id_hash', NOTHING)
  const infoHash = await extract(NOTHING, 'info_hash', info)
  const context = concatBytes(Uint8Array.of(MODE_BASE), pskIdHash, infoHash)
  const secret = await extract(sharedSecret, 'secret', NOTHING)
  const key = await expand(secret, 'key', context, KEY_BYTES)
  const nonce = await expand(secret, 'base_nonce', context, NONCE_BYTES)
  wipe(secret)
  return { key, nonce }
}

/** §4: LabeledExtract and LabeledExpand for up to 32 bytes, which is one block of HKDF (RFC 5869). */
export function labelled(suiteId: Bytes) {
  const prefix = (label: string) => concatBytes(utf8(VERSION), suiteId, utf8(label))
  return {
    async extract(salt: Bytes, label: string, ikm: Bytes): Promise<Bytes> {
      // RFC 5869 §2.2: no salt is a salt of zeros, and not every platform takes an empty HMAC key.
      const key = salt.length > 0 ? salt : new Uint8Array(HASH_BYTES)
      return backend().hmacSha256(key, concatBytes(prefix(label), ikm))
    },
    async expand(prk: Bytes, label: string, info: Bytes, length: number): Promise<Bytes> {
      const input = concatBytes(u16(length), prefix(label), info, Uint8Array.of(1))
      const block = await backend().hmacSha256(prk, input)
      const output = block.slice(0, length)
      wipe(block)
      return output
    },
  }
}

export function u16(value: number): Bytes {
  return Uint8Array.of(value >>> 8, value)
}
