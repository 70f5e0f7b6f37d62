import { isZkebError } from '@zkeb/core'
import type { Fence } from '../cache/cache'
import type { VaultContext } from './context'

/** Keys of the cache (spec/vault.md §10). */
export const CACHE_KEYS = {
  prompt: (id: string) => `prompt:${id}`,
  envelope: (id: string) => `envelope:${id}`,
  key: (keyId: string) => `key:${keyId}`,
} as const

/**
 * Runs a change of what may be cached: tombstones before, commit, then they are cleared, so that what is acknowledged is
 * what everybody reads. In a caller's transaction they stay: nobody knows when it commits.
 *
 * @throws CACHE when the cache is strict and cannot be told, unless `always`; and what `work` throws
 */
export async function fencing<T>(
  context: VaultContext,
  { keys, always = false }: { readonly keys: readonly string[]; readonly always?: boolean },
  work: (fence: Fence) => Promise<T>,
): Promise<T> {
  const fence = (await context.cache?.fence(keys, { always })) ?? NO_FENCE
  const isOwn = context.outside === undefined
  let result: T
  try {
    result = await work(fence)
  } catch (error) {
    // Only with DATABASE it may have been committed after all, now or later.
    if (isZkebError<string>(error) && error.code === 'DATABASE') await fence.renew()
    else if (isOwn) await fence.clear()
    throw error
  }
  if (isOwn) await fence.clear()
  return result
}

const NO_FENCE: Fence = { add: async () => {}, renew: async () => {}, clear: async () => {} }
