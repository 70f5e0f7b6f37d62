import { toHex } from '../bytes'
import { isPlainObject } from '../encoding/jcs'
import { present } from '../encoding/present'
import { malformed, tooLarge, ZkebError } from '../errors'
import {
  type Counts,
  covers,
  isDevice,
  readCounts,
  toClock,
  toCounts,
  type VectorClock,
} from './clock'
import type { Compaction } from './compaction'
import { MAX_STORED_ENTRIES } from './constants'

/**
 * A clock as it is stored, short by what a compaction says already: plain JSON, less than 16 KiB, for the hint column `vector_clock`.
 * {@link restoreClock} makes a clock of it again. spec/sync.md §6.
 */
export interface StoredClock {
  /** Digest of the compaction, 64 lower-case hex digits. */
  readonly compaction?: string
  /** Counts by device. */
  readonly entries: VectorClock
}

/**
 * Shortens a clock for storing, by the newest of `compactions` that says nothing `clock` does not know; by none where there is no such. Loses
 * nothing: {@link restoreClock} gives the same clock. `compactions` is the whole chain, as `openCompactions` gave it. Throws a TypeError
 * for what is no clock, `LIMIT` for more than 128 entries: write a compaction. spec/sync.md §6.
 */
export function pruneClock(
  clock: VectorClock,
  compactions: readonly Compaction[] = [],
): StoredClock {
  const { base, entries } = prune(toCounts(clock, 'clock'), compactions)
  return Object.freeze(present({ compaction: base && toHex(base), entries: toClock(entries) }))
}

/**
 * The clock that was stored. Nothing here is authenticated: decide by clocks out of `decodeVersion` alone, never by the server's hints.
 * Throws `FORMAT`, `LIMIT`, and `COMPACTION_UNKNOWN` where the compaction it names is not among `compactions`. spec/sync.md §6.
 */
export function restoreClock(
  stored: StoredClock,
  compactions: readonly Compaction[] = [],
): VectorClock {
  if (!isPlainObject(stored)) throw malformed('the clock')
  const { compaction, entries, ...unknown } = stored
  const isNamed = compaction === undefined || isDevice(compaction)
  const counts = readCounts(entries)
  if (!isNamed || !counts || Object.keys(unknown).length > 0) throw malformed('the clock')
  return toClock(restore(compaction, counts, compactions))
}

/** §6. `base` is the digest of the compaction. */
export function prune(
  counts: Counts,
  compactions: readonly Compaction[],
): { readonly base?: Uint8Array; readonly entries: Counts } {
  // Chains are short, and the newest fits nearly always.
  for (const { floor, digest } of [...compactions].reverse()) {
    const said = toCounts(floor, 'compactions')
    if (!covers(counts, said)) continue
    const entries = new Map([...counts].filter(([device, count]) => said.get(device) !== count))
    return { base: digest, entries: bounded(entries) }
  }
  return { entries: bounded(counts) }
}

/** §6. `base` is the digest of the compaction in hex digits. */
export function restore(
  base: string | undefined,
  entries: Counts,
  compactions: readonly Compaction[],
): Counts {
  bounded(entries)
  if (base === undefined) return entries
  const compaction = compactions.find(({ digest }) => toHex(digest) === base)
  if (!compaction) {
    throw new ZkebError('COMPACTION_UNKNOWN', 'the clock names a compaction that is not at hand', {
      hint: 'load the compactions of this scope anew',
    })
  }
  const counts = new Map(toCounts(compaction.floor, 'compactions'))
  for (const [device, count] of entries) {
    // Not above the floor, it would be a second way to write the same clock, or claim less than the floor.
    if (count <= (counts.get(device) ?? 0)) throw malformed('the clock')
    counts.set(device, count)
  }
  return counts
}

function bounded(entries: Counts): Counts {
  if (entries.size > MAX_STORED_ENTRIES) throw tooLarge('the clock')
  return entries
}
