import { ZkebError } from '../errors'
import { isCount, successor } from './clock'
import { MAX_LAMPORT_JUMP } from './constants'

/**
 * The Lamport time of what is written next: 1 more than the greatest of `own`, the greatest that was accepted or given so far, and the
 * `received` ones. A device without a time of its own takes that of the first version it accepts as `own`, and 0 where there is no version.
 * Throws a RangeError for what is no time, `LIMIT` for a received time more than 2^32 above `own`, and past 2^53-1. spec/sync.md §3.
 */
export function nextLamport(own: number, received: readonly number[] = []): number {
  if (own !== 0 && !isCount(own)) throw new RangeError('own: a Lamport time, or 0')
  let last = own
  for (const time of received) {
    if (!isCount(time)) throw new RangeError('received: Lamport times')
    assertNoJump(own, time)
    last = Math.max(last, time)
  }
  return successor(last, 'the Lamport time')
}

/** §3: one faulty device must not use up the numbers of all. Throws `LIMIT`. */
export function assertNoJump(own: number, received: number): void {
  if (received - own > MAX_LAMPORT_JUMP) {
    throw new ZkebError('LIMIT', 'a Lamport time that is too far ahead', {
      hint: 'the device that wrote it is faulty',
    })
  }
}
