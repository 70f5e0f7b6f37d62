/** Devices, clocks and chains of compactions for tests of sync. */
import type { Identity } from '@zkeb/core'
import {
  type Compaction,
  openCompactions,
  signCompaction,
  type VectorClock,
  type Version,
} from '@zkeb/core/sync'
import fc from 'fast-check'

export const MAX = Number.MAX_SAFE_INTEGER
export const ACCOUNT = new Uint8Array(32).fill(0xa1)
export const SCOPE = new Uint8Array(32).fill(0x5c)
export const MANIFEST = new Uint8Array(32).fill(0x3f)

/** The n-th device. */
export function device(n: number): string {
  return n.toString(16).padStart(64, '0')
}

export function clockOf(...counts: readonly number[]): VectorClock {
  const entries = counts.map((count, i) => [device(i), count] as const)
  return Object.fromEntries(entries.filter(([, count]) => count > 0))
}

/** A version that the first device wrote. */
export function versionOf(clock: VectorClock, rest: Partial<Version> = {}): Version {
  return { clock, lamport: 1, device: device(0), contentDigest: new Uint8Array(32), ...rest }
}

/** Clocks of few devices and small counts, so that all relations come up. */
export const clocks = (devices = 4, most = 3) =>
  fc
    .array(fc.integer({ min: 0, max: most }), { minLength: devices, maxLength: devices })
    .map((counts) => clockOf(...counts))

/** A compaction that says `floor`, on top of another one. */
export function compact(
  as: Identity,
  floor: VectorClock,
  predecessor?: Compaction,
): Promise<Compaction> {
  return signCompaction({
    ...{ accountId: ACCOUNT, scopeHash: SCOPE, manifestDigest: MANIFEST },
    ...{ as, clock: floor, retired: Object.keys(floor) },
    ...(predecessor && { predecessor }),
  })
}

/** A chain that says these floors, each and all before it. */
export async function chainOf(
  as: Identity,
  floors: readonly VectorClock[],
): Promise<readonly Compaction[]> {
  const chain: Compaction[] = []
  for (const floor of floors) chain.push(await compact(as, floor, chain.at(-1)))
  return chain
}

/** Opens a chain of records that `by` signed last. */
export function openChain(records: readonly Uint8Array[], by: Identity) {
  return openCompactions(records, {
    accountId: ACCOUNT,
    scopeHash: SCOPE,
    from: () => by.public.signing,
  })
}
