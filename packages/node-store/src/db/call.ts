import { toStoreError } from './errors'

/** Every call of the store takes these. */
export interface CallOptions {
  /** Checked before each round trip; when aborted the call throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

/** Runs database work unless aborted, and maps what it throws with {@link toStoreError}. */
export async function inDatabase<T>(
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted()
    return await work()
  } catch (error) {
    throw toStoreError(error, signal)
  }
}
