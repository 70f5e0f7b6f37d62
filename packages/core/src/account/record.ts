import { isBytes } from '../bytes'
import type { SlotKind } from './entries'

/** An account key as it is sealed to one device or slot. */
export interface SealedKeyRecord {
  readonly generation: number
  /** UUID of the device or slot. */
  readonly holderId: string
  readonly sealed: Uint8Array
}

/** An account key as it is wrapped under the next one. */
export interface WrappedKeyRecord {
  /** Of the key inside. */
  readonly generation: number
  /** 104 bytes. */
  readonly wrapped: Uint8Array
}

/** Which backups of a revoked device are accepted. */
export interface RevocationListRecord {
  readonly deviceId: string
  readonly list: Uint8Array
}

/** All that a server keeps of an account (spec/account.md). None of it is to be believed. */
export interface AccountRecord {
  /** All of them, in the order of their counters. */
  readonly manifests: readonly Uint8Array[]
  /** Stored slots, in any order. */
  readonly slots: readonly Uint8Array[]
  /** At least those of the newest generation, in any order. */
  readonly keys: readonly SealedKeyRecord[]
  /** One for each generation but the newest, in any order. */
  readonly wraps: readonly WrappedKeyRecord[]
  /** In any order. */
  readonly revocationLists: readonly RevocationListRecord[]
}

/**
 * What one change of an account writes. A server takes all of it in one transaction, or nothing: it refuses where it has a manifest of this counter
 * already (`counter` is its newest plus one), and then the change is to be made anew after `refresh` (`CONFLICT` of applyChange()). For all it adds it deletes nothing but
 * `removedSlots`.
 */
export interface AccountChange {
  readonly manifest: {
    readonly counter: number
    /** SHA-256 of its body, 32 bytes. */
    readonly digest: Uint8Array
    /** At most 2 MiB. */
    readonly stored: Uint8Array
  }
  /** New slots. */
  readonly slots: readonly {
    readonly id: string
    readonly kind: SlotKind
    readonly stored: Uint8Array
  }[]
  /** Ids of slots that are no more. */
  readonly removedSlots: readonly string[]
  readonly keys: readonly SealedKeyRecord[]
  readonly wraps: readonly WrappedKeyRecord[]
  readonly revocationLists: readonly RevocationListRecord[]
}

/** Throws a TypeError for what is no record, or not one of bytes any more. */
export function assertRecord(record: AccountRecord): void {
  const { manifests, slots, keys, wraps, revocationLists } = record ?? {}
  if (![manifests, slots, keys, wraps, revocationLists].every(Array.isArray)) {
    throw new TypeError('record: { manifests, slots, keys, wraps, revocationLists }, all arrays')
  }
  assertBlobs(manifests, 'manifests[#]')
  assertBlobs(slots, 'slots[#]')
  assertBlobs(
    keys.map((it) => it?.sealed),
    'keys[#].sealed',
  )
  assertBlobs(
    wraps.map((it) => it?.wrapped),
    'wraps[#].wrapped',
  )
  assertBlobs(
    revocationLists.map((it) => it?.list),
    'revocationLists[#].list',
  )
}

/** # is where the index goes. */
function assertBlobs(blobs: readonly unknown[], path: string): void {
  for (const [i, blob] of blobs.entries()) {
    if (isBytes(blob)) continue
    const name = path.replace('#', String(i))
    throw new TypeError(`record.${name}: a Uint8Array (JSON.parse does not give bytes back)`)
  }
}
