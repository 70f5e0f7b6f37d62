import { isZkebError, ZkebError } from '@zkeb/core'

/** What people can do, by the name of the platform's error. */
const HINTS: Record<string, string> = {
  VersionError: 'a newer version of this app has upgraded the key store: reload the page',
  InvalidStateError: 'the key store is closed: open it again with openKeyStore()',
  NotFoundError: 'the database was made by something else: give openKeyStore() another name',
  QuotaExceededError: 'the disk, or what this origin may use of it, is full',
}
const NO_STORAGE =
  'no keys can be kept here, e.g. in private mode: hold one from generateIdentity() for the session'

/** Runs work on IndexedDB; whatever it throws becomes the cause of a `RUNTIME` with a hint. */
export async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isZkebError(cause)) throw cause
    const { name } = cause as Error
    const hint = (Object.hasOwn(HINTS, name) && HINTS[name]) || NO_STORAGE
    throw new ZkebError('RUNTIME', 'the key store cannot be used', { hint, cause })
  }
}
