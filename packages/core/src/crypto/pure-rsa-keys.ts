import forge from 'node-forge'
import { type Bytes, equalBytes, unshare } from '../bytes'
import { ZkebError } from '../errors'
import type { PlatformKey, Purpose, RawKey, RsaMaterial } from './platform'

type BigInteger = forge.jsbn.BigInteger
/** d, p, q, dP, dQ, qInv. */
type SecretNumbers = [BigInteger, BigInteger, BigInteger, BigInteger, BigInteger, BigInteger]
type PublicKey = forge.pki.rsa.PublicKey
type PrivateKey = forge.pki.rsa.PrivateKey

const NAMES = { encryption: 'RSA-OAEP', signing: 'RSA-PSS' } as const
/** No number of an RSA key of 8192 bits is longer: 1024 bytes as Base64url. */
const MAX_NUMBER_CHARACTERS = 1366
/** How much shorter one prime may be than the other: node-forge counts up from one to the other. */
const MAX_PRIME_DIFFERENCE_BITS = 8

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
  const key = keyOf(handle)
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
    const { modulusLength } = algorithm as RsaKeyAlgorithm
    if (modulusLength !== key.n.bitLength()) throw new Error('not of the length it says')
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

/**
 * RFC 8017 §3.2: the numbers are those of one key, so that node-forge neither loops nor divides by zero. That p and q are
 * primes is for their owner to know.
 */
function checked(key: PrivateKey): PrivateKey {
  const { n, e, d, p, q, dP, dQ, qInv } = key
  const one = forge.jsbn.BigInteger.ONE
  const [p1, q1] = [p.subtract(one), q.subtract(one)]
  const consistent =
    p1.signum() > 0 &&
    q1.signum() > 0 &&
    Math.abs(p.bitLength() - q.bitLength()) <= MAX_PRIME_DIFFERENCE_BITS &&
    p.multiply(q).equals(n) &&
    d.compareTo(n) < 0 &&
    dP.equals(d.mod(p1)) &&
    dQ.equals(d.mod(q1)) &&
    e.multiply(d).mod(p1).equals(one) &&
    e.multiply(d).mod(q1).equals(one) &&
    qInv.compareTo(p) < 0 &&
    q.multiply(qInv).mod(p).equals(one)
  if (!consistent) throw new Error('numbers that are not of one key')
  return key
}

function isPrivate(key: PublicKey | PrivateKey): key is PrivateKey {
  return 'd' in key
}

/** Base64urlUInt (RFC 7518 §2), at least one octet. */
function readNumber(text: unknown): BigInteger {
  if (typeof text !== 'string' || text.length > MAX_NUMBER_CHARACTERS || !/^[\w-]+$/.test(text)) {
    throw new Error('not a number of a JWK')
  }
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return new forge.jsbn.BigInteger(forge.util.bytesToHex(binary), 16)
}

function toBytes(number: BigInteger): Bytes {
  const hex = number.toString(16)
  return fromBinary(forge.util.hexToBytes(hex.length % 2 === 0 ? hex : `0${hex}`))
}

function toBase64Url(number: BigInteger): string {
  const base64 = btoa(toBinary(toBytes(number)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
