import { hexToBytes } from '../bytes'

/** Tags, identifiers and limits of key files. Section numbers are those of spec/keys.md. */

/** X.690 §8.1.2: identifier octets of the types that key files hold. */
export const TAG = {
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OID: 0x06,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
  CONTEXT_0: 0xa0,
} as const

/** RFC 8017 §A.1: the AlgorithmIdentifier rsaEncryption, whose parameters are NULL, as DER. */
export const RSA_ENCRYPTION = hexToBytes('300d06092a864886f70d0101010500')
/** RFC 8018 §A.4, §A.2: content octets of the object identifiers. */
export const OID_PBES2 = hexToBytes('2a864886f70d01050d')
export const OID_PBKDF2 = hexToBytes('2a864886f70d01050c')
/** RFC 8018 §B.2.5: aes256-CBC-Pad; content octets. */
export const OID_AES_256_CBC = hexToBytes('60864801650304012a')
/** RFC 8018 §B.1.2: the AlgorithmIdentifier hmacWithSHA256, whose parameters are NULL, as DER. */
export const HMAC_WITH_SHA256 = hexToBytes('300c06082a864886f70d02090500')

/** §1: the longest key file, in bytes of DER: four certificates of the largest kind. */
export const MAX_FILE_BYTES = 64 * 1024
/** The longest object identifier we read, in bytes: one that holds a UUID has 20. */
export const MAX_OID_BYTES = 64

/** §3: the cipher and the derivation of an encrypted key; all but the counts in bytes. */
export const AES_KEY_BYTES = 32
export const AES_BLOCK_BYTES = 16
export const SALT_BYTES = 16
export const MIN_READ_SALT_BYTES = 8
export const MAX_READ_SALT_BYTES = 64
/** What OWASP advises for PBKDF2-HMAC-SHA-256: about 0.2 s. */
export const DEFAULT_ITERATIONS = 600_000
export const MIN_WRITTEN_ITERATIONS = 100_000
/** A file may ask for this much work and no more: about 3 s. */
export const MAX_ITERATIONS = 10_000_000
