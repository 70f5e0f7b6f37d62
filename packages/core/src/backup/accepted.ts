import type { AcceptedBackup } from '../account/revocation-list'
import { equalBytes, isUuid } from '../bytes'
import { isZkebError, ZkebError } from '../errors'
import { assertUuid } from './account'
import type { BackupRow } from './row'
import { assertVerifyOptions, type VerifyBackupOptions, verifyBackup } from './verify'

/** What {@link acceptedBackups} needs. */
export interface AcceptedBackupsOptions extends VerifyBackupOptions {
  /** The device that is to be revoked; UUID. */
  readonly deviceId: string
}

/** A row that is none of the device's backups, or not readable now. */
export interface RefusedBackup {
  readonly row: BackupRow
  readonly error: ZkebError
}

/** What of a device's backups stays readable after it was revoked. */
export interface AcceptedBackups {
  /** For `revokeDevices` of `amend()`. */
  readonly accepted: readonly AcceptedBackup[]
  /** Nobody will ever open these: look at them before. */
  readonly refused: readonly RefusedBackup[]
}

/**
 * The backups of a device that is about to be revoked, verified as {@link verifyBackup} does it: what is not in
 * `accepted` when the device is revoked can never be opened again. Takes all rows of the user, and passes over
 * those that other devices wrote; 56 bytes of `ciphertext` are enough.
 *
 * A row that does not verify is in `refused`, with its error, and does not stop the others: else one bad row would
 * keep the device from being revoked. `FORK`, and `SIGNER_UNKNOWN`, may go away where the account is refreshed
 * first. A row that was altered on the server may come back whole, but not be accepted later.
 *
 * It proves that the device wrote them, not that its owner did: leave out rows that came after it was lost.
 *
 * Throws a TypeError or RangeError for misuse, and for a device that the account does not have, or that is revoked.
 */
export async function acceptedBackups(
  rows: readonly BackupRow[],
  options: AcceptedBackupsOptions,
): Promise<AcceptedBackups> {
  const { deviceId, ...verifying } = options ?? {}
  assertVerifyOptions(verifying)
  assertUuid(deviceId, 'deviceId')
  if (!Array.isArray(rows)) throw new TypeError('rows: an array')
  const device = verifying.as.chain.device(deviceId)
  if (!device || device.state === 'revoked') {
    throw new RangeError('deviceId: a device of the account that is not revoked')
  }
  const accepted = new Map<string, AcceptedBackup>()
  const refused: RefusedBackup[] = []
  for (const row of [...rows]) {
    if (isOfAnother(row, deviceId)) continue
    try {
      const { id, digest } = await verifyBackup(row, verifying)
      const other = accepted.get(id)
      if (other && !equalBytes(other.digest, digest)) throw twoOfOneId()
      accepted.set(id, { id, digest })
    } catch (error) {
      if (!isZkebError(error)) throw error
      refused.push({ row, error: error as ZkebError })
    }
  }
  return { accepted: [...accepted.values()], refused }
}

/** Only where it says so: a row that has no such column must not get lost in silence. */
function isOfAnother(row: BackupRow | null | undefined, deviceId: string): boolean {
  const writer = row?.device_id
  return isUuid(writer) && writer !== deviceId
}

function twoOfOneId(): ZkebError {
  return new ZkebError('FORMAT', 'another backup has the same id', {
    hint: 'the device has signed two: the one that comes first is accepted',
  })
}
