import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { type Bytes, equalBytes, wipe } from '../bytes'
import type { RandomSource } from './backend'
import { KEY_FORMS, wrapKeyBytes } from './key-forms'
import type { Curve, Curves, PlatformKey } from './platform'
import { webcryptoCurves } from './webcrypto-curves'

const SECRET_BYTES = 32

/** The KeyObject of each CryptoKey: work on these is synchronous, and they cost more to make than to look up. */
const keyObjects = new WeakMap<PlatformKey, KeyObject>()

/** X25519 and Ed25519 by node:crypto. Keys are CryptoKeys, as everywhere. */
export function nodeCurves(subtle: () => SubtleCrypto, random: RandomSource): Curves {
  const web = webcryptoCurves(subtle, random)
  const importPrivate: Curves['importPrivate'] = async (curve, secret, extractable) => {
    const object = toPrivateObject(curve, secret)
    const pair = await web.importPrivate(curve, secret, extractable)
    keyObjects.set(pair.privateKey, object)
    return pair
  }
  return {
    ...web,
    async generate(curve, extractable) {
      const secret = random.randomBytes(SECRET_BYTES)
      const pair = await importPrivate(curve, secret, extractable)
      wipe(secret)
      return pair
    },
    importPrivate,
    x25519(scalar) {
      const key = toPrivateObject('X25519', scalar)
      const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
      return {
        publicKey: new Uint8Array(Buffer.from(x, 'base64url')),
        agree: (point) => agree(key, point),
      }
    },
    agree(key, point) {
      const object = toKeyObject(key)
      return object ? agree(object, point) : web.agree(key, point)
    },
    sign(key, message) {
      const object = toKeyObject(key)
      return object ? new Uint8Array(sign(null, message, object)) : web.sign(key, message)
    },
    verify(key, message, signature) {
      const object = toKeyObject(key)
      return object ? verify(null, message, object, signature) : web.verify(key, message, signature)
    },
  }
}

/** Undefined for a private key from elsewhere that is not extractable: Node gives no KeyObject of such (DEP0204). */
function toKeyObject(key: PlatformKey): KeyObject | undefined {
  const known = keyObjects.get(key)
  if (known || !key.extractable || 'bytes' in key) return known
  const made = KeyObject.from(key as never)
  keyObjects.set(key, made)
  return made
}

/**
 * A private key of its 32 bytes. Up to Node 24 a JWK loads ten times faster than DER, and its `x` is not read (we do not
 * have it); later versions want a true one there, and load DER as fast.
 */
function toPrivateObject(crv: Curve, secret: Bytes): KeyObject {
  if (looseJwk !== false) {
    try {
      const key = { kty: 'OKP', crv, d: toBase64Url(secret), x: '' }
      const object = createPrivateKey({ key, format: 'jwk' })
      looseJwk = true
      return object
    } catch (error) {
      if (looseJwk) throw error
      looseJwk = false
    }
  }
  const der = wrapKeyBytes(KEY_FORMS[crv].private, secret)
  try {
    return createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' })
  } finally {
    wipe(der)
  }
}

/** Whether this Node takes a private JWK without its public half; undefined until tried. */
let looseJwk: boolean | undefined

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

function toBase64Url(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
