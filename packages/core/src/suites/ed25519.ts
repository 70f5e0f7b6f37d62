import { curves } from '#backend'
import { type Bytes, toHex } from '../bytes'
import type { PlatformKey } from '../crypto/platform'

/** RFC 8032 §5.1.6, in bytes: R ‖ S. */
export const ED25519_SIGNATURE_BYTES = 64
const POINT_BYTES = 32
/** L, the order of the base point, and p = 2^255 - 19; big-endian. */
const ORDER = '1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed'
const PRIME = '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed'
/** The y of all points whose order divides 8, big-endian: each stands for both signs of x. */
const SMALL_ORDER_Y = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000001',
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
]

/**
 * Whether a point may be a public key, or the R of a signature (§2.2): y is reduced, and the point is none of small order, under which one
 * signature is good for many messages. Runtimes disagree on these. No secret is compared here.
 */
export function isAcceptablePoint(point: Bytes): boolean {
  if (point.length !== POINT_BYTES) return false
  const y = littleEndian(point)
  const unsigned = (Number.parseInt(y.slice(0, 1), 16) & 7) + y.slice(1)
  return unsigned < PRIME && !SMALL_ORDER_Y.includes(unsigned)
}

/** Whether 32 bytes are the one encoding of an X25519 point: less than p, and so without the high bit (RFC 7748 §5). */
export function isReducedPoint(point: Bytes): boolean {
  return littleEndian(point) < PRIME
}

/**
 * §2.2: a signature of 64 bytes whose S is reduced (else each had a second form), whose R is a point that could be a key (nobody makes
 * others, and OpenSSL 3.5 refuses what 3.0 takes), and which the platform finds good.
 */
export async function verifyEd25519(
  key: PlatformKey,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  if (signature.length !== ED25519_SIGNATURE_BYTES) return false
  if (littleEndian(signature.slice(POINT_BYTES)) >= ORDER) return false
  if (!isAcceptablePoint(signature.slice(0, POINT_BYTES))) return false
  return curves.verify(key, message, signature)
}

/** Hex of one length compares as the numbers do. */
function littleEndian(bytes: Bytes): string {
  return toHex(Uint8Array.from(bytes).reverse())
}
