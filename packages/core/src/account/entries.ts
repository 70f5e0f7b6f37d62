import {
  type Bytes,
  bytesToUuid,
  compareBytes,
  concatBytes,
  equalBytes,
  uuidToBytes,
} from '../bytes'
import { ID_BYTES } from '../constants'
import { optional, pae, paeCount, readPae } from '../encoding/pae'
import { PaeReader } from '../encoding/pae-reader'
import { malformed, tooLarge } from '../errors'
import { SEED_SUITES } from '../keys/seeds'
import { SUITE_NAMES, type SuiteName } from '../suites/registry'
import { MAX_DEVICES, MAX_PARAMETERS_BYTES, MAX_SLOTS } from './constants'

export const SLOT_KINDS = ['passphrase', 'passkey', 'recovery'] as const
const DEVICE_STATES = ['active', 'unconfirmed', 'revoked'] as const

const WHAT = 'a manifest'

/** What kind of secret leads to a slot. */
export type SlotKind = (typeof SLOT_KINDS)[number]
/** Only an `active` device holds the account key and signs; an `unconfirmed` one may become active again, a `revoked` one never. */
export type DeviceState = (typeof DEVICE_STATES)[number]

/** The public keys of a device or slot, as its suite encodes them (spec/envelope.md §2). */
export interface HolderKeys {
  readonly suite: SuiteName
  readonly encryption: Bytes
  readonly signing: Bytes
}

/** What a device and a slot have in common. */
export interface Holder extends HolderKeys {
  /** A UUID. */
  readonly id: string
  /** SHA-256 of its sealed account key, 32 bytes; undefined where it has none. */
  readonly sealed?: Bytes | undefined
}

/** A slot as a manifest lists it: an identity that a secret leads to. Without `sealed` it is dormant. */
export interface SlotEntry extends Holder {
  readonly kind: SlotKind
  /** How the secret leads to it, 0 to 1024 bytes by `kind` (§3). */
  readonly parameters: Bytes
  /** Ids of all devices that ever had its secret in their memory. */
  readonly handlers: readonly string[]
}

/** A device as a manifest lists it. */
export interface DeviceEntry extends Holder {
  readonly state: DeviceState
}

/** Pins the list of backups that are accepted of a revoked device. */
export interface RevocationEntry {
  readonly deviceId: string
  /** SHA-256 of the list, 32 bytes (§9). */
  readonly list: Bytes
}

/** Whether these are the same keys, of the same suite. */
export function sameKeys(a: HolderKeys, b: HolderKeys): boolean {
  const same = equalBytes(a.encryption, b.encryption) && equalBytes(a.signing, b.signing)
  return same && a.suite === b.suite
}

/** Sorted, whatever order they come in. spec/account.md §4. */
export function encodeSlots(slots: readonly SlotEntry[]): Bytes {
  return encodeSorted(slots, (slot) => [
    uuidToBytes(slot.id),
    slot.kind,
    slot.parameters,
    slot.suite,
    slot.encryption,
    slot.signing,
    optional(slot.sealed),
    concatBytes(...[...slot.handlers].sort().map(uuidToBytes)),
  ])
}

export function encodeDevices(devices: readonly DeviceEntry[]): Bytes {
  return encodeSorted(devices, (device) => [
    uuidToBytes(device.id),
    device.suite,
    device.encryption,
    device.signing,
    device.state,
    optional(device.sealed),
  ])
}

export function encodeRevocations(revocations: readonly RevocationEntry[]): Bytes {
  return encodeSorted(revocations, ({ deviceId, list }) => [uuidToBytes(deviceId), list])
}

/** Throws `FORMAT` or `LIMIT`. That they are sorted shows when they are encoded again. */
export function readSlots(bytes: Bytes): readonly SlotEntry[] {
  const slots = readEntries(bytes, { max: MAX_SLOTS, pieces: 8 }).map((entry) => ({
    id: entry.uuid(),
    kind: entry.word(SLOT_KINDS),
    parameters: readParameters(entry.bytes()),
    suite: entry.word(SEED_SUITES),
    encryption: entry.bytes(),
    signing: entry.bytes(),
    sealed: entry.optionalDigest(),
    handlers: readIds(entry.bytes()),
  }))
  return distinct(slots, ({ id }) => id)
}

/** Throws `FORMAT` or `LIMIT`. */
export function readDevices(bytes: Bytes): readonly DeviceEntry[] {
  const devices = readEntries(bytes, { max: MAX_DEVICES, pieces: 6 }).map((entry) => ({
    id: entry.uuid(),
    suite: entry.word(SUITE_NAMES),
    encryption: entry.bytes(),
    signing: entry.bytes(),
    state: entry.word(DEVICE_STATES),
    sealed: entry.optionalDigest(),
  }))
  return distinct(devices, ({ id }) => id)
}

/** Throws `FORMAT` or `LIMIT`. */
export function readRevocations(bytes: Bytes): readonly RevocationEntry[] {
  const revocations = readEntries(bytes, { max: MAX_DEVICES, pieces: 2 }).map((entry) => ({
    deviceId: entry.uuid(),
    list: entry.digest(),
  }))
  return distinct(revocations, ({ deviceId }) => deviceId)
}

/** Entries differ in their ids, which come first: so the order of the bytes is that of the ids. */
function encodeSorted<T>(
  entries: readonly T[],
  piecesOf: (entry: T) => readonly (Uint8Array | string)[],
): Bytes {
  return pae(entries.map((entry) => pae(piecesOf(entry))).sort(compareBytes))
}

/** Bounds the number before anything is made for each. */
function readEntries(
  bytes: Bytes,
  { max, pieces }: { readonly max: number; readonly pieces: number },
): PaeReader[] {
  if (paeCount(bytes) > max) throw tooLarge(WHAT)
  const entries = readPae(bytes, WHAT, { min: 0, max })
  return entries.map((entry) => new PaeReader(entry, { what: WHAT, pieces }))
}

function readIds(piece: Bytes): readonly string[] {
  if (piece.length > MAX_DEVICES * ID_BYTES) throw tooLarge(WHAT)
  if (piece.length % ID_BYTES !== 0) throw malformed(WHAT)
  const ids = Array.from({ length: piece.length / ID_BYTES }, (_, i) =>
    bytesToUuid(piece.subarray(i * ID_BYTES, (i + 1) * ID_BYTES)),
  )
  return distinct(ids, (id) => id)
}

function readParameters(piece: Bytes): Bytes {
  if (piece.length > MAX_PARAMETERS_BYTES) throw tooLarge(WHAT)
  return piece
}

function distinct<T>(entries: readonly T[], idOf: (entry: T) => string): readonly T[] {
  if (new Set(entries.map(idOf)).size < entries.length) throw malformed(WHAT)
  return entries
}
