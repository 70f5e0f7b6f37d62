import { isPlainObject } from '../encoding/jcs'
import { ZkebError } from '../errors'

/**
 * How many versions of each device its owner knows of: counts from 1 to 2^53-1 by device. A device is its 32-byte `device_id_hash` as 64
 * lower-case hex digits (`fingerprintToHex` writes them). `{}` knows of nothing. `pruneClock` makes of it what is stored. spec/sync.md §2.
 */
export type VectorClock = { readonly [device: string]: number }

/** What one clock is to another. */
export type ClockOrder = 'equal' | 'before' | 'after' | 'concurrent'

/** A clock that was read once and found good. */
export type Counts = ReadonlyMap<string, number>

/**
 * The clock that `device` gives to what it writes now, knowing of `clock`: one more for itself. Throws a TypeError for what
 * is no clock or no device, `LIMIT` past 2^53-1. spec/sync.md §2.
 */
export function tick(clock: VectorClock, device: string): VectorClock {
  const counts = toCounts(clock, 'clock')
  if (!isDevice(device)) throw new TypeError('device: 64 lower-case hex digits')
  return toClock([...counts, [device, successor(counts.get(device) ?? 0, 'a count')]])
}

/**
 * What `a` is to `b`: 'before' where b knows of all that a knows of, and of more. 'concurrent' where each knows of something that the other
 * does not. Throws a TypeError for what is no clock. spec/sync.md §2.
 */
export function compareClocks(a: VectorClock, b: VectorClock): ClockOrder {
  return compareCounts(toCounts(a, 'a'), toCounts(b, 'b'))
}

/** The clock that knows of all that `a` or `b` knows of. Throws a TypeError for what is no clock. spec/sync.md §2. */
export function mergeClocks(a: VectorClock, b: VectorClock): VectorClock {
  return toClock(mergeCounts(toCounts(a, 'a'), toCounts(b, 'b')))
}

export function compareCounts(a: Counts, b: Counts): ClockOrder {
  const isUpTo = covers(b, a)
  const isFrom = covers(a, b)
  if (isUpTo && isFrom) return 'equal'
  if (isUpTo) return 'before'
  return isFrom ? 'after' : 'concurrent'
}

/** Whether `low` ≤ `high`. */
export function covers(high: Counts, low: Counts): boolean {
  for (const [device, count] of low) if ((high.get(device) ?? 0) < count) return false
  return true
}

export function mergeCounts(a: Counts, b: Counts): Counts {
  const merged = new Map(a)
  for (const [device, count] of b) merged.set(device, Math.max(count, merged.get(device) ?? 0))
  return merged
}

/** A caller's clock, read once. Throws a TypeError that names `name`. */
export function toCounts(clock: unknown, name: string): Counts {
  const counts = readCounts(clock)
  if (!counts) throw new TypeError(`${name}: a clock, i.e. counts from 1 by device`)
  return counts
}

/** Undefined for what is no clock. Own members alone are looked at, and once. */
export function readCounts(clock: unknown): Counts | undefined {
  if (!isPlainObject(clock)) return undefined
  const counts = new Map(Object.entries(clock))
  for (const [device, count] of counts) if (!isDevice(device) || !isCount(count)) return undefined
  return counts as Counts
}

/** Frozen, devices in ascending order. No device is the name of anything that objects inherit. */
export function toClock(counts: Iterable<readonly [string, number]>): VectorClock {
  // By code units, not by locale. A Map, so that of a device that stands twice the later count is taken.
  const entries = [...new Map(counts)].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.freeze(Object.fromEntries(entries))
}

export function isDevice(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

/** §1: counts and Lamport times. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/** Throws `LIMIT` past 2^53-1. */
export function successor(count: number, name: string): number {
  if (count >= Number.MAX_SAFE_INTEGER) throw new ZkebError('LIMIT', `${name} is at its end`)
  return count + 1
}
