import { toHex } from '../bytes'
import { TAG } from './constants'
import { DerReader, notDer } from './der'
import { toDer } from './input'
import { nameToText } from './name'

/** What a certificate says. Nothing of it is verified. */
export interface Certificate {
  /** SubjectPublicKeyInfo, DER, as importPublicIdentity() takes it: a key of any kind. */
  readonly publicKey: Uint8Array
  /** RFC 4514, most specific part first: `CN=Alice,O=Example\, Inc.,C=CH`. Empty where only extensions name the subject. */
  readonly subject: string
  readonly issuer: string
  /** Upper-case hex, as OpenSSL prints it. */
  readonly serialNumber: string
  /** Both ends belong to the time of validity. */
  readonly notBefore: Date
  readonly notAfter: Date
}

/**
 * Reads an X.509 certificate (RFC 5280 §4.1): PEM `CERTIFICATE`, one block, or DER of at most 64 KiB. It is a way to take
 * the key out, and **verifies nothing**: not the signature, not the chain, not the names, not the time. Who takes a key
 * from a certificate trusts whoever gave it. Throws `KEY` for anything else. spec/keys.md §5.
 */
export function importCertificate(certificate: string | Uint8Array): Certificate {
  const file = new DerReader(toDer(certificate, 'CERTIFICATE', 'certificate'))
  const signed = file.sequence()
  file.end()
  const body = signed.sequence()
  signed.sequence() // signatureAlgorithm
  signed.take(TAG.BIT_STRING) // signatureValue
  signed.end()

  if (body.nextIs(TAG.CONTEXT_0)) body.element() // version
  const serial = body.integer()
  body.sequence() // signature
  const issuer = nameToText(body.sequence())
  const validity = body.sequence()
  const notBefore = readTime(validity)
  const notAfter = readTime(validity)
  validity.end()
  const subject = nameToText(body.sequence())
  if (!body.nextIs(TAG.SEQUENCE)) throw notDer()
  const publicKey = new Uint8Array(body.element().encoded)
  while (!body.atEnd) body.element() // unique identifiers, extensions

  const serialNumber = toHex(serial.length > 1 && serial[0] === 0 ? serial.subarray(1) : serial)
  return {
    publicKey,
    subject,
    issuer,
    serialNumber: serialNumber.toUpperCase(),
    notBefore,
    notAfter,
  }
}

/** RFC 5280 §4.1.2.5: to the second, in UTC; UTCTime has two digits of the year, 50 to 99 of the 1900s. */
function readTime(validity: DerReader): Date {
  const { tag, content } = validity.element()
  const text = String.fromCharCode(...content.subarray(0, MAX_TIME_BYTES + 1))
  const digits = tag === TAG.UTC_TIME ? century(text) + text : text
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits)
  if (!found || (tag !== TAG.UTC_TIME && tag !== TAG.GENERALIZED_TIME)) throw notDer()
  const iso = `${found.slice(1, 4).join('-')}T${found.slice(4).join(':')}.000Z`
  const time = new Date(iso)
  // Rolled over (30 February) or invalid.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw notDer()
  return time
}

/** YYYYMMDDHHMMSSZ. */
const MAX_TIME_BYTES = 15

function century(text: string): string {
  return text < '50' ? '20' : '19'
}
