import { type SuiteName, suiteByName } from './registry'
import { rsaKeys } from './rsa'
import type { SuiteKeys } from './suite'

/** A new suite is a file of its own, a row here and a row in the registry. */
const KEYS: Record<SuiteName, SuiteKeys> = { rsa: rsaKeys }

/** Throws a TypeError for a name that is not a suite. */
export function keysOfSuite(name: string): SuiteKeys {
  return KEYS[suiteByName(name).name as SuiteName]
}
