import { ZkebError } from '../errors'
import { isSuiteName, SUITE_NAMES, type SuiteName } from './registry'
import type { Both, KeyHandlePair, SuiteKeys } from './suite'

interface Row {
  /** `algorithm.name` of its handles: by these a pair says which suite it is of. */
  readonly handles: Both<string>
  /** Loads what the suite does with keys: a page downloads the suites whose keys it handles. */
  load(): Promise<SuiteKeys>
}

/** A new suite is a file of its own, a row here and a row in the registry. */
const SUITES: Record<SuiteName, Row> = {
  rsa: {
    handles: { encryption: 'RSA-OAEP', signing: 'RSA-PSS' },
    load: async () => (await import('./rsa')).rsaKeys,
  },
  x25519: {
    handles: { encryption: 'X25519', signing: 'Ed25519' },
    load: async () => (await import('./x25519')).x25519Keys,
  },
  pq: {
    handles: { encryption: 'X-Wing', signing: 'Ed25519+ML-DSA-65' },
    load: async () => (await import('./pq')).pqKeys,
  },
}

/** Throws a TypeError for a name that is not a suite. */
export async function keysOfSuite(name: string): Promise<SuiteKeys> {
  if (isSuiteName(name)) return SUITES[name].load()
  throw new TypeError(`suite: one of ${SUITE_NAMES.join(', ')}, got ${String(name)}`)
}

/** The suite whose keys these are, by what they say of themselves. Throws `KEY` where it is not one for both. */
export function suiteOfPairs(pairs: Both<KeyHandlePair>): SuiteName {
  const nameOf = (purpose: keyof typeof pairs) => pairs?.[purpose]?.privateKey?.algorithm?.name
  const suite = SUITE_NAMES.find((name) => {
    const { encryption, signing } = SUITES[name].handles
    return nameOf('encryption') === encryption && nameOf('signing') === signing
  })
  if (suite) return suite
  throw new ZkebError('KEY', 'not the two key pairs of one suite', {
    hint: 'make identities with generateIdentity()',
  })
}
