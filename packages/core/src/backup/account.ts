import type { KeyLabel } from '../account/account-key'
import type { DeviceState } from '../account/entries'
import type { RevocationList } from '../account/revocation-list'
import { type Bytes, isBytes, isUuid, unshare, wipe } from '../bytes'
import { CEK_BYTES, DIGEST_BYTES } from '../constants'
import type { PublicIdentity, Signer } from '../keys/identity'

/**
 * What it takes to read backups: an account that is open, its chain freshly read from the server. Every
 * `OpenedAccount` of `@zkeb/core/account` fits, one that was unlocked by a slot, too. Whoever writes one of their
 * own answers from a proven chain, never by what a server says.
 */
export interface BackupReader {
  /** 32 bytes. */
  readonly accountId: Uint8Array
  /** The newest one. */
  readonly generation: number
  readonly chain: {
    /** Whether a manifest with this digest is in the chain. */
    has(digest: Uint8Array): boolean
    /** A device as the head lists it. */
    device(id: string): { readonly state: DeviceState } | undefined
    /** The keys of a device, which never change. */
    identity(id: string): PublicIdentity | undefined
    /** Whether it was active in some manifest of that generation. */
    wasActive(id: string, generation: number): boolean
  }
  /** A derived key of 32 bytes, which is wiped after use: a copy of its own. */
  key(label: KeyLabel, generation: number): Promise<Uint8Array>
  /** What is accepted of a revoked device, by the list that the head pins; undefined without one. */
  revocationList(deviceId: string): Pick<RevocationList, 'includes'> | undefined
}

/** What it takes to write them: every `Account` of `@zkeb/core/account` fits. */
export interface BackupWriter extends BackupReader {
  /** Which device this is. */
  readonly deviceId: string
  /** Its public identity, and something that signs. */
  readonly device: {
    readonly public: Pick<PublicIdentity, 'suite' | 'signing'>
    readonly signer: Signer
  }
  /** The head of the chain. */
  readonly pin: { readonly digest: Uint8Array }
}

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
  const isDigest = isBytes(accountId) && accountId.length === DIGEST_BYTES
  if (isDigest && typeof key === 'function' && chain) return
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
