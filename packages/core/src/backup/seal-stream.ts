import { BACKUP_KEY } from '../account/constants'
import { type Bytes, concatBytes } from '../bytes'
import { CHUNK_BYTES, MAX_STREAM_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES } from '../constants'
import { chunkCipher } from '../content/chunk-cipher'
import { assertNoMore } from '../encoding/arguments'
import type { SignedContent } from '../envelope/header'
import { ZkebError } from '../errors'
import { sealWindows } from '../stream/seal-windows'
import {
  assertStreamOptions,
  deferred,
  type StreamOptions,
  transformBytes,
} from '../stream/web-streams'
import { assertUuid, assertWriter, type BackupWriter, withKey } from './account'
import {
  type Drafted,
  draftBackup,
  draftedDigest,
  planBackup,
  type SealBackupOptions,
  signRow,
} from './draft'
import { type BackupProgress, type RecordChunks, readProgress, recorder } from './progress'
import type { BackupRow } from './row'

interface UploadOptions extends StreamOptions {
  /**
   * Called, and awaited, before chunks leave: what it is given must be stored durably by the time it returns, for
   * {@link resumeBackupStream}. Where it throws, they do not leave. Without it an upload that breaks off begins anew.
   */
  readonly record?: RecordChunks
}

/** What {@link sealBackupStream} needs. */
export interface SealBackupStreamOptions extends SealBackupOptions, UploadOptions {
  /** Of the content, in bytes: authenticated metadata, which come before it. */
  readonly size: number
}

/** What {@link resumeBackupStream} needs; all else is in what was recorded. */
export interface ResumeBackupStreamOptions extends UploadOptions {
  readonly as: BackupWriter
  readonly userId: string
}

/** A stream that seals what is written to it: the object comes out, `size_bytes` − 72 bytes. */
export interface BackupUpload extends TransformStream<Uint8Array, Uint8Array> {
  /** The row, when the content has ended; rejects with what the stream fails with. */
  readonly row: Promise<BackupRow>
}

/**
 * Encrypts and signs a backup of any size, in constant memory (spec/backup.md §5): content of exactly `size` bytes
 * goes into `writable` as Uint8Arrays of any size, and `readable` is what to store beside the row. It is no backup
 * before there is the row: `await upload.row` after the content was piped through and the object read to its end;
 * awaited before, it waits for ever.
 *
 * Throws a TypeError, RangeError or `LIMIT`, at once, for misuse and for too much content. The stream fails with
 * `CHANGED` where there is more or less content, `SIGNER_UNKNOWN` where this device is not active in the account,
 * the signal's reason, and whatever `record` or the signer throws.
 */
export function sealBackupStream(options: SealBackupStreamOptions): BackupUpload {
  const { size, record, onProgress, signal, ...sealing } = options ?? {}
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('size: in bytes')
  const plan = planBackup(sealing, { size, maxBytes: MAX_STREAM_BYTES })
  assertUploadOptions(options)
  return upload(async () => ({ drafted: await draftBackup(plan) }), options)
}

/**
 * Goes on with an upload that broke off. The same content is written again from its beginning, and the same object
 * comes out from its beginning: skip the bytes that have arrived. No chunk leaves that differs from what was
 * recorded of it, since two contents under one nonce would give both away: the stream then fails with `CHANGED`,
 * and the backup is begun anew by {@link sealBackupStream}. So it does where the account has another generation by
 * now, or this is another device. Only one may go on at a time.
 *
 * Throws a TypeError, at once, for misuse. The stream fails with `FORMAT` or `OPEN` for a draft that is none of
 * this account, and as {@link sealBackupStream}.
 */
export function resumeBackupStream(
  progress: BackupProgress,
  options: ResumeBackupStreamOptions,
): BackupUpload {
  const { as, userId, record, onProgress, signal, ...unknown } = options ?? {}
  assertNoMore(unknown)
  assertWriter(as)
  assertUuid(userId, 'userId')
  assertUploadOptions(options)
  return upload(() => readProgress(progress, { account: as, userId }), options)
}

interface Begun {
  readonly drafted: Drafted
  /** SHA-256 of every chunk that may have left. */
  readonly leaves?: Bytes
}

function upload(begin: () => Promise<Begun>, options: UploadOptions): BackupUpload {
  const { record, onProgress, signal } = options
  const { promise: row, resolve, reject } = deferred<BackupRow>()
  async function* sealPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Bytes> {
    const { drafted, leaves } = await begin()
    const { size, head, salt } = drafted
    const h = await draftedDigest(drafted)
    const key = { label: BACKUP_KEY, generation: head.generation } as const
    const cipher = await withKey(drafted.account, key, (inputKey) =>
      chunkCipher({ inputKey, context: h }, salt),
    )
    const beforeLeaving = recorder(drafted, { leaves, record })
    const padded = pad(pieces, { size, paddedBytes: head.layout.plaintextBytes })
    const { tag, ...end } = yield* holdTag(
      sealWindows(padded, cipher, { onProgress, beforeLeaving }),
    )
    const contentHead = concatBytes(salt, cipher.commitment)
    const content = { ...end, content: contentHead, ciphertext: contentHead }
    resolve(await signRow(drafted, { ...content, h, nonce: cipher.baseNonce, tag }))
  }
  return Object.assign(transformBytes(sealPieces, { signal, onFail: reject }), { row })
}

/** Content of exactly that size, and zeros behind it. Throws `CHANGED`. */
async function* pad(
  pieces: AsyncIterable<Uint8Array>,
  { size, paddedBytes }: { readonly size: number; readonly paddedBytes: number },
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > size) break
    yield piece
  }
  if (bytes !== size)
    throw new ZkebError('CHANGED', 'the content does not have the size it had', {
      hint: 'options.size is that of the content, in bytes: begin anew with sealBackupStream()',
    })
  const zeros = new Uint8Array(CHUNK_BYTES)
  while (bytes < paddedBytes) {
    const piece = zeros.subarray(0, paddedBytes - bytes)
    bytes += piece.length
    yield piece
  }
}

type End = Omit<SignedContent, 'content'>

/** Lets everything pass but the last chunk's tag, which it returns. */
async function* holdTag(
  windows: AsyncGenerator<Bytes, End>,
): AsyncGenerator<Bytes, End & { readonly tag: Bytes }> {
  let tag = new Uint8Array(0)
  try {
    for (;;) {
      const { done, value } = await windows.next()
      if (done) return { ...value, tag }
      // Only the last chunk is not full.
      const isLast = value.length % SEALED_CHUNK_BYTES !== 0
      const end = isLast ? value.length - TAG_BYTES : value.length
      if (isLast) tag = value.slice(end)
      if (end > 0) yield value.subarray(0, end)
    }
  } finally {
    await windows.return({ digest: tag, plaintextBytes: 0 })
  }
}

function assertUploadOptions(options: UploadOptions): void {
  assertStreamOptions(options)
  const { record } = options
  if (record !== undefined && typeof record !== 'function') {
    throw new TypeError('record: a function')
  }
}
