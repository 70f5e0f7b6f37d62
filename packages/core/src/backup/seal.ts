import { BACKUP_KEY } from '../account/constants'
import { isBytes, wipe } from '../bytes'
import { TAG_BYTES } from '../constants'
import { sealWithSalt } from '../content/chunked'
import { withKey } from './account'
import { draftBackup, draftedDigest, planBackup, type SealBackupOptions, signRow } from './draft'
import type { BackupRow } from './row'

/**
 * Encrypts and signs a backup for all devices of the account, as one row with its content (spec/backup.md §5); at
 * most 64 MiB. What is larger goes through `sealBackupStream`.
 *
 * Throws a TypeError or RangeError that names the argument for misuse, `LIMIT` for too much content, and
 * `SIGNER_UNKNOWN` where this device is not active in the account.
 */
export async function sealBackup(
  content: Uint8Array,
  options: SealBackupOptions,
): Promise<BackupRow> {
  if (!isBytes(content)) {
    throw new TypeError('content: a Uint8Array (text: new TextEncoder().encode(…))')
  }
  const plan = planBackup(options, { size: content.length })
  // A copy, made at once: its size has been told, and the caller may use the buffer again.
  const plaintext = new Uint8Array(plan.layout.plaintextBytes)
  plaintext.set(content)
  try {
    const drafted = await draftBackup(plan)
    const { account, head, salt } = drafted
    const h = await draftedDigest(drafted)
    const key = { label: BACKUP_KEY, generation: head.generation } as const
    const { message, baseNonce, digest } = await withKey(account, key, (inputKey) =>
      sealWithSalt({ inputKey, context: h }, plaintext, salt),
    )
    const end = message.length - TAG_BYTES
    return await signRow(drafted, {
      h,
      content: message,
      digest,
      plaintextBytes: plaintext.length,
      ciphertext: message.subarray(0, end),
      nonce: baseNonce,
      tag: message.slice(end),
    })
  } finally {
    wipe(plaintext)
  }
}
