import { BACKUP_KEY } from '../account/constants'
import { type Bytes, wipe } from '../bytes'
import { openContent } from '../content/chunked'
import { ZkebError } from '../errors'
import { withKey } from './account'
import { assertZeros } from './padding'
import { type BackupRow, readRow } from './row'
import {
  assertVerifyOptions,
  authenticate,
  type VerifiedBackup,
  type VerifyBackupOptions,
} from './verify'

/** A backup that was opened. */
export interface OpenedBackup extends VerifiedBackup {
  /** The content, without padding. */
  readonly bytes: Uint8Array
}

/**
 * Opens a backup whose content is in its row, at most 64 MiB (spec/backup.md §7). Throws what {@link verifyBackup}
 * does, `OPEN` for content that does not open, and `FORMAT` for padding that is none, or a row whose content is in
 * an object.
 */
export async function openBackup(
  row: BackupRow,
  options: VerifyBackupOptions,
): Promise<OpenedBackup> {
  assertVerifyOptions(options)
  const checked = readRow(row)
  const { message, nonce } = checked
  const { generation } = checked.head
  if (!message) {
    throw new ZkebError('FORMAT', 'the content is not in the row', {
      hint: 'it is in an object: openBackupStream() or openBackupRange()',
    })
  }
  const { verified, h } = await authenticate(checked, options)
  const plaintext = await withKey(options.as, { label: BACKUP_KEY, generation }, (inputKey) =>
    openContent({ inputKey, context: h }, message, nonce),
  )
  return { ...verified, bytes: withoutPadding(plaintext, verified.size) }
}

function withoutPadding(plaintext: Bytes, size: number): Bytes {
  try {
    assertZeros(plaintext.subarray(size))
    return plaintext.subarray(0, size)
  } catch (error) {
    wipe(plaintext)
    throw error
  }
}
