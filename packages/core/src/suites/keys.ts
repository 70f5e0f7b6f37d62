import { ZkebError } from '../errors'
import { pqKeys } from './pq'
import { isSuiteName, SUITE_NAMES, type SuiteName } from './registry'
import { rsaKeys } from './rsa'
import type { Both, KeyHandlePair, SuiteKeys } from './suite'
import { x25519Keys } from './x25519'

/** A new suite is a file of its own, a row here and a row in the registry. */
const KEYS: Record<SuiteName, SuiteKeys> = { rsa: rsaKeys, x25519: x25519Keys, pq: pqKeys }

/** Throws a TypeError for a name that is not a suite. */
export function keysOfSuite(name: string): SuiteKeys {
  if (isSuiteName(name)) return KEYS[name]
  throw new TypeError(`suite: one of ${SUITE_NAMES.join(', ')}, got ${String(name)}`)
}

/** The suite whose keys these are, by what they say of themselves. Throws `KEY` where it is not one for both. */
export function suiteOfPairs(pairs: Both<KeyHandlePair>): SuiteName {
  const nameOf = (purpose: keyof typeof pairs) => pairs[purpose]?.privateKey?.algorithm?.name
  const suite = SUITE_NAMES.find((name) => {
    const { encryption, signing } = KEYS[name].names
    return nameOf('encryption') === encryption && nameOf('signing') === signing
  })
  if (suite) return suite
  throw new ZkebError('KEY', 'not the two key pairs of one suite', {
    hint: 'make identities with generateIdentity()',
  })
}
