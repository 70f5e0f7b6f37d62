import { ZkebError } from '../errors'
import type { ReplayGuard } from './replay'

/** A guard entry takes about 200 bytes: 20 MB. */
const DEFAULT_MAX_ENTRIES = 100_000

/** How much {@link memoryReplayGuard} remembers. */
export interface MemoryReplayGuardOptions {
  /** Default 100,000; about 200 bytes each. */
  readonly maxEntries?: number
}

/**
 * A replay guard for one process that forgets everything when it ends. Entries are kept until the envelope's expiry, forever without one.
 * When it is full and nothing in it has expired it fails closed: `claim` throws `LIMIT`, and so nothing opens. What has
 * expired by this computer's clock is never fresh, so that nothing is forgotten a moment too early. spec/envelope.md §7.
 */
export function memoryReplayGuard(options: MemoryReplayGuardOptions = {}): ReplayGuard {
  const { maxEntries = DEFAULT_MAX_ENTRIES } = options
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new RangeError('maxEntries: an integer of at least 1')
  }
  /** When each key may be forgotten, in Unix milliseconds. */
  const expiries = new Map<string, number>()
  /** The latest expiry of what was forgotten: should the clock step back, nothing up to it is fresh. */
  let forgotten = 0

  // Synchronous throughout, and so atomic.
  const claim = (key: string, expiresAt?: Date): boolean => {
    const expiry = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
    if (expiries.has(key) || expiry <= Math.max(Date.now(), forgotten)) return false
    if (expiries.size >= maxEntries) forgotten = forgetExpired(expiries, forgotten)
    if (expiries.size >= maxEntries) {
      throw new ZkebError('LIMIT', 'the replay guard is full', {
        hint: 'seal with expiresAt, raise maxEntries, or keep the entries in a database',
      })
    }
    expiries.set(key, expiry)
    return true
  }
  return { claim }
}

/** Returns the latest expiry of what was forgotten now or before. */
function forgetExpired(expiries: Map<string, number>, before: number): number {
  const now = Date.now()
  let latest = before
  for (const [key, expiry] of expiries) {
    if (expiry > now) continue
    expiries.delete(key)
    latest = Math.max(latest, expiry)
  }
  return latest
}
