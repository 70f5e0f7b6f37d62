import { type Bytes, wipe } from '../bytes'
import { backend } from '../crypto/current'
import { assertNoMore, assertWithin } from '../encoding/arguments'
import { evaluate } from '../raw-shamir/polynomial'
import { MAX_EPOCH, MAX_SHARES, MIN_THRESHOLD, SECRET_BYTES } from './constants'
import { growTree } from './merkle'
import { confirmOf, leafOf, setIdOf } from './proof'
import { writeHeader, writeShare } from './share'

/** What {@link createRecoverySet} makes. */
export interface RecoverySetOptions {
  /** How many shares give the secret: 2 to `shares`. */
  readonly threshold: number
  /** How many shares there are: 2 to 16. */
  readonly shares: number
  /** How many sets the account had before this one: 0 to 2³²−1. Default 0. */
  readonly epoch?: number
}

/** A secret, and the shares it was split into. */
export interface RecoverySet {
  /** S, 32 fresh bytes, which open a recovery slot. Wipe it after use. */
  readonly secret: Uint8Array
  /** The set's name, 16 bytes, to be pinned: on kits, in the slot, in the manifest. Public. */
  readonly setId: Uint8Array
  /** Shares 1 to n in this order, 93 to 141 bytes each: one for each guardian, and kept nowhere else. */
  readonly shares: readonly Uint8Array[]
}

/**
 * Draws a recovery secret and splits it into shares that prove themselves (spec/recovery.md §1, §2). Throws a RangeError for
 * numbers out of range, a TypeError for unknown options.
 */
export async function createRecoverySet(options: RecoverySetOptions): Promise<RecoverySet> {
  const { threshold, shares, epoch = 0, ...unknown } = options ?? {}
  assertNoMore(unknown)
  assertWithin(shares, 'shares', { min: MIN_THRESHOLD, max: MAX_SHARES })
  assertWithin(threshold, 'threshold', { min: MIN_THRESHOLD, max: shares })
  assertWithin(epoch, 'epoch', { max: MAX_EPOCH })
  const secret = backend().randomBytes(SECRET_BYTES)
  const header = writeHeader({ threshold, total: shares, epoch })
  return { secret, ...(await deal(secret, { header, threshold, shares })) }
}

async function deal(
  secret: Bytes,
  { header, ...numbers }: { header: Bytes; threshold: number; shares: number },
): Promise<Omit<RecoverySet, 'secret'>> {
  const points = evaluate(secret, numbers)
  const leaves = await Promise.all(points.map(({ x, y }) => leafOf({ header, index: x, y })))
  const { root, paths } = await growTree(leaves)
  const confirm = await confirmOf(secret, header)
  const setId = await setIdOf({ header, confirm }, root)
  const shares = points.map(({ x, y }, i) =>
    writeShare({ header, setId, confirm, index: x, y, path: paths[i] as Bytes }),
  )
  wipe(...points.map(({ y }) => y))
  return { setId, shares }
}
