import { type Bytes, toHex } from '../bytes'
import { DIGEST_BYTES, IDENTITY_LABEL } from '../constants'
import { backend } from '../crypto/current'
import { pae } from '../encoding/pae'

/** §2: an identity's fingerprint covers both of its keys; 32 bytes. */
export async function identityFingerprint(encryption: Bytes, signing: Bytes): Promise<Bytes> {
  return backend().sha256(pae([IDENTITY_LABEL, encryption, signing]))
}

/** A fingerprint as people compare it: 64 lower-case hex digits. */
export function fingerprintToHex(fingerprint: Uint8Array): string {
  if (fingerprint.length !== DIGEST_BYTES) {
    throw new RangeError(`fingerprint: ${DIGEST_BYTES} bytes, got ${fingerprint.length}`)
  }
  return toHex(fingerprint)
}
