import forge from 'node-forge'
import { type Bytes, equalBytes, unshare } from '../bytes'
import { ZkebError } from '../errors'
import type { PlatformKey, Purpose, RawKey, RsaMaterial } from './platform'
import { isOneRsaKey, isRsaNumber, rsaNumberToHex } from './rsa-numbers'

type BigInteger = forge.jsbn.BigInteger
/** d, p, q, dP, dQ, qInv. */
type SecretNumbers = [BigInteger, BigInteger, BigInteger, BigInteger, BigInteger, BigInteger]
type PublicKey = forge.pki.rsa.PublicKey
type PrivateKey = forge.pki.rsa.PrivateKey

const NAMES = { encryption: 'RSA-OAEP', signing: 'RSA-PSS' } as const

/** node-forge's keys of ours, which structured clone would not keep. */
const parsed = new WeakMap<RawKey, PublicKey | PrivateKey>()

/** Reads a key. Throws, whatever node-forge throws, for anything but the one DER of an RSA key that is consistent. */
export function importRsa(purpose: Purpose, material: RsaMaterial, extractable: boolean): RawKey {
  const key = material.format === 'jwk' ? readJwk(material.jwk) : readDer(material)
  return toHandle(purpose, key, extractable)
}

/** Wraps a key of node-forge as plain data. */
export function toHandle(
  purpose: Purpose,
  key: PublicKey | PrivateKey,
  extractable: boolean,
): RawKey {
  const algorithm: RsaHashedKeyAlgorithm = {
    name: NAMES[purpose],
    modulusLength: key.n.bitLength(),
    publicExponent: toBytes(key.e),
    hash: { name: 'SHA-256' },
  }
  const type = isPrivate(key) ? 'private' : 'public'
  const handle = { type, algorithm, extractable, bytes: writeDer(key) } as const
  parsed.set(handle, key)
  return handle
}

/** Throws a TypeError for a private key. */
export function publicKeyOf(handle: PlatformKey): PublicKey {
  const key = keyOf(handle)
  if (isPrivate(key)) throw new TypeError('key: a public key')
  return key
}

/** Throws a TypeError for a public key. */
export function privateKeyOf(handle: PlatformKey): PrivateKey {
  const key = keyOf(handle)
  if (!isPrivate(key)) throw new TypeError('key: a private key')
  return key
}

/** PKCS#8 of a private key, SPKI of a public one. */
export function toDer(handle: PlatformKey): Bytes {
  return writeDer(keyOf(handle))
}

/** RFC 7517, RFC 7518 §6.3. */
export function toJwk(handle: PlatformKey): JsonWebKey {
  return jwkOf(keyOf(handle))
}

function jwkOf(key: PublicKey | PrivateKey): JsonWebKey {
  const jwk = { kty: 'RSA', n: toBase64Url(key.n), e: toBase64Url(key.e) }
  if (!isPrivate(key)) return jwk
  const secret = { d: key.d, p: key.p, q: key.q, dp: key.dP, dq: key.dQ, qi: key.qInv }
  const texts = Object.entries(secret).map(([name, number]) => [name, toBase64Url(number)])
  return { ...jwk, ...Object.fromEntries(texts) }
}

/** Bytes as node-forge takes them: text of as many characters. */
export function toBinary(bytes: Uint8Array): string {
  return forge.util.createBuffer(unshare(bytes)).getBytes()
}

export function fromBinary(binary: string): Bytes {
  const out = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i)
  return out
}

/** A handle that structured clone copied, or that comes from another platform, is read anew. Throws `KEY`. */
function keyOf(handle: PlatformKey): PublicKey | PrivateKey {
  const raw = handle as RawKey
  const known = parsed.get(raw)
  if (known) return known
  const { type, algorithm, bytes } = raw
  try {
    const key = readDer({ format: type === 'private' ? 'pkcs8' : 'spki', bytes })
    const { modulusLength, publicExponent } = algorithm as RsaKeyAlgorithm
    const isSame = modulusLength === key.n.bitLength() && equalBytes(publicExponent, toBytes(key.e))
    if (!isSame) throw new Error('not of the length or exponent it says')
    parsed.set(raw, key)
    return key
  } catch {
    throw foreignKey('RSA')
  }
}

export function foreignKey(kind: string): ZkebError {
  return new ZkebError('KEY', `not a key of this platform for ${kind}`, {
    hint: 'keys of @zkeb/core and @zkeb/core/pure go to each other by export and import',
  })
}

function readDer({ format, bytes }: Exclude<RsaMaterial, { format: 'jwk' }>) {
  const asn1 = forge.asn1.fromDer(toBinary(bytes))
  const key =
    format === 'pkcs8'
      ? checked(forge.pki.privateKeyFromAsn1(asn1))
      : forge.pki.publicKeyFromAsn1(asn1)
  // node-forge reads BER, PKCS#1 and keys of any algorithm: only what it would write itself is meant.
  if (!equalBytes(writeDer(key), bytes)) throw new Error('not the DER of an RSA key')
  return key
}

function writeDer(key: PublicKey | PrivateKey): Bytes {
  const asn1 = isPrivate(key)
    ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key))
    : forge.pki.publicKeyToAsn1(key)
  return fromBinary(forge.asn1.toDer(asn1).getBytes())
}

function readJwk(jwk: JsonWebKey): PublicKey | PrivateKey {
  if (jwk.kty !== 'RSA') throw new Error('not an RSA key')
  const [n, e] = [readNumber(jwk.n), readNumber(jwk.e)]
  if (jwk.d === undefined) return forge.pki.rsa.setPublicKey(n, e)
  const { d, p, q, dp, dq, qi } = jwk
  const [secret, ...crt] = [d, p, q, dp, dq, qi].map(readNumber) as SecretNumbers
  return checked(forge.pki.rsa.setPrivateKey(n, e, secret, ...crt))
}

/** Numbers of one key, so that node-forge neither loops nor divides by zero. */
function checked(key: PrivateKey): PrivateKey {
  if (!isOneRsaKey(jwkOf(key))) throw new Error('numbers that are not of one key')
  return key
}

function isPrivate(key: PublicKey | PrivateKey): key is PrivateKey {
  return 'd' in key
}

function readNumber(text: unknown): BigInteger {
  if (!isRsaNumber(text)) throw new Error('not a number of a JWK')
  return new forge.jsbn.BigInteger(rsaNumberToHex(text), 16)
}

function toBytes(number: BigInteger): Bytes {
  const hex = number.toString(16)
  return fromBinary(forge.util.hexToBytes(hex.length % 2 === 0 ? hex : `0${hex}`))
}

function toBase64Url(number: BigInteger): string {
  const base64 = btoa(toBinary(toBytes(number)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
