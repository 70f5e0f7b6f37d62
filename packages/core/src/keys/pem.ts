import type { Bytes } from '../bytes'
import { MAX_PEM_CHARACTERS } from '../constants'
import { fromBase64, toBase64 } from '../encoding/base64'
import { isZkebError, ZkebError } from '../errors'
import { EC_HINT } from '../suites/recognize'

export type PemLabel =
  | 'PRIVATE KEY'
  | 'PUBLIC KEY'
  | 'ENCRYPTED PRIVATE KEY'
  | 'RSA PRIVATE KEY'
  | 'RSA PUBLIC KEY'
  | 'CERTIFICATE'

/** What people paste by mistake, and what to do then. */
const HINTS: Record<string, string> = {
  'RSA PRIVATE KEY':
    'this is PKCS#1: fromPkcs1() of @zkeb/core/formats, or openssl pkcs8 -topk8 -nocrypt -in key.pem',
  'RSA PUBLIC KEY':
    'this is PKCS#1: fromPkcs1() of @zkeb/core/formats, or openssl rsa -RSAPublicKey_in -pubout -in key.pem',
  'ENCRYPTED PRIVATE KEY':
    'this key is encrypted: decryptPrivateKey() of @zkeb/core/formats, or openssl pkcs8 -in key.pem',
  CERTIFICATE:
    'this is a certificate: importCertificate() of @zkeb/core/formats, or openssl x509 -pubkey -noout -in cert.pem',
  'EC PRIVATE KEY': EC_HINT,
  'PRIVATE KEY': 'this is a private key, where a public key belongs',
  'PUBLIC KEY': 'this is a public key, where a private key belongs',
}

/** The same, where it depends on what is expected. */
const HINTS_FOR: Partial<Record<PemLabel, Record<string, string>>> = {
  'ENCRYPTED PRIVATE KEY': { 'PRIVATE KEY': 'not encrypted: give it to importIdentity()' },
}

/** The DER of exactly one PEM block (RFC 7468) of that label. Throws `KEY`, with what to do in the hint. */
export function decodePem(text: string, label: PemLabel): Bytes {
  if (text.length > MAX_PEM_CHARACTERS) {
    throw new ZkebError('KEY', 'longer than key files are', {
      hint: `at most ${MAX_PEM_CHARACTERS} characters of PEM`,
    })
  }
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim())
  const found = /^-----BEGIN ([A-Z0-9 ]+)-----$/.exec(lines[0] ?? '')?.[1] ?? ''
  const blocks = lines.filter((line) => line.startsWith('-----BEGIN ')).length
  if (blocks > 1 || found !== label || lines.at(-1) !== `-----END ${label}-----`) {
    throw new ZkebError('KEY', `expected one PEM block "${label}"`, {
      hint: blocks > 1 ? 'more than one block: give one' : hintFor(found, label),
    })
  }
  if (lines[1]?.startsWith('Proc-Type:')) {
    throw new ZkebError('KEY', 'a PEM block that is encrypted in the way of OpenSSL before 1.0', {
      hint: 'convert it with: openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem',
    })
  }
  try {
    return fromBase64(lines.slice(1, -1).join(''), 'the PEM body')
  } catch (error) {
    if (!isZkebError(error, 'FORMAT')) throw error
    throw new ZkebError('KEY', 'the PEM body is not Base64', { hint: 'copy the whole block' })
  }
}

function hintFor(found: string, label: PemLabel): string {
  const known = found === label ? undefined : (HINTS_FOR[label]?.[found] ?? HINTS[found])
  return known ?? `the text must be one block between BEGIN ${label} and END ${label}`
}

export function encodePem(der: Uint8Array, label: PemLabel): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
