import { type Bytes, equalBytes, u64, unshare } from '../bytes'
import { backend } from '../crypto/current'
import { assertNoMore, copyBytes } from '../encoding/arguments'
import { optional, pae } from '../encoding/pae'
import { present } from '../encoding/present'
import { assertOwner, type Sender } from '../envelope/arguments'
import { tooLarge } from '../errors'
import {
  type Counts,
  isDevice,
  mergeCounts,
  successor,
  toClock,
  toCounts,
  type VectorClock,
} from './clock'
import {
  COMPACTION_LABEL,
  COMPACTION_SIGNATURE_LABEL,
  MAX_COMPACTIONS,
  MAX_RETIRED_DEVICES,
} from './constants'
import { encodeEntries } from './entries'

/** A signed record of devices that have retired from a scope (spec/sync.md §7). Made by {@link signCompaction}, or read by `openCompactions`. */
export interface Compaction {
  /** 32 bytes. */
  readonly accountId: Uint8Array
  /** Of which scope, 32 bytes. */
  readonly scopeHash: Uint8Array
  /** Its place in the chain of the scope, from 1. */
  readonly sequence: number
  /** Digest of the compaction before, 32 bytes; the first has none. */
  readonly predecessor?: Uint8Array
  /** The counts at which devices have retired: all that ever did. */
  readonly floor: VectorClock
  /** Digest of the newest manifest that the writer knew, 32 bytes. */
  readonly manifestDigest: Uint8Array
  /** What clocks and the next compaction name it by, 32 bytes. */
  readonly digest: Uint8Array
  /** What is stored: at most 65536 bytes. */
  readonly record: Uint8Array
}

/** What is signed. */
export type CompactionFields = Omit<Compaction, 'digest' | 'record'>

/** What {@link signCompaction} needs. */
export interface SignCompactionOptions {
  /** 32 bytes. */
  readonly accountId: Uint8Array
  /** 32 bytes. */
  readonly scopeHash: Uint8Array
  /** The last of the chain so far; its floor is taken over. */
  readonly predecessor?: Compaction
  /** The merge of the clocks of all versions of the scope that were accepted. */
  readonly clock: VectorClock
  /** The devices that retire now. */
  readonly retired: readonly string[]
  /** Digest of the newest manifest, 32 bytes. */
  readonly manifestDigest: Uint8Array
  /** An active device. */
  readonly as: Sender
}

/**
 * Writes that devices have retired, so that clocks need no entries for them any longer. Store `record` by compare-and-swap on
 * `sequence`, before a clock names it. Throws a TypeError or RangeError that names the argument, `LIMIT` for more than 1024 retired devices, or 1024 compactions before. spec/sync.md §7.
 */
export async function signCompaction(options: SignCompactionOptions): Promise<Compaction> {
  const { accountId, scopeHash, predecessor, clock, retired, manifestDigest, as, ...unknown } =
    options ?? {}
  assertNoMore(unknown)
  const { signing } = assertOwner(as, 'as', 'signer')
  const fingerprint = copyBytes(signing.fingerprint, 'as.public')
  if (!Array.isArray(retired) || !retired.every(isDevice)) throw new TypeError('retired: devices')
  const fields: CompactionFields = present({
    accountId: copyBytes(accountId, 'accountId'),
    scopeHash: copyBytes(scopeHash, 'scopeHash'),
    sequence: nextSequence(predecessor),
    predecessor: predecessor && copyBytes(predecessor.digest, 'predecessor'),
    floor: toFloor(
      toCounts(clock, 'clock'),
      retired,
      toCounts(predecessor?.floor ?? {}, 'predecessor'),
    ),
    manifestDigest: copyBytes(manifestDigest, 'manifestDigest'),
  })
  if (predecessor && !isOfSameScope(predecessor, fields))
    throw new RangeError('predecessor: of another scope')

  const body = encodeBody(fields)
  const digest = await backend().sha256(body)
  const signature = unshare(await as.signer.sign(signedMessage(digest)))
  const record = pae([body, fingerprint, signature])
  return Object.freeze({ ...fields, digest, record })
}

/** Nobody opens a longer chain. */
function nextSequence(predecessor: Compaction | undefined): number {
  const sequence = successor(predecessor?.sequence ?? 0, 'the sequence of compactions')
  if (sequence > MAX_COMPACTIONS) throw tooLarge('the chain of compactions')
  return sequence
}

/** §7: what the signature is over. */
export function signedMessage(digest: Bytes): Bytes {
  return pae([COMPACTION_SIGNATURE_LABEL, digest])
}

export function isOfSameScope(a: Scope, b: Scope): boolean {
  return equalBytes(a.accountId, b.accountId) && equalBytes(a.scopeHash, b.scopeHash)
}

type Scope = Pick<CompactionFields, 'accountId' | 'scopeHash'>

/** Never less than the floor before, so that what was pruned by that can be pruned by this. */
function toFloor(clock: Counts, retired: readonly string[], before: Counts): VectorClock {
  const leaving = new Set([...retired, ...before.keys()])
  const floor = mergeCounts(before, new Map([...clock].filter(([device]) => leaving.has(device))))
  if (floor.size > MAX_RETIRED_DEVICES) throw tooLarge('the floor')
  return toClock(floor)
}

function encodeBody(fields: CompactionFields): Bytes {
  return pae([
    COMPACTION_LABEL,
    fields.accountId,
    fields.scopeHash,
    u64(fields.sequence),
    optional(fields.predecessor),
    encodeEntries(toCounts(fields.floor, 'floor')),
    fields.manifestDigest,
  ])
}
