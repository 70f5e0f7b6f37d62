import type { AccountChange, AccountRecord } from './record'
import { inspectSlot } from './slot'

/**
 * The record after a change, as a server keeps it: for whoever stores an account as a whole, and the model of what a database does in
 * one transaction. Leave `record` out for a new account. Throws a RangeError where the change does not follow the newest manifest, since
 * another device was faster: refresh, and make it anew.
 */
export function applyChange(
  record: AccountRecord | undefined,
  { manifest, removedSlots, ...added }: AccountChange,
): AccountRecord {
  const { manifests = [], slots = [], keys = [], wraps = [], revocationLists = [] } = record ?? {}
  if (manifest.counter !== manifests.length) {
    throw new RangeError(`change: of counter ${manifest.counter}, after ${manifests.length}`)
  }
  return {
    manifests: [...manifests, manifest.stored],
    slots: [
      ...slots.filter((stored) => !removedSlots.includes(inspectSlot(stored).id)),
      ...added.slots.map(({ stored }) => stored),
    ],
    keys: [...keys, ...added.keys],
    wraps: [...wraps, ...added.wraps],
    revocationLists: [...revocationLists, ...added.revocationLists],
  }
}
