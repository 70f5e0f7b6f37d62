import { ZkebError } from '../errors'
import type { Bounds, Suite } from './suite'

/** §2.1: an RSA ciphertext or signature is exactly as long as the modulus of 2048 to 8192 bits. */
const RSA_BYTES: Bounds = { min: 256, max: 1024 }
const AES = 'AES-256-GCM'

/** Suites this program knows. What they do with keys is in keys.ts beside this. */
const SUITES = [
  {
    name: 'rsa',
    id: 1,
    algorithm: AES,
    keyAlgorithm: 'RSA-OAEP',
    signatureAlgorithm: 'RSA-PSS',
    wrappedKeyBytes: RSA_BYTES,
    signatureBytes: RSA_BYTES,
    hpke: false,
  },
  {
    name: 'x25519',
    id: 2,
    algorithm: AES,
    keyAlgorithm: 'HPKE-X25519',
    signatureAlgorithm: 'Ed25519',
    wrappedKeyBytes: exactly(80),
    signatureBytes: exactly(64),
    hpke: true,
  },
  {
    name: 'pq',
    id: 3,
    algorithm: AES,
    keyAlgorithm: 'HPKE-MLKEM768-X25519',
    signatureAlgorithm: 'Ed25519+ML-DSA-65',
    wrappedKeyBytes: exactly(1168),
    signatureBytes: exactly(3373),
    hpke: true,
  },
] as const satisfies readonly Suite[]

/** `rsa`, `x25519` or `pq`: the suites of spec/envelope.md §2. */
export type SuiteName = (typeof SUITES)[number]['name']

export const SUITE_NAMES = /*#__PURE__*/ SUITES.map(({ name }) => name)

export function isSuiteName(name: unknown): name is SuiteName {
  return SUITE_NAMES.includes(name as SuiteName)
}

/** Throws `SUITE_NOT_ALLOWED` for a name that is not in the table. */
export function suiteByName(name: string): Suite {
  return find((suite) => suite.name === name)
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

function exactly(bytes: number): Bounds {
  return { min: bytes, max: bytes }
}

function find(matches: (suite: Suite) => boolean): Suite {
  const suite = SUITES.find(matches)
  if (suite) return suite
  throw new ZkebError('SUITE_NOT_ALLOWED', 'not the algorithms of one suite', {
    hint: 'update @zkeb/core',
  })
}
