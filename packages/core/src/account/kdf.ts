import { type Bytes, concatBytes, wipe } from '../bytes'
import { DIGEST_BYTES } from '../constants'
import { backend } from '../crypto/current'

/** KDF of spec/account.md: HKDF-SHA-256 (RFC 5869) without salt, one block of 32 bytes. */
export async function kdf(secret: Bytes, info: Bytes): Promise<Bytes> {
  // RFC 5869 §2.2: no salt is a salt of zeros.
  const prk = await backend().hmacSha256(new Uint8Array(DIGEST_BYTES), secret)
  try {
    return await backend().hmacSha256(prk, concatBytes(info, Uint8Array.of(1)))
  } finally {
    wipe(prk)
  }
}
