import type { KeyLabel } from '../account/account-key'
import { DEVICE_KEY, NAME_KEY, SYNC_KEY } from '../account/constants'
import { type Bytes, uuidToBytes } from '../bytes'
import { backend } from '../crypto/current'
import { pae } from '../encoding/pae'
import { assertAccount, assertUuid, type BackupReader, withKey } from './account'
import { DEVICE_LABEL, MAX_NAME_BYTES, NAME_LABEL, SCOPE_LABEL } from './constants'
import { toNameBytes } from './name'

/**
 * What `backup_name_hash` is for a name, in every generation that the account has: that of generation g, 32 bytes,
 * stands at index g (spec/backup.md §6). A backup is looked up under all of them, since it keeps the hash of the
 * generation it was made in; which one is the newest only its clock tells.
 *
 * Throws a TypeError or RangeError for a name that is not 1 to 1024 bytes of UTF-8 without U+0000.
 */
export async function backupNameHashes(
  account: BackupReader,
  name: string,
): Promise<readonly Uint8Array[]> {
  assertAccount(account)
  const bytes = toNameBytes(name, 'name', MAX_NAME_BYTES)
  const generations = Array.from({ length: account.generation + 1 }, (_, generation) => generation)
  return Promise.all(generations.map((generation) => nameHash(account, bytes, generation)))
}

/**
 * What `scope_hash` of table `sync_metadata` is, 32 bytes (spec/backup.md §6). The same in all generations. The
 * scope has the bounds of a backup's name; misuse is a TypeError or RangeError.
 */
export async function scopeHash(account: BackupReader, scope: string): Promise<Uint8Array> {
  assertAccount(account)
  const pieces = [SCOPE_LABEL, toNameBytes(scope, 'scope', MAX_NAME_BYTES)]
  return hmac(account, { label: SYNC_KEY, generation: 0 }, pieces)
}

/**
 * What `device_id_hash` of table `devices` is, 32 bytes (spec/backup.md §6). The same in all generations. Throws a
 * TypeError for what is not a UUID.
 */
export async function deviceIdHash(account: BackupReader, deviceId: string): Promise<Uint8Array> {
  assertAccount(account)
  assertUuid(deviceId, 'deviceId')
  return hmac(account, { label: DEVICE_KEY, generation: 0 }, [DEVICE_LABEL, uuidToBytes(deviceId)])
}

/** §6: of a name in NFC. */
export function nameHash(account: BackupReader, name: Bytes, generation: number): Promise<Bytes> {
  return hmac(account, { label: NAME_KEY, generation }, [NAME_LABEL, name])
}

function hmac(
  account: BackupReader,
  key: { readonly label: KeyLabel; readonly generation: number },
  pieces: readonly (string | Bytes)[],
): Promise<Bytes> {
  return withKey(account, key, (bytes) => backend().hmacSha256(bytes, pae(pieces)))
}
