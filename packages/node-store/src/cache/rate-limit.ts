import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimitedError } from '../db/errors'
import type { RedisLink } from './redis'

/** How often something may be done by one caller. */
export interface RateLimit {
  /** Calls; a whole number of at least 1. */
  readonly max: number
  /** Seconds in which they are counted, from the first of them; a whole number of at least 1. */
  readonly windowSeconds: number
}

/** Counts calls. @throws RATE_LIMITED (a `RateLimitedError`) beyond the limit */
export interface RateLimiter {
  consume(identifier: string): Promise<void>
}

/** Almost 25 days: in memory a timer ends each window. */
const MAX_WINDOW_SECONDS = 2_147_483
const MAX_CALLS = 2_147_483_647

/**
 * Counts in Redis under `ratelimit:{service}:{identifier}:{window}`, for all processes together; in the memory of this
 * one without Redis, and while it does not answer.
 *
 * @throws RangeError for a limit that is none
 */
export function createRateLimiter(
  { max, windowSeconds }: RateLimit,
  { service, link }: { readonly service: string; readonly link: RedisLink | undefined },
): RateLimiter {
  assertCount(max, 'max', MAX_CALLS)
  assertCount(windowSeconds, 'windowSeconds', MAX_WINDOW_SECONDS)
  const limit = { points: max, duration: windowSeconds, keyPrefix: `ratelimit:${service}` }
  const memory = new RateLimiterMemory(limit)
  const limiter =
    link === undefined
      ? memory
      : new RateLimiterRedis({ ...limit, storeClient: toStore(link), insuranceLimiter: memory })
  return {
    async consume(identifier) {
      try {
        // Escaped, since a name with a colon must not be somebody else's key; half a surrogate pair cannot be.
        await limiter.consume(
          `${encodeURIComponent(Buffer.from(identifier).toString())}:${windowSeconds}`,
        )
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        throw new RateLimitedError(Math.max(1, Math.ceil(error.msBeforeNext / 1000)))
      }
    },
  }
}

function assertCount(value: unknown, name: string, max: number): void {
  if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > max) {
    throw new RangeError(`rateLimits: ${name} must be a whole number from 1 to ${max}`)
  }
}

/** What the limiter takes for ioredis: its one script, through the link's deadline, whichever client is behind. */
function toStore(link: RedisLink) {
  let script = ''
  return {
    defineCommand(_name: string, { lua }: { readonly lua: string }) {
      script = lua
    },
    rlflxIncr: ([key = '', ...args]: readonly string[]) =>
      link.evaluate({ script, keys: [key], args }),
  }
}
