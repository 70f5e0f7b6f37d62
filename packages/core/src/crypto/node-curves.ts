import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  KeyObject,
  sign,
  verify,
} from 'node:crypto'
import type { Bytes } from '../bytes'
import { equalBytes } from '../bytes'
import type { Curves, PlatformKey } from './platform'
import { subtleCurveKeys } from './subtle-curves'

/** Keys are CryptoKeys; work on them is synchronous, and a KeyObject costs more to make than to look up. */
const keyObjects = new WeakMap<PlatformKey, KeyObject>()

/** X25519 and Ed25519 by node:crypto. */
export function nodeCurves(subtle: () => SubtleCrypto): Curves {
  return {
    ...subtleCurveKeys(subtle),
    x25519(scalar) {
      // Of a private JWK `x` must be there and is not read; a JWK loads many times faster than DER.
      const jwk = { kty: 'OKP', crv: 'X25519', d: toBase64Url(scalar), x: '' }
      const key = createPrivateKey({ key: jwk, format: 'jwk' })
      const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
      return {
        publicKey: new Uint8Array(Buffer.from(x, 'base64url')),
        agree: (point) => agree(key, point),
      }
    },
    agree: (key, point) => agree(keyObject(key), point),
    sign: (key, message) => new Uint8Array(sign(null, message, keyObject(key))),
    verify: (key, message, signature) => verify(null, message, keyObject(key), signature),
  }
}

function agree(privateKey: KeyObject, point: Bytes): Bytes | undefined {
  const jwk = { kty: 'OKP', crv: 'X25519', x: toBase64Url(point) }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  try {
    const shared = new Uint8Array(diffieHellman({ privateKey, publicKey }))
    return equalBytes(shared, new Uint8Array(shared.length)) ? undefined : shared
  } catch {
    // OpenSSL refuses to give 32 zeros.
    return undefined
  }
}

function keyObject(key: PlatformKey): KeyObject {
  const known = keyObjects.get(key)
  if (known) return known
  const made = KeyObject.from(key as never)
  keyObjects.set(key, made)
  return made
}

function toBase64Url(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
