import { type Bytes, toHex, wipe } from '../bytes'
import type { Awaitable } from '../crypto/backend'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'

/** Remembers what was opened: a database with a unique key, `SET key 1 NX PXAT …` of Redis, {@link memoryReplayGuard}. */
export interface ReplayGuard {
  /**
   * Remembers `key` (at most 101 ASCII characters), in one atomic step: of two calls with one key, at the same time or ever after,
   * one alone gives true, the other false: anything else is a TypeError, and nothing opens. May be forgotten from `expiresAt` on, when the envelope no longer opens; without it, never.
   */
  claim(key: string, expiresAt?: Date): Awaitable<boolean>
}

/** What was opened; nobody is the sender of an unsigned envelope. */
interface Content {
  readonly id: string
  readonly sender: Pick<PublicIdentity, 'signing'> | undefined
  readonly expiresAt?: Date
  readonly bytes: Uint8Array
}

/**
 * §7, step 9. Throws `REPLAYED` where it was claimed before, a TypeError for what is no guard or no answer; whatever the guard
 * throws comes through. The bytes are wiped then.
 */
export async function assertFresh(
  guard: ReplayGuard,
  { id, sender, expiresAt, bytes }: Content,
  h: Bytes,
): Promise<void> {
  const key = sender ? `${toHex(sender.signing.fingerprint)}:${id}` : toHex(h)
  let fresh: unknown
  try {
    assertReplayGuard(guard)
    fresh = await guard.claim(key, expiresAt)
  } finally {
    if (fresh !== true) wipe(bytes)
  }
  // A driver's row count or reply is not an answer.
  if (typeof fresh !== 'boolean')
    throw new TypeError('replayGuard.claim: must return true or false')
  if (!fresh) throw new ZkebError('REPLAYED', 'the envelope was opened before')
}

/** Throws a TypeError. */
export function assertReplayGuard(guard: ReplayGuard): void {
  if (typeof guard.claim !== 'function') throw new TypeError('replayGuard: an object with claim()')
}
