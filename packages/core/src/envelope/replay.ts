import { type Bytes, toHex, wipe } from '../bytes'
import type { Awaitable } from '../crypto/backend'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'

/** Remembers what was opened: a database with a unique key, `SET key 1 NX PXAT …` of Redis, {@link memoryReplayGuard}. */
export interface ReplayGuard {
  /**
   * Remembers `key` (at most 101 ASCII characters), in one atomic step: of two calls with one key, at the same time or ever after,
   * one alone gives true. May be forgotten from `expiresAt` on, when the envelope no longer opens; without it, never.
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

/** §7, step 9. Throws `REPLAYED` where it was claimed before; whatever the guard throws comes through. The bytes are wiped then. */
export async function assertFresh(
  guard: ReplayGuard,
  { id, sender, expiresAt, bytes }: Content,
  h: Bytes,
): Promise<void> {
  const key = sender ? `${toHex(sender.signing.fingerprint)}:${id}` : toHex(h)
  let fresh = false
  try {
    // A driver's row count or reply is not an answer.
    fresh = (await guard.claim(key, expiresAt)) === true
  } finally {
    if (!fresh) wipe(bytes)
  }
  if (!fresh) throw new ZkebError('REPLAYED', 'opened before')
}
