import { type Bytes, concatBytes, wipe } from '../bytes'
import { backend } from '../crypto/current'
import { HASH_BYTES, NODE_DOMAIN } from './constants'

/** A hash of the tree, and the leaves below it. */
interface Node {
  readonly hash: Bytes
  readonly leaves: readonly number[]
}

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
  const paths: Bytes[][] = leaves.map(() => [])
  let level: Node[] = leaves.map((hash, i) => ({ hash, leaves: [i] }))
  while (level.length > 1) {
    const next: Node[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = level.slice(i, i + 2) as [Node, Node?]
      for (const leaf of right ? left.leaves : []) paths[leaf]?.push((right as Node).hash)
      for (const leaf of right?.leaves ?? []) paths[leaf]?.push(left.hash)
      next.push(right ? await join(left, right) : left)
    }
    level = next
  }
  return { root: (level[0] as Node).hash, paths: paths.map((path) => concatBytes(...path)) }
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

async function join(left: Node, right: Node): Promise<Node> {
  return {
    hash: await hash16(NODE_DOMAIN, left.hash, right.hash),
    leaves: [...left.leaves, ...right.leaves],
  }
}
