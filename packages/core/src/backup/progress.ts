import { type Bytes, equalBytes, isBytes } from '../bytes'
import { DIGEST_BYTES } from '../constants'
import { isPlainObject } from '../encoding/jcs'
import { malformed, ZkebError } from '../errors'
import type { BackupWriter } from './account'
import type { Drafted } from './draft'
import { openMetadata } from './metadata'
import { assertPadded } from './padding'
import { type BackupDraft, readDraft, toDraft } from './row'

/** What was recorded of an upload: that of all calls of `record`, the leaves one after the other. */
export interface BackupProgress {
  readonly draft: BackupDraft
  /** SHA-256 of every chunk that may have left, in order; 32 bytes each. */
  readonly leaves: Uint8Array
}

/** Some chunks that are about to leave. */
export interface RecordedChunks {
  /** The same in every call of one upload, and free of secrets. */
  readonly draft: BackupDraft
  /** The index of the first of these chunks: as many are recorded before. */
  readonly first: number
  /** SHA-256 of each, 32 bytes. */
  readonly leaves: Uint8Array
}

/** Stores what goes on with an upload. */
export type RecordChunks = (chunks: RecordedChunks) => void | Promise<void>

/** Throws `FORMAT`, `OPEN`, or `CHANGED` where the account has gone on. */
export async function readProgress(
  progress: BackupProgress,
  { account, userId }: { readonly account: BackupWriter; readonly userId: string },
): Promise<{ readonly drafted: Drafted; readonly leaves: Bytes }> {
  if (!isPlainObject(progress)) throw malformed('the progress')
  const { draft, leaves } = progress as unknown as BackupProgress
  if (!isBytes(leaves) || leaves.length % DIGEST_BYTES !== 0) throw malformed('leaves')
  const known = new Uint8Array(leaves)
  const { head, salt } = readDraft(draft)
  const { generation, deviceId, device } = account
  const isSame =
    head.generation === generation &&
    head.deviceId === deviceId &&
    head.suite.name === device.public.suite
  if (!isSame) throw new ZkebError('CHANGED', 'the account or the device is another by now', HINT)
  const { size } = await openMetadata(account, head, head.encryptedMetadata)
  assertPadded(head.layout.plaintextBytes, size)
  return { drafted: { head, salt, account, userId, size }, leaves: known }
}

/**
 * Compares chunks with what was recorded of them, and has the others recorded, before any of them leaves. Throws
 * `CHANGED`.
 */
export function recorder(
  { head, salt }: Drafted,
  {
    leaves: known = new Uint8Array(0),
    record,
  }: { readonly leaves: Bytes | undefined; readonly record: RecordChunks | undefined },
): (leaves: Bytes, first: number) => Promise<void> {
  return async (leaves, first) => {
    const before = known.subarray(first * DIGEST_BYTES).subarray(0, leaves.length)
    if (!equalBytes(leaves.subarray(0, before.length), before)) {
      throw new ZkebError('CHANGED', 'the content is not what it was', HINT)
    }
    const fresh = leaves.slice(before.length)
    if (fresh.length === 0) return
    const recorded = before.length / DIGEST_BYTES
    await record?.({ draft: toDraft(head, salt), first: first + recorded, leaves: fresh })
  }
}

const HINT = { hint: 'begin anew with sealBackupStream()' }
