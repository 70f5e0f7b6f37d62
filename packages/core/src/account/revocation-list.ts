import {
  type Bytes,
  compareBytes,
  concatBytes,
  equalBytes,
  isBytes,
  isUuid,
  uuidToBytes,
} from '../bytes'
import { DIGEST_BYTES, ID_BYTES } from '../constants'
import { backend } from '../crypto/current'
import { copyBytes } from '../encoding/arguments'
import { tooLarge } from '../errors'
import { MAX_LISTED_BACKUPS } from './constants'

/** A backup of a revoked device that is still accepted. */
export interface AcceptedBackup {
  /** A UUID. */
  readonly id: string
  /** SHA-256 of what its device signed, 32 bytes. */
  readonly digest: Uint8Array
}

/** The backups that are accepted of a revoked device. */
export interface RevocationList {
  /** How many. */
  readonly size: number
  /** Whether the backup of this id is among them, and is still the one of this digest (32 bytes). */
  includes(backup: AcceptedBackup): boolean
}

const ENTRY_BYTES = ID_BYTES + DIGEST_BYTES
const MAX_LIST_BYTES = MAX_LISTED_BACKUPS * ENTRY_BYTES

/**
 * The list to store, 48 bytes a backup, and its SHA-256 for the manifest that revokes the device. Throws `LIMIT` for more than 1048576, a
 * TypeError for what is no id or digest, a RangeError for an id that stands twice. spec/account.md §9.
 */
export async function writeRevocationList(
  accepted: readonly AcceptedBackup[],
): Promise<{ readonly list: Bytes; readonly digest: Bytes }> {
  const list = encodeRevocationList(accepted)
  return { list, digest: await backend().sha256(list) }
}

/** The list alone. Throws as writeRevocationList() does. */
export function encodeRevocationList(accepted: readonly AcceptedBackup[]): Bytes {
  if (accepted.length > MAX_LISTED_BACKUPS) throw tooLarge('a revocation list')
  const entries = accepted.map(encodeEntry).sort(compareBytes)
  const list = new Uint8Array(entries.length * ENTRY_BYTES)
  for (const [i, entry] of entries.entries()) list.set(entry, i * ENTRY_BYTES)
  if (!isSorted(list)) throw new RangeError('accepted: a backup stands twice')
  return list
}

/**
 * Reads a list as it is stored; undefined where it is not the one whose SHA-256 (32 bytes) the manifest pins: then no backup of the device is
 * accepted. spec/account.md §9.
 */
export async function readRevocationList(
  stored: Uint8Array,
  pinned: Uint8Array,
): Promise<RevocationList | undefined> {
  if (!isBytes(stored) || !isBytes(pinned)) throw new TypeError('stored, pinned: Uint8Arrays')
  const list = new Uint8Array(stored.subarray(0, MAX_LIST_BYTES + 1))
  if (list.length > MAX_LIST_BYTES || !equalBytes(await backend().sha256(list), pinned)) return
  if (list.length % ENTRY_BYTES !== 0 || !isSorted(list)) return
  return Object.freeze({
    size: list.length / ENTRY_BYTES,
    includes: (backup: AcceptedBackup) => {
      const entry = encodeEntry(backup)
      return equalBytes(entryAt(list, find(list, entry)), entry)
    },
  })
}

function encodeEntry(backup: AcceptedBackup): Bytes {
  const { id, digest } = backup ?? {}
  if (!isUuid(id)) throw new TypeError('id: a UUID')
  return concatBytes(uuidToBytes(id), copyBytes(digest, 'digest'))
}

/** Empty behind the end. */
function entryAt(list: Bytes, index: number): Bytes {
  return list.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES)
}

/** By id, no id twice. */
function isSorted(list: Bytes): boolean {
  for (let at = ENTRY_BYTES; at < list.length; at += ENTRY_BYTES) {
    const before = list.subarray(at - ENTRY_BYTES, at - ENTRY_BYTES + ID_BYTES)
    if (compareBytes(before, list.subarray(at, at + ID_BYTES)) >= 0) return false
  }
  return true
}

/** Where an entry is, or would be: halves the list until nothing is left. */
function find(list: Bytes, entry: Bytes): number {
  let [low, high] = [0, list.length / ENTRY_BYTES]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes(entryAt(list, middle), entry) < 0) low = middle + 1
    else high = middle
  }
  return low
}
