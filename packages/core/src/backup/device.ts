import { unshare } from '../bytes'
import { assemblePublicIdentity, type PublicIdentity } from '../keys/identity'
import { keysOfSuite } from '../suites/keys'
import { forBoth } from '../suites/suite'
import type { BackupDevice } from './account'

/** The keys of a device that a verified chain lists. Throws `KEY`. */
export async function deviceIdentity(device: BackupDevice): Promise<PublicIdentity> {
  const { importPublic } = await keysOfSuite(device.suite)
  const parts = await forBoth((purpose) =>
    importPublic(purpose, { format: 'encoded', bytes: unshare(device[purpose]) }),
  )
  return assemblePublicIdentity(device.suite, parts)
}
