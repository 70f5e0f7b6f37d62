import type { KeyLabel } from '../account/account-key'
import { type Bytes, isBytes, isUuid, unshare, wipe } from '../bytes'
import { CEK_BYTES, DIGEST_BYTES } from '../constants'
import type { BackupReader, BackupWriter } from './account'

/** Gives a derived key to `work`, and wipes it afterwards. */
export async function withKey<T>(
  account: BackupReader,
  { label, generation }: { readonly label: KeyLabel; readonly generation: number },
  work: (key: Bytes) => T | Promise<T>,
): Promise<T> {
  const key = await account.key(label, generation)
  try {
    if (!isBytes(key) || key.length !== CEK_BYTES) {
      throw new TypeError(`as.key: must return ${CEK_BYTES} bytes`)
    }
    return await work(unshare(key))
  } finally {
    wipe(key)
  }
}

/** Throws a TypeError for what is not an account. */
export function assertAccount(account: BackupReader): void {
  const { accountId, key, chain } = (account ?? {}) as Partial<BackupReader>
  if (isDigest(accountId) && typeof key === 'function' && chain) return
  throw new TypeError('as: an account')
}

/** The same for what is no device's: a slot alone reads. */
export function assertWriter(account: BackupWriter): void {
  assertAccount(account)
  const { deviceId, device } = account as Partial<BackupWriter>
  if (isUuid(deviceId) && device?.signer) return
  throw new TypeError('as: an unlocked account only reads: join() first')
}

/** Throws a TypeError that names the argument. */
export function assertUuid(value: unknown, argument: string): void {
  if (!isUuid(value)) throw new TypeError(`${argument}: a UUID in lower case`)
}

/** True for 32 bytes. */
export function isDigest(value: unknown): value is Uint8Array {
  return isBytes(value) && value.length === DIGEST_BYTES
}
