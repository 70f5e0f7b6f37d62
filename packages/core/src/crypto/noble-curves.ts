import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, concatBytes, equalBytes } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import type { Bytes } from '../bytes'
import type { RandomSource } from './backend'
import type { Curve, Curves, PlatformKey, RawKey } from './platform'

// No value import of ours: a module that is loaded lazily would make bundlers wrap whatever it shares.

const KEY_BYTES = 32

/**
 * X25519 and Ed25519 in JavaScript, with plain keys: for platforms that have none of their own. The
 * backend's randomness makes the keys.
 */
export function nobleCurves({ randomBytes }: RandomSource): Curves {
  const importPrivate = (curve: Curve, secret: Bytes, extractable: boolean) => ({
    publicKey: rawKey(curve, 'public', toPoint(curve, secret), true),
    privateKey: rawKey(curve, 'private', Uint8Array.from(secret), extractable),
  })
  return {
    generate: async (curve, extractable) =>
      importPrivate(curve, randomBytes(KEY_BYTES), extractable),
    importPrivate: async (curve, secret, extractable) => importPrivate(curve, secret, extractable),
    importPublic: async (curve, point) => rawKey(curve, 'public', Uint8Array.from(point), true),
    exportKey: async (key) => bytesOf(key).slice(),
    x25519(scalar) {
      const secret = Uint8Array.from(scalar)
      return {
        publicKey: toPoint('X25519', secret),
        agree: (point) => agree(secret, point),
      }
    },
    agree: (key, point) => agree(bytesOf(key), point),
    sign: (key, message) => own(ed25519.sign(message, bytesOf(key))),
    verify: (key, message, signature) => verify(bytesOf(key), message, signature),
  }
}

function toPoint(curve: Curve, secret: Bytes): Bytes {
  return own((curve === 'X25519' ? x25519 : ed25519).getPublicKey(secret))
}

/** noble throws where the shared secret is zero. */
function agree(scalar: Bytes, point: Bytes): Bytes | undefined {
  try {
    return own(x25519.getSharedSecret(scalar, point))
  } catch {
    return undefined
  }
}

/**
 * RFC 8032 §5.1.7 without the cofactor, as OpenSSL and BoringSSL verify: noble's own verify() multiplies by it, and so
 * finds some signatures good that these refuse (C2SP's edge cases, test/vectors/ed25519.test.ts).
 */
function verify(key: Bytes, message: Bytes, signature: Bytes): boolean {
  const { Point } = ed25519
  const r = signature.slice(0, KEY_BYTES)
  const s = bytesToNumberLE(signature.slice(KEY_BYTES))
  const k = bytesToNumberLE(sha512(concatBytes(r, key, message)))
  try {
    const product = Point.fromBytes(key).multiplyUnsafe(Point.Fn.create(k))
    return equalBytes(Point.BASE.multiplyUnsafe(s).subtract(product).toBytes(), r)
  } catch {
    // The key is no point, or s is not reduced.
    return false
  }
}

function rawKey(name: Curve, type: RawKey['type'], bytes: Bytes, extractable: boolean): RawKey {
  return { type, algorithm: { name }, extractable, bytes }
}

function bytesOf(key: PlatformKey): Bytes {
  return (key as RawKey).bytes
}

function own(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes)
}
