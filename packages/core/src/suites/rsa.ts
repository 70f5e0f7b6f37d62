import { rsa } from '#backend'
import { type Bytes, concatBytes, equalBytes } from '../bytes'
import { CEK_BYTES } from '../constants'
import type { PlatformKey, RsaMaterial } from '../crypto/platform'
import { isOneRsaKey, isRsaNumber } from '../crypto/rsa-numbers'
import { isZkebError, type ZkebError } from '../errors'
import { assertOneSequence } from './der'
import { refused } from './refused'
import type { KeyHandle, KeyMaterial, PrivatePart, PublicPart, Purpose, SuiteKeys } from './suite'

/** §2.1: accepted modulus sizes, in bits, in multiples of 8. */
const MIN_BITS = 2048
const MAX_BITS = 8192
const DEFAULT_BITS = 4096
const GENERATED_BITS = [2048, 3072, 4096]
const NAMES = { encryption: 'RSA-OAEP', signing: 'RSA-PSS' } as const

/** RSA-OAEP and RSA-PSS with SHA-256 (spec/envelope.md §2.1). */
export const rsaKeys: SuiteKeys = {
  interchangeable: true,

  async generate(purpose, { modulusLength = DEFAULT_BITS, extractable }) {
    if (!GENERATED_BITS.includes(modulusLength)) {
      throw new RangeError(
        `modulusLength: one of ${GENERATED_BITS.join(', ')}, got ${modulusLength}`,
      )
    }
    return rsaKeys.adoptPair(purpose, await rsa.generate(purpose, modulusLength, extractable))
  },

  async importPublic(purpose, given) {
    const material = withFormat(given, 'spki')
    const part = await toPublicPart(purpose, await importKey(purpose, material, true))
    assertSameDer(material, part.encoded)
    return part
  },

  async importPrivate(purpose, given, extractable) {
    const material = withFormat(given, 'pkcs8')
    // The public half is only to be had from a JWK, and that only from an extractable key.
    const exportable = await importKey(purpose, material, true)
    if (exportable.type !== 'private') throw notAKey('a public key, where a private key belongs')
    assertSameDer(material, await rsa.exportDer(exportable))
    const jwk = await rsa.exportJwk(exportable)
    if (!isOneRsaKey(jwk)) throw notAKey('numbers that are not of one key')
    const half = await importKey(purpose, { format: 'jwk', jwk: publicJwk(jwk) }, true)
    const handle = extractable
      ? exportable
      : await importKey(purpose, { format: 'jwk', jwk: privateJwk(jwk) }, false)
    return { public: await toPublicPart(purpose, half), handle }
  },

  async adoptPair(purpose, { publicKey, privateKey }) {
    const handle = assertRsa(purpose, privateKey)
    if (handle.type !== 'private') throw notAKey('a public key, where a private key belongs')
    return { public: await toPublicPart(purpose, publicKey), handle }
  },

  exportPrivate: (_, handle) => rsa.exportDer(handle as PlatformKey),
  exportJwk: (_, handle) => rsa.exportJwk(handle as PlatformKey),
  wrap: ({ handle }, cek) => rsa.encrypt(handle as PlatformKey, cek),
  async unwrap(key, wrapped) {
    // A shorter ciphertext could be a second encoding of the same one.
    if (wrapped.length !== modulusBits(key.handle) / 8) return undefined
    const cek = await rsa.decrypt(key.handle as PlatformKey, wrapped)
    return cek && cek.length < CEK_BYTES && (await dropsZeros(key)) ? leftPad(cek) : cek
  },
  sign: ({ handle }, message) => rsa.sign(handle as PlatformKey, message),
  verify: ({ handle }, message, signature) => rsa.verify(handle as PlatformKey, message, signature),
}

/** WebKitGTK takes a message for a number: it gives it back without the zero bytes it begins with. */
async function dropsZeros({
  handle,
  public: { handle: publicKey },
}: PrivatePart): Promise<boolean> {
  const wrapped = await rsa.encrypt(publicKey as PlatformKey, new Uint8Array(CEK_BYTES))
  return (await rsa.decrypt(handle as PlatformKey, wrapped))?.length === 0
}

