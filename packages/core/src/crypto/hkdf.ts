import { type Bytes, concatBytes, utf8, wipe } from '../bytes'
import { backend } from './current'

/** RFC 5869 §2.2: no salt is a salt of zeros. */
const NO_SALT = /*#__PURE__*/ new Uint8Array(32)
/** §2.3: the number of the first block, the only one here. */
const FIRST_BLOCK = 1

/** HKDF-SHA-256 (RFC 5869) of `secret`, which is not empty, without a salt: 32 bytes, which the caller wipes. */
export async function hkdf(secret: Bytes, info: Uint8Array | string): Promise<Bytes> {
  const label = typeof info === 'string' ? utf8(info) : info
  const prk = await backend().hmacSha256(NO_SALT, secret)
  const key = await backend().hmacSha256(prk, concatBytes(label, Uint8Array.of(FIRST_BLOCK)))
  wipe(prk)
  return key
}
