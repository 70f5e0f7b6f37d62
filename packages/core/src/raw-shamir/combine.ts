import { type Bytes, isBytes, wipe } from '../bytes'
import { tooLarge, ZkebError } from '../errors'
import { MAX_RAW_SECRET_BYTES, MAX_RAW_SHARES, MIN_RAW_THRESHOLD } from './constants'
import { interpolate, type Point } from './polynomial'

/**
 * Gives back what {@link splitBytes}, `shamir-secret-sharing` or HashiCorp Vault split, from 2 to 255 shares y ‖ x in any order
 * (spec/raw-shamir.md §3). All that are given are used.
 *
 * **It cannot tell a right secret from a wrong one.** A share carries no threshold and no checksum: too few shares, a changed
 * one, or one of another set give noise of the right length, without an error; and who hands in the last share can choose what
 * comes out. Check what you get by other means, or use `createRecoverySet` of `@zkeb/core/recovery`, whose shares prove
 * themselves.
 *
 * Throws TypeError for what are no bytes; `LIMIT` for a share beyond 1 MiB + 1; and `FORMAT`, with the index of the share, for
 * fewer than 2 or more than 255 of them, one shorter than 2 bytes, unequal lengths, x = 0 (whose y would *be* the result), and
 * an x that comes twice.
 */
export function combineBytes(shares: readonly Uint8Array[]): Bytes {
  if (!Array.isArray(shares)) throw new TypeError('shares: an array of Uint8Arrays')
  const count = shares.length
  if (count < MIN_RAW_THRESHOLD) throw refused(`at least ${MIN_RAW_THRESHOLD} shares are needed`)
  if (count > MAX_RAW_SHARES) throw refused(`there are never more than ${MAX_RAW_SHARES} shares`)
  const points: Point[] = []
  try {
    for (let i = 0; i < count; i++) points.push(readShare(shares[i], i))
    points.forEach(assertUsable)
    return interpolate(points, 0)
  } finally {
    wipe(...points.map(({ y }) => y))
  }
}

/** Copied before it is looked at: what is checked is what is used. */
function readShare(share: unknown, index: number): Point {
  if (!isBytes(share)) throw new TypeError(`shares[${index}]: a Uint8Array`)
  if (share.length > MAX_RAW_SECRET_BYTES + 1) throw tooLarge(`shares[${index}]`)
  const copy = new Uint8Array(share)
  return { x: copy[copy.length - 1] ?? 0, y: copy.subarray(0, -1) }
}

function assertUsable({ x, y }: Point, index: number, points: readonly Point[]): void {
  if (y.length === 0) throw refused(`shares[${index}] is shorter than 2 bytes`)
  if (y.length !== points[0]?.y.length) {
    throw refused(`shares[${index}] is not as long as shares[0]`)
  }
  if (x === 0) throw refused(`shares[${index}] has x = 0, where the secret itself would be`)
  const twin = points.findIndex((other) => other.x === x)
  if (twin < index) throw refused(`shares[${index}] has the same x as shares[${twin}]`)
}

function refused(message: string): ZkebError {
  return new ZkebError('FORMAT', message, {
    hint: 'Hand in untouched shares of one split, each of them once.',
  })
}
