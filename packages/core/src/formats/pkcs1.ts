import { type Bytes, wipe } from '../bytes'
import { RSA_ENCRYPTION, TAG } from './constants'
import { DerReader, writeDer, writeInteger } from './der'
import { toDer } from './input'

/** RFC 8017 §A.1.2: n, e, d, p, q, dP, dQ, qInv stand after version 0, which says that there are two primes. */
const PRIVATE_NUMBERS = 8
/** RFC 8017 §A.1.1: n, e. */
const PUBLIC_NUMBERS = 2

/**
 * Takes an RSA key out of PKCS#1 (RFC 8017 §A.1), as `openssl genrsa -traditional` writes it: PEM `RSA PRIVATE KEY` or
 * `RSA PUBLIC KEY`, or DER of at most 64 KiB. Returns DER as importIdentity() or importPublicIdentity() takes it: PKCS#8
 * of a private key, SPKI of a public one. Throws `KEY` for anything else, and for more than two primes; whether the
 * numbers are a good key is for the import to say. spec/keys.md §4.
 */
export function fromPkcs1(key: string | Uint8Array): Uint8Array {
  const isPublic = typeof key === 'string' && /^\s*-----BEGIN RSA PUBLIC KEY-----/.test(key)
  const der = toDer(key, isPublic ? 'RSA PUBLIC KEY' : 'RSA PRIVATE KEY', 'key')
  try {
    return isPrivate(der) ? toPkcs8(der) : toSpki(der)
  } finally {
    wipe(der)
  }
}

/** Version 0 of a private key is where a public one has its modulus. */
function isPrivate(der: Uint8Array): boolean {
  const file = new DerReader(der)
  const numbers = file.sequence()
  file.end()
  const first = numbers.integer()
  const hasVersion = first.length === 1 && first[0] === 0
  const count = hasVersion ? PRIVATE_NUMBERS : PUBLIC_NUMBERS - 1
  for (let i = 0; i < count; i++) numbers.integer()
  numbers.end()
  return hasVersion
}

function toPkcs8(der: Bytes): Bytes {
  return writeDer(TAG.SEQUENCE, writeInteger(0), RSA_ENCRYPTION, writeDer(TAG.OCTET_STRING, der))
}

function toSpki(der: Bytes): Bytes {
  const noUnusedBits = Uint8Array.of(0)
  return writeDer(TAG.SEQUENCE, RSA_ENCRYPTION, writeDer(TAG.BIT_STRING, noUnusedBits, der))
}
