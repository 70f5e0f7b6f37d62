import { curves } from '#backend'
import { type Bytes, equalBytes, isBytes } from '../bytes'
import { KEY_FORMS, unwrapKeyBytes, wrapKeyBytes } from '../crypto/key-forms'
import type { Curve, PlatformKey, PlatformKeyPair } from '../crypto/platform'
import { fromBase64Url, toBase64Url } from '../encoding/base64url'
import { isZkebError } from '../errors'
import { refused } from './refused'
import type { KeyHandle, KeyMaterial } from './suite'

const KEY_BYTES = 32
/** As Base64url. */
const KEY_CHARACTERS = 43

/** The 32 bytes of a public key in SPKI or JWK form (RFC 8410, RFC 8037). Throws `KEY`. */
export function readPoint(curve: Curve, material: KeyMaterial): Bytes {
  if (material.format === 'jwk') return member(curve, material.jwk, 'x')
  const point = unwrapKeyBytes(KEY_FORMS[curve].public, material.bytes)
  if (!point) throw refused(curve, 'not the SPKI of such a key')
  return point
}

/** The pair of a private key in PKCS#8 (version 1, 48 bytes) or JWK form. Throws `KEY`. */
export async function readPair(
  curve: Curve,
  material: KeyMaterial,
  extractable: boolean,
): Promise<PlatformKeyPair> {
  if (material.format === 'encoded') {
    const secret = unwrapKeyBytes(KEY_FORMS[curve].private, material.bytes)
    if (!secret) throw refused(curve, 'not the PKCS#8 of such a key')
    return curves.importPrivate(curve, secret, extractable)
  }
  const { jwk } = material
  const pair = await curves.importPrivate(curve, member(curve, jwk, 'd'), extractable)
  if (!equalBytes(await curves.exportKey(pair.publicKey), member(curve, jwk, 'x'))) {
    throw refused(curve, 'x is not the public half of d')
  }
  return pair
}

/** SPKI, 44 bytes. */
export function toSpki(curve: Curve, point: Bytes): Bytes {
  return wrapKeyBytes(KEY_FORMS[curve].public, point)
}

/** PKCS#8, 48 bytes. */
export async function toPkcs8(curve: Curve, key: PlatformKey): Promise<Bytes> {
  return wrapKeyBytes(KEY_FORMS[curve].private, await curves.exportKey(key))
}

export async function toJwk(curve: Curve, key: PlatformKey): Promise<JsonWebKey> {
  const bytes = await curves.exportKey(key)
  if (key.type === 'public') return { kty: 'OKP', crv: curve, x: toBase64Url(bytes) }
  const { publicKey } = await curves.importPrivate(curve, bytes, true)
  return { ...(await toJwk(curve, publicKey)), d: toBase64Url(bytes) }
}

/** A key that was made or stored elsewhere; plain bytes are copied. Throws `KEY` where it is another one than belongs here. */
export function readHandle(
  curve: Curve,
  key: KeyHandle | undefined,
  type: 'private' | 'public',
): PlatformKey {
  if (key?.algorithm?.name === curve && key.type === type && !('keys' in key)) {
    if (!('bytes' in key)) return key
    const { bytes } = key
    if (isBytes(bytes) && bytes.length === KEY_BYTES)
      return { ...key, bytes: new Uint8Array(bytes) }
  }
  throw refused(curve, `not a ${type} key for ${curve}`)
}

function member(curve: Curve, jwk: JsonWebKey, name: 'x' | 'd'): Bytes {
  const text = jwk[name]
  if (jwk.kty !== 'OKP' || jwk.crv !== curve || typeof text !== 'string') {
    throw refused(curve, `not a JWK of kty OKP and crv ${curve}`)
  }
  try {
    if (text.length === KEY_CHARACTERS) return fromBase64Url(text, name)
  } catch (error) {
    if (!isZkebError(error, 'FORMAT')) throw error
  }
  throw refused(curve, `${name} is not 32 bytes of Base64url`)
}
