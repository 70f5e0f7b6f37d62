/**
 * Which of two versions is newer: vector clocks and Lamport time, decided alike by every device, and compactions that keep clocks short
 * after devices have left. The format is spec/sync.md.
 *
 * @packageDocumentation
 */
export { type ClockOrder, compareClocks, mergeClocks, tick, type VectorClock } from './clock'
export {
  type Compaction,
  type SignCompactionOptions,
  signCompaction,
} from './compaction'
export { nextLamport } from './lamport'
export {
  type CompactionHint,
  type OpenCompactionsOptions,
  openCompactions,
} from './open-compactions'
export { pruneClock, restoreClock, type StoredClock } from './stored-clock'
export { compareVersions, type Decision, reconcile, type Version } from './version'
export { decodeVersion, encodeVersion } from './version-bytes'
