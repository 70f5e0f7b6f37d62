import { createRateLimiter, type RateLimit, type RateLimiter } from '../cache/rate-limit'
import type { RedisLink } from '../cache/redis'
import { currentAuditContext } from './audit-context'
import type { VaultContext } from './context'
import { assertOptions } from './options'

/** What can be limited; inside a caller's transaction it counts as well. */
const LIMITED = [
  'send',
  'deliver',
  'open',
  'grant',
  'recordOpening',
  'prompts.create',
  'prompts.get',
  'prompts.send',
  'prompts.findBySecret',
  'prompts.search',
] as const

/** An operation that can have a limit. */
export type LimitedOperation = (typeof LIMITED)[number]

/** How often each of these may be called by one actor of the `AuditContext`; without one, by the service. */
export type RateLimits = { readonly [Operation in LimitedOperation]?: RateLimit }

/**
 * A limiter for each operation that has a limit.
 *
 * @throws TypeError for an operation that cannot be limited; RangeError for a limit that is none
 */
export function createLimiters(
  limits: RateLimits,
  where: { readonly service: string; readonly link: RedisLink | undefined },
): ReadonlyMap<LimitedOperation, RateLimiter> {
  assertOptions(limits, LIMITED)
  const found = LIMITED.flatMap((operation) => {
    const limit = limits[operation]
    return limit === undefined ? [] : [[operation, createRateLimiter(limit, where)] as const]
  })
  return new Map(found)
}

/**
 * The same call, counted first. Beyond the limit it throws RATE_LIMITED before anything is read, and writes no audit row:
 * else whoever calls too often would fill the log.
 */
export function limited<Arguments extends unknown[], Result>(
  { limiters, service }: VaultContext,
  operation: LimitedOperation,
  call: (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  const limiter = limiters?.get(operation)
  if (limiter === undefined) return call
  return async (...args) => {
    await limiter.consume(`${operation}/${currentAuditContext().actor ?? service}`)
    return call(...args)
  }
}
