import { ZkebError } from '../errors'
import type { Bounds, Suite } from './suite'

/** §2.1: an RSA ciphertext or signature is exactly as long as the modulus of 2048 to 8192 bits. */
const RSA_BYTES: Bounds = { min: 256, max: 1024 }

/** Suites this program knows. What they do with keys is in keys.ts beside this. */
const SUITES = {
  rsa: {
    name: 'rsa',
    id: 1,
    algorithm: 'AES-256-GCM',
    keyAlgorithm: 'RSA-OAEP',
    signatureAlgorithm: 'RSA-PSS',
    wrappedKeyBytes: RSA_BYTES,
    signatureBytes: RSA_BYTES,
  },
} as const satisfies Record<string, Suite>

/** `rsa`: AES-256-GCM, RSA-OAEP, RSA-PSS. */
export type SuiteName = keyof typeof SUITES

/** Throws a TypeError for a name that is not in the table. */
export function suiteByName(name: string): Suite {
  if (Object.hasOwn(SUITES, name)) return SUITES[name as SuiteName]
  throw new TypeError(`suite: one of ${Object.keys(SUITES).join(', ')}, got ${String(name)}`)
}

/** §8: the three algorithm columns must be exactly those of one suite. Throws `SUITE_NOT_ALLOWED`. */
export function suiteByAlgorithms(columns: {
  readonly algorithm: string
  readonly keyAlgorithm: string
  readonly signatureAlgorithm: string
}): Suite {
  return find(
    (suite) =>
      suite.algorithm === columns.algorithm &&
      suite.keyAlgorithm === columns.keyAlgorithm &&
      suite.signatureAlgorithm === columns.signatureAlgorithm,
  )
}

/** §8.3: the suite's number in the binary form. Throws `SUITE_NOT_ALLOWED`. */
export function suiteById(id: number): Suite {
  return find((suite) => suite.id === id)
}

function find(matches: (suite: Suite) => boolean): Suite {
  const suite = Object.values<Suite>(SUITES).find(matches)
  if (suite) return suite
  throw new ZkebError('SUITE_NOT_ALLOWED', 'the algorithms are not a suite this program allows', {
    hint: `known suites: ${Object.keys(SUITES).join(', ')}`,
  })
}
