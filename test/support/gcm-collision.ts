/**
 * The attack on AES-GCM that key commitment is there against: one ciphertext and tag that are valid under two keys
 * (Dodis, Grubbs, Ristenpart, Woodage 2018; Len, Grubbs, Ristenpart 2021). One block of ciphertext is solved for.
 */
import { createCipheriv, createHmac } from 'node:crypto'

type Bytes = Uint8Array<ArrayBuffer>

export interface GcmKey {
  readonly key: Buffer
  readonly nonce: Buffer
}

/** HKDF-Expand-SHA-512 as C2SP chunked-encryption v1 asks for, written from its text. */
export function deriveContentKey(inputKey: Uint8Array, salt: Uint8Array, context: Uint8Array) {
  const info = Buffer.concat([
    Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'),
    salt,
    context,
  ])
  const hmac = (...parts: Uint8Array[]) =>
    createHmac('sha512', inputKey).update(Buffer.concat(parts)).digest()
  const first = hmac(info, Uint8Array.of(1))
  const output = Buffer.concat([first, hmac(first, info, Uint8Array.of(2))])
  return {
    key: output.subarray(0, 32),
    nonce: output.subarray(32, 44),
    commitment: output.subarray(44, 76),
  }
}

/** 16 bytes of ciphertext and their tag, valid under both keys. */
export function collide(one: GcmKey, two: GcmKey): Bytes {
  const [a, b] = [hashParts(one), hashParts(two)]
  const length = toElement(Buffer.from('00000000000000000000000000000080', 'hex'))
  const right = multiply(length, a.h ^ b.h) ^ a.mask ^ b.mask
  const block = multiply(right, inverse(square(a.h) ^ square(b.h)))
  const tag = multiply(block, square(a.h)) ^ multiply(length, a.h) ^ a.mask
  return Uint8Array.from(Buffer.concat([fromElement(block), fromElement(tag)]))
}

/** H = E(0), and E(nonce ‖ 1), which masks the tag. */
function hashParts({ key, nonce }: GcmKey) {
  const encrypt = (block: Uint8Array) => {
    const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    return toElement(cipher.update(block))
  }
  return {
    h: encrypt(new Uint8Array(16)),
    mask: encrypt(Buffer.concat([nonce, Buffer.of(0, 0, 0, 1)])),
  }
}

/** GF(2^128) of GCM (NIST SP 800-38D §6.3): the first bit of a block is the coefficient of x^0. */
const R = 0xe1n << 120n

function toElement(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString('hex')}`)
}

function fromElement(element: bigint): Buffer {
  return Buffer.from(element.toString(16).padStart(32, '0'), 'hex')
}

function multiply(x: bigint, y: bigint): bigint {
  let z = 0n
  let v = y
  for (let i = 127n; i >= 0n; i--) {
    if ((x >> i) & 1n) z ^= v
    v = v & 1n ? (v >> 1n) ^ R : v >> 1n
  }
  return z
}

function square(x: bigint): bigint {
  return multiply(x, x)
}

/** x^(2^128 - 2). */
function inverse(x: bigint): bigint {
  let result = 1n << 127n
  let power = x
  for (let i = 1; i < 128; i++) {
    power = square(power)
    result = multiply(result, power)
  }
  return result
}
