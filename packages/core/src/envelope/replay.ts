import { toHex, wipe } from '../bytes'
import type { Awaitable } from '../crypto/backend'
import { ZkebError } from '../errors'
import type { PublicKey } from '../keys/identity'

/** Remembers what was opened: a database with a unique key, `SET key 1 NX PXAT …` of Redis, {@link memoryReplayGuard}. */
export interface ReplayGuard {
  /**
   * Remembers `key` (at most 101 ASCII characters), in one atomic step: of two calls with one key, at the same time or ever after,
   * one alone gives true. May be forgotten from `expiresAt` on, when the envelope no longer opens; without it, never.
   */
  claim(key: string, expiresAt?: Date): Awaitable<boolean>
}

interface Content {
  readonly bytes: Uint8Array
  readonly expiresAt?: Date
}

/** §7, step 9: what a message is claimed by. */
export function replayKey(signing: Pick<PublicKey, 'fingerprint'>, id: string): string {
  return `${toHex(signing.fingerprint)}:${id}`
}

/** Throws `REPLAYED` where the guard has seen `key`; whatever the guard throws comes through. The content is wiped then. */
export async function assertFresh(guard: ReplayGuard, key: string, opened: Content): Promise<void> {
  let fresh = false
  try {
    // A driver's row count or reply is not an answer.
    fresh = (await guard.claim(key, opened.expiresAt)) === true
  } finally {
    if (!fresh) wipe(opened.bytes)
  }
  if (!fresh) throw new ZkebError('REPLAYED', 'the envelope was opened before')
}
