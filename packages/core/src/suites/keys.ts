import { ZkebError } from '../errors'
import { pqKeys } from './pq'
import { type SuiteName, suiteByName } from './registry'
import { rsaKeys } from './rsa'
import type { Both, KeyHandlePair, SuiteKeys } from './suite'
import { x25519Keys } from './x25519'

/** A new suite is a file of its own, a row here and a row in the registry. */
const KEYS: Record<SuiteName, SuiteKeys> = { rsa: rsaKeys, x25519: x25519Keys, pq: pqKeys }

/** Throws a TypeError for a name that is not a suite. */
export function keysOfSuite(name: string): SuiteKeys {
  return KEYS[suiteByName(name).name as SuiteName]
}

/** The suite whose keys these are, by what they say of themselves. Throws `KEY` where it is not one for both. */
export function suiteOfPairs(pairs: Both<KeyHandlePair>): SuiteName {
  const names = Object.keys(KEYS) as SuiteName[]
  const nameOf = (purpose: keyof typeof pairs) => pairs[purpose]?.privateKey?.algorithm?.name
  const suite = names.find((name) => {
    const { encryption, signing } = KEYS[name].names
    return nameOf('encryption') === encryption && nameOf('signing') === signing
  })
  if (suite) return suite
  throw new ZkebError('KEY', 'not the two key pairs of one suite', {
    hint: 'make identities with generateIdentity()',
  })
}
