import { type Bytes, equalBytes, wipe } from '../bytes'
import { ZkebError } from '../errors'
import {
  AES_BLOCK_BYTES,
  AES_KEY_BYTES,
  HMAC_WITH_SHA256,
  MAX_ITERATIONS,
  MAX_READ_SALT_BYTES,
  MIN_READ_SALT_BYTES,
  OID_AES_256_CBC,
  OID_PBES2,
  OID_PBKDF2,
  TAG,
} from './constants'
import { type DerReader, writeDer, writeInteger } from './der'

/** What a file says of its encryption. */
export interface Pbes2 {
  readonly salt: Bytes
  readonly iterations: number
  readonly iv: Bytes
}

/**
 * Reads the AlgorithmIdentifier PBES2 (RFC 8018 §A.4) with PBKDF2-HMAC-SHA-256 and AES-256-CBC. Throws `KEY` for any
 * other derivation or cipher, and for counts beyond the limits, before any work is done.
 */
export function readPbes2(algorithm: DerReader): Pbes2 {
  if (!equalBytes(algorithm.take(TAG.OID), OID_PBES2)) throw unsupported('not PBES2')
  const schemes = algorithm.sequence()
  algorithm.end()
  const derivation = schemes.sequence()
  if (!equalBytes(derivation.take(TAG.OID), OID_PBKDF2)) throw unsupported('not PBKDF2')
  const { salt, iterations } = readPbkdf2(derivation)
  const cipher = schemes.sequence()
  schemes.end()
  if (!equalBytes(cipher.take(TAG.OID), OID_AES_256_CBC)) throw unsupported('not AES-256-CBC')
  const iv = new Uint8Array(cipher.take(TAG.OCTET_STRING))
  cipher.end()
  if (iv.length !== AES_BLOCK_BYTES) throw unsupported('an IV of another length')
  return { salt, iterations, iv }
}

/** RFC 8018 §A.2. */
function readPbkdf2(derivation: DerReader): Omit<Pbes2, 'iv'> {
  const parameters = derivation.sequence()
  derivation.end()
  const salt = new Uint8Array(parameters.take(TAG.OCTET_STRING))
  const iterations = parameters.smallInteger()
  if (parameters.nextIs(TAG.INTEGER) && parameters.smallInteger() !== AES_KEY_BYTES) {
    throw unsupported('a derived key of another length')
  }
  // Left out, it means HMAC-SHA-1.
  if (parameters.atEnd || !equalBytes(parameters.element().encoded, HMAC_WITH_SHA256)) {
    throw unsupported('not HMAC-SHA-256')
  }
  parameters.end()
  if (salt.length < MIN_READ_SALT_BYTES || salt.length > MAX_READ_SALT_BYTES) {
    throw unsupported(
      `a salt that is not of ${MIN_READ_SALT_BYTES} to ${MAX_READ_SALT_BYTES} bytes`,
    )
  }
  if (iterations < 1 || iterations > MAX_ITERATIONS) {
    throw unsupported(`not 1 to ${MAX_ITERATIONS} iterations`)
  }
  return { salt, iterations }
}

export function writePbes2({ salt, iterations, iv }: Pbes2): Bytes {
  const octets = (bytes: Uint8Array) => writeDer(TAG.OCTET_STRING, bytes)
  const algorithm = (oid: Uint8Array, parameters: Uint8Array) =>
    writeDer(TAG.SEQUENCE, writeDer(TAG.OID, oid), parameters)
  const pbkdf2 = writeDer(TAG.SEQUENCE, octets(salt), writeInteger(iterations), HMAC_WITH_SHA256)
  const schemes = [algorithm(OID_PBKDF2, pbkdf2), algorithm(OID_AES_256_CBC, octets(iv))]
  return algorithm(OID_PBES2, writeDer(TAG.SEQUENCE, ...schemes))
}

/** AES-256-CBC with PKCS#7 padding under the password; undefined where the padding is wrong. */
export async function cbcDecrypt(pbes2: Pbes2, password: Bytes, sealed: Bytes) {
  const { algorithm, key } = await cbcKey(pbes2, password)
  return subtle()
    .decrypt(algorithm, key, sealed)
    .then(
      (plaintext) => new Uint8Array(plaintext),
      () => undefined,
    )
}

export async function cbcEncrypt(pbes2: Pbes2, password: Bytes, plaintext: Bytes): Promise<Bytes> {
  const { algorithm, key } = await cbcKey(pbes2, password)
  return new Uint8Array(await subtle().encrypt(algorithm, key, plaintext))
}

async function cbcKey({ salt, iterations, iv }: Pbes2, password: Bytes) {
  const raw = await pbkdf2(password, { salt, iterations })
  const usages: KeyUsage[] = ['encrypt', 'decrypt']
  const key = await subtle().importKey('raw', raw, 'AES-CBC', false, usages)
  wipe(raw)
  return { algorithm: { name: 'AES-CBC', iv }, key }
}

/** PBKDF2-HMAC-SHA-256 (RFC 8018 §5.2) to 32 bytes. */
export async function pbkdf2(
  password: Bytes,
  { salt, iterations }: Pick<Pbes2, 'salt' | 'iterations'>,
): Promise<Bytes> {
  const key = await subtle().importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  return new Uint8Array(await subtle().deriveBits(algorithm, key, AES_KEY_BYTES * 8))
}

/** Node has it, too. The backends have no such primitives: nothing but key files needs them. */
function subtle(): SubtleCrypto {
  if (globalThis.crypto?.subtle) return crypto.subtle
  throw new ZkebError('RUNTIME', 'WebCrypto is not available', {
    hint: 'serve the page over https or from localhost',
  })
}

function unsupported(what: string): ZkebError {
  return new ZkebError('KEY', `encrypted in a way that is not read here: ${what}`, {
    hint:
      'encrypt it again with: openssl pkcs8 -in key.pem | ' +
      'openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256',
  })
}