function leftPad(cek: Bytes): Bytes {
  return concatBytes(new Uint8Array(CEK_BYTES - cek.length), cek)
}

async function toPublicPart(purpose: Purpose, key: KeyHandle): Promise<PublicPart> {
  const handle = assertRsa(purpose, key)
  // Else its PKCS#8 would be taken, and published, for an SPKI.
  if (handle.type !== 'public') throw notAKey('a private key, where a public key belongs')
  // WebCrypto writes every RSA key as rsaEncryption + NULL, however it came in: one key, one fingerprint.
  const encoded = await rsa.exportDer(handle)
  // The modulus ends where INTEGER 65537 (02 03 01 00 01) begins; platforms take an even one, and fail on its use.
  if (((encoded.at(-6) ?? 0) & 1) === 0) throw notAKey('an even modulus')
  // Firefox and WebKit tell a length rounded up to whole bytes.
  const first = encoded.at(-5 - modulusBits(handle) / 8) ?? 0
  if (first < 0x80) throw notAKey('a modulus whose length in bits is no multiple of 8')
  return { encoded, hashed: encoded, handle, type: `RSA-${modulusBits(handle)}` }
}

function withFormat(material: KeyMaterial, format: 'spki' | 'pkcs8'): RsaMaterial {
  if (material.format === 'jwk') {
    const jwk = cleanJwk(material.jwk)
    const { kty, ...numbers } = jwk
    if (!Object.values(numbers).every(isRsaNumber)) throw notAKey('not the numbers of an RSA JWK')
    return { format: 'jwk', jwk }
  }
  assertOneSequence(material.bytes)
  return { format, bytes: material.bytes }
}

/** §9: platforms read several encodings of one key, and each other ones. */
function assertSameDer(material: RsaMaterial, written: Bytes): void {
  if (material.format === 'jwk' || equalBytes(material.bytes, written)) return
  throw refused(
    'RSA',
    'not the one DER encoding of it',
    'write it anew: openssl pkey (of a public key, with -pubin -pubout)',
  )
}

async function importKey(purpose: Purpose, material: RsaMaterial, extractable: boolean) {
  let key: PlatformKey
  try {
    key = await rsa.importKey(purpose, material, extractable)
  } catch (error) {
    if (isZkebError(error, 'RUNTIME')) throw error
    throw notAKey('cannot be read as an RSA key')
  }
  return assertRsa(purpose, key)
}

function assertRsa(purpose: Purpose, key: KeyHandle): PlatformKey {
  const algorithm = key.algorithm as RsaHashedKeyAlgorithm
  if (algorithm.name !== NAMES[purpose] || algorithm.hash.name !== 'SHA-256') {
    throw notAKey(`not an ${NAMES[purpose]} key with SHA-256`)
  }
  const bits = algorithm.modulusLength
  if (bits < MIN_BITS || bits > MAX_BITS || bits % 8 !== 0) {
    throw notAKey(`${bits} bits, where ${MIN_BITS} to ${MAX_BITS} in multiples of 8 are accepted`)
  }
  if (exponent(algorithm.publicExponent) !== 65537)
    throw notAKey('a public exponent that is not 65537')
  return key as PlatformKey
}

function exponent(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

function modulusBits(key: KeyHandle): number {
  return (key.algorithm as RsaHashedKeyAlgorithm).modulusLength
}

/** Only the numbers: `alg`, `use`, `key_ops` and `ext` would let the file veto what the caller asked for. */
function cleanJwk(jwk: JsonWebKey): JsonWebKey {
  return jwk.d === undefined ? publicJwk(jwk) : privateJwk(jwk)
}

function publicJwk({ kty, n, e }: JsonWebKey): JsonWebKey {
  return { kty, n, e } as JsonWebKey
}

function privateJwk({ kty, n, e, d, p, q, dp, dq, qi }: JsonWebKey): JsonWebKey {
  return { kty, n, e, d, p, q, dp, dq, qi } as JsonWebKey
}

function notAKey(reason: string): ZkebError {
  return refused(
    'RSA',
    reason,
    'RSA keys have 2048 to 8192 bits and e = 65537; make one with generateIdentity()',
  )
}
