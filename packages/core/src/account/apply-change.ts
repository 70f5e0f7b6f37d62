import { ZkebError } from '../errors'
import { type AccountChange, type AccountRecord, assertRecord } from './record'
import { inspectSlot } from './slot'

const EMPTY: AccountRecord = {
  manifests: [],
  slots: [],
  keys: [],
  wraps: [],
  revocationLists: [],
}

/**
 * The record after a change, as a server keeps it: for whoever stores an account as a whole, and the model of what a database does in
 * one transaction. Leave `record` out for a new account. Throws `CONFLICT` where another device was faster: refresh, and amend again.
 * Throws a TypeError for what is no record or change, and a RangeError for a record that is older than the one the change was made of.
 */
export function applyChange(
  record: AccountRecord | undefined,
  change: AccountChange,
): AccountRecord {
  const before = record ?? EMPTY
  assertRecord(before)
  const { manifest, removedSlots, ...added } = change ?? {}
  if (!manifest?.stored || !Array.isArray(removedSlots)) {
    throw new TypeError('change: the `change` alone that createAccount(), amend() or join() gave')
  }
  const { length } = before.manifests
  if (manifest.counter < length) {
    throw new ZkebError('CONFLICT', 'another device has changed the account since', {
      hint: 'refresh(record) and amend again',
    })
  }
  if (manifest.counter > length) {
    throw new RangeError(`record: ${manifest.counter} manifests come before this change`)
  }
  return {
    manifests: [...before.manifests, manifest.stored],
    slots: [
      ...before.slots.filter((stored) => !removedSlots.includes(inspectSlot(stored).id)),
      ...added.slots.map(({ stored }) => stored),
    ],
    keys: [...before.keys, ...added.keys],
    wraps: [...before.wraps, ...added.wraps],
    revocationLists: [...before.revocationLists, ...added.revocationLists],
  }
}
