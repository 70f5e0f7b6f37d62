import { compareBytes } from '../bytes'
import { copyBytes } from '../encoding/arguments'
import { type Counts, compareCounts, isCount, isDevice, toCounts, type VectorClock } from './clock'
import { assertNoJump } from './lamport'

/** What is known of one version of something that several devices write. spec/sync.md §4. */
export interface Version {
  /** What its writer knew of, itself included. */
  readonly clock: VectorClock
  /** For display alone. */
  readonly lamport: number
  /** Who wrote it: 64 lower-case hex digits. */
  readonly device: string
  /** SHA-256 of what it stands for, before encryption: 32 bytes. */
  readonly contentDigest: Uint8Array
}

/** What to do with a version that arrives. */
export type Decision = 'keep' | 'fast-forward' | 'concurrent' | 'fork'

/**
 * Decides between the version at hand and one that arrives, both of one scope and authentic. 'keep': nothing is new; 'fast-forward': take the
 * remote one; 'concurrent': keep both until they are merged; 'fork': an alarm, for one device wrote two versions under one clock.
 * Throws `LIMIT` where the remote Lamport time is more than 2^32 above the local one, a TypeError for what is no version. spec/sync.md §4.1.
 */
export function reconcile(local: Version, remote: Version): Decision {
  const [ours, theirs] = [readVersion(local, 'local'), readVersion(remote, 'remote')]
  assertNoJump(ours.lamport, theirs.lamport)
  const order = compareCounts(ours.counts, theirs.counts)
  if (order === 'before') return 'fast-forward'
  if (order === 'after') return 'keep'
  if (order === 'concurrent') return 'concurrent'
  return inDisplayOrder(ours, theirs) === 0 ? 'keep' : 'fork'
}

/**
 * For `sort`, to show versions in one order everywhere: by Lamport time, device, content digest. Says nothing of which is to be kept. Throws
 * a TypeError for what is no version. spec/sync.md §3.
 */
export function compareVersions(a: Version, b: Version): number {
  return inDisplayOrder(readVersion(a, 'a'), readVersion(b, 'b'))
}

/** A version that was read once. */
interface CheckedVersion extends Omit<Version, 'clock'> {
  readonly counts: Counts
}

/** Throws a TypeError that names `name`. */
export function readVersion(version: Version, name: string): CheckedVersion {
  const { clock, lamport, device, contentDigest } = version ?? {}
  const counts = toCounts(clock, `${name}.clock`)
  if (!isCount(lamport)) throw new TypeError(`${name}.lamport: a whole number from 1`)
  if (!isDevice(device) || !counts.has(device)) {
    throw new TypeError(`${name}.device: one that is in the clock`)
  }
  return {
    counts,
    lamport,
    device,
    contentDigest: copyBytes(contentDigest, `${name}.contentDigest`),
  }
}

function inDisplayOrder(a: CheckedVersion, b: CheckedVersion): number {
  if (a.lamport !== b.lamport) return a.lamport - b.lamport
  if (a.device !== b.device) return a.device < b.device ? -1 : 1
  return compareBytes(a.contentDigest, b.contentDigest)
}
