import { type Bytes, utf8, wipe } from '../bytes'
import { backend } from '../crypto/current'
import { ZkebError } from '../errors'
import { encodePem } from '../keys/pem'
import {
  AES_BLOCK_BYTES,
  DEFAULT_ITERATIONS,
  MAX_FILE_BYTES,
  MAX_ITERATIONS,
  MIN_WRITTEN_ITERATIONS,
  SALT_BYTES,
  TAG,
} from './constants'
import { DerReader, notDer, writeDer } from './der'
import { toDer, tooLong } from './input'
import { cbcDecrypt, cbcEncrypt, readPbes2, writePbes2 } from './pbes2'
import { assertPkcs8 } from './pkcs8'

/** How {@link encryptPrivateKey} encrypts. */
export interface EncryptPrivateKeyOptions {
  /** PBKDF2 iterations, 100 000 to 10 000 000. Default 600 000: about 0.2 s, to encrypt and for every guess. */
  readonly iterations?: number
}

/**
 * Decrypts a private key of any kind: PEM `ENCRYPTED PRIVATE KEY` or its DER (RFC 5958 §3), at most 64 KiB, by PBES2
 * with PBKDF2-HMAC-SHA-256 and AES-256-CBC, as `openssl genpkey -aes256` and {@link encryptPrivateKey} write it. The
 * password counts as UTF-8. Returns PKCS#8 DER, as importIdentity() takes it; wipe it when it is imported.
 *
 * Throws `KEY` for another file, encryption or more than 10 000 000 iterations, with what to do in the hint, and `OPEN`
 * for a wrong password and a damaged file alike: the format cannot tell them apart. spec/keys.md §3.
 */
export async function decryptPrivateKey(
  key: string | Uint8Array,
  password: string,
): Promise<Uint8Array> {
  const file = new DerReader(toDer(key, 'ENCRYPTED PRIVATE KEY', 'key'))
  const secret = passwordBytes(password)
  const info = file.sequence()
  file.end()
  const pbes2 = readPbes2(info.sequence())
  const sealed = new Uint8Array(info.take(TAG.OCTET_STRING))
  info.end()
  if (sealed.length === 0 || sealed.length % AES_BLOCK_BYTES !== 0) throw notDer()

  const pkcs8 = await cbcDecrypt(pbes2, secret, sealed)
  wipe(secret)
  if (!pkcs8 || !isPkcs8(pkcs8)) throw cannotDecrypt()
  return pkcs8
}

/**
 * Encrypts a private key of any kind: PEM `PRIVATE KEY`, as exportIdentity() writes it, or PKCS#8 DER. Returns PEM
 * `ENCRYPTED PRIVATE KEY` (RFC 5958 §3) by PBES2 with PBKDF2-HMAC-SHA-256, a random 16-byte salt, and AES-256-CBC, which
 * OpenSSL opens. The file hides the key and does not authenticate it.
 *
 * Throws `KEY` for what is no PKCS#8 or too long to be read again, a TypeError or RangeError for a password that is no text or empty, and for
 * iterations beyond the limits. spec/keys.md §3.
 */
export async function encryptPrivateKey(
  key: string | Uint8Array,
  password: string,
  { iterations = DEFAULT_ITERATIONS }: EncryptPrivateKeyOptions = {},
): Promise<string> {
  if (
    !Number.isSafeInteger(iterations) ||
    iterations < MIN_WRITTEN_ITERATIONS ||
    iterations > MAX_ITERATIONS
  ) {
    throw new RangeError(
      `iterations: an integer from ${MIN_WRITTEN_ITERATIONS} to ${MAX_ITERATIONS}`,
    )
  }
  const secret = passwordBytes(password)
  if (secret.length === 0) throw new RangeError('password: not empty')
  const pkcs8 = toDer(key, 'PRIVATE KEY', 'key')
  try {
    assertPkcs8(pkcs8)
    const salt = backend().randomBytes(SALT_BYTES)
    const pbes2 = { salt, iterations, iv: backend().randomBytes(AES_BLOCK_BYTES) }
    const sealed = await cbcEncrypt(pbes2, secret, pkcs8)
    const octets = writeDer(TAG.OCTET_STRING, sealed)
    const info = writeDer(TAG.SEQUENCE, writePbes2(pbes2), octets)
    if (info.length > MAX_FILE_BYTES) throw tooLong()
    return encodePem(info, 'ENCRYPTED PRIVATE KEY')
  } finally {
    wipe(secret, pkcs8)
  }
}

function passwordBytes(password: string): Bytes {
  // UTF-8 has no lone surrogates: they would all be one password.
  if (typeof password !== 'string' || /\p{Surrogate}/u.test(password)) {
    throw new TypeError('password: text without lone surrogates')
  }
  return utf8(password)
}

/** A wrong password leaves good padding once in 256 times: then what came out is no PKCS#8. */
function isPkcs8(bytes: Uint8Array): boolean {
  try {
    assertPkcs8(bytes)
    return true
  } catch {
    return false
  }
}

/** No cause, and one message: a padding oracle needs to tell how decryption failed. */
function cannotDecrypt(): ZkebError {
  return new ZkebError('OPEN', 'the key cannot be decrypted', {
    hint: 'the password is wrong, or the file is damaged',
  })
}
