import { type Bytes, toHex } from '../bytes'
import { ZkebError } from '../errors'
import type { SuiteName } from './registry'
import type { Both, KeyMaterial } from './suite'

/** An AlgorithmIdentifier stands within the first bytes of PKCS#8 and SPKI. */
const HEAD_BYTES = 32
/** RFC 8410 §3: OBJECT IDENTIFIER 1.3.101.110 and .112. */
const CURVE_OID = /06032b65(?:6e|70)/
/** RFC 5480 §2.1.1: id-ecPublicKey, 1.2.840.10045.2.1. */
const EC_OID = /06072a8648ce3d0201/
/** RFC 9881, RFC 9935: ML-DSA and ML-KEM, under 2.16.840.1.101.3.4. */
const POST_QUANTUM_OID = /0609608648016503040[34]/

/** What to say of a key of NIST's and other curves. */
export const EC_HINT = 'an EC key; RSA, X25519 and Ed25519 are taken'

/** The suite of two keys in forms that do not name it (§9). Throws `KEY` where there is not one for both. */
export function recognizeSuite({ encryption, signing }: Both<KeyMaterial>): SuiteName {
  const suite = recognizeKey(encryption)
  if (suite === recognizeKey(signing)) return suite
  throw new ZkebError('KEY', 'two keys of different suites', {
    hint: 'an identity has two RSA keys, or an X25519 and an Ed25519 key',
  })
}

/** What is nothing at all is left to `rsa`, which says what it misses. */
function recognizeKey(material: KeyMaterial): SuiteName {
  const kind = material.format === 'jwk' ? material.jwk.kty : keyTypeOf(material.bytes)
  if (kind === 'AKP') {
    throw new ZkebError('KEY', 'post-quantum keys are read from their line alone', {
      hint: 'give the one line that exportIdentity() or exportPublicIdentity() wrote',
    })
  }
  if (kind === 'EC') {
    throw new ZkebError('KEY', 'a key of a kind that no suite has', { hint: EC_HINT })
  }
  return kind === 'OKP' ? 'x25519' : 'rsa'
}

/** The kty that a JWK of this key would have. */
function keyTypeOf(der: Bytes): string {
  const head = toHex(der.subarray(0, HEAD_BYTES))
  if (CURVE_OID.test(head)) return 'OKP'
  if (EC_OID.test(head)) return 'EC'
  return POST_QUANTUM_OID.test(head) ? 'AKP' : 'RSA'
}
