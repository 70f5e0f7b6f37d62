import { type Bytes, concatBytes, wipe } from '../bytes'
import { backend } from '../crypto/current'
import { HASH_BYTES, NODE_DOMAIN } from './constants'

/** SHA-256, cut to 16 bytes (spec/recovery.md §1). */
export async function hash16(domain: number, ...parts: readonly Uint8Array[]): Promise<Bytes> {
  const input = concatBytes(Uint8Array.of(domain), ...parts)
  const digest = await backend().sha256(input)
  // Of a leaf, a copy of its y.
  wipe(input)
  return digest.slice(0, HASH_BYTES)
}

/**
 * The root over all leaves, and the path of each: its partners from the bottom up. What has no partner moves up as it is
 * (spec/recovery.md §1, §2).
 */
export async function growTree(
  leaves: readonly Bytes[],
): Promise<{ readonly root: Bytes; readonly paths: readonly Bytes[] }> {
  const levels = [leaves]
  let level = leaves
  for (; level.length > 1; levels.push(level)) level = await joinPairs(level)
  const pathOf = (leaf: number) =>
    levels.flatMap((hashes, depth) => hashes[(leaf >>> depth) ^ 1] ?? [])
  return { root: level[0] as Bytes, paths: leaves.map((_, leaf) => concatBytes(...pathOf(leaf))) }
}

/** The root that a leaf has by its path, a partner for each of `sides`. */
export async function climb(leaf: Bytes, path: Bytes, sides: readonly boolean[]): Promise<Bytes> {
  let hash = leaf
  for (const [level, isLeft] of sides.entries()) {
    const partner = path.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES)
    hash = await (isLeft ? hash16(NODE_DOMAIN, hash, partner) : hash16(NODE_DOMAIN, partner, hash))
  }
  return hash
}

/** For each partner of share `index` (from 1) of `total`, from the bottom up: whether it stands on the right (spec/recovery.md §2). */
export function sidesOf(total: number, index: number): boolean[] {
  const sides: boolean[] = []
  let place = index - 1
  for (let width = total; width > 1; width = (width + 1) >>> 1) {
    const isLeft = place % 2 === 0
    if (!isLeft || place + 1 < width) sides.push(isLeft)
    place >>>= 1
  }
  return sides
}

function joinPairs(hashes: readonly Bytes[]): Promise<Bytes[]> {
  const lefts = hashes.filter((_, i) => i % 2 === 0)
  return Promise.all(
    lefts.map((left, i) => {
      const right = hashes[2 * i + 1]
      return right ? hash16(NODE_DOMAIN, left, right) : left
    }),
  )
}
