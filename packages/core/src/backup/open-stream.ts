import type { Bytes } from '../bytes'
import { openProven } from '../stream/open-windows'
import { PieceReader } from '../stream/piece-reader'
import { deferred, transformBytes } from '../stream/web-streams'
import {
  assertObjectOptions,
  type OpenBackupStreamOptions,
  openObject,
  releaseContent,
} from './object'
import type { BackupRow } from './row'
import type { VerifiedBackup } from './verify'

/** A stream that opens the object that is written to it. */
export interface OpenBackupStream extends TransformStream<Uint8Array, Uint8Array> {
  /** What the row proves, once it does; rejects with what the stream fails with before. Need not be awaited. */
  readonly opened: Promise<VerifiedBackup>
}

/**
 * Opens a backup whose content is in an object, which is written to it in pieces of any size (spec/backup.md §7).
 * The content comes out of `readable`, and is complete only when that ended without an error. Nothing is released
 * before all chunks are known to be the signed ones: up to 64 MiB are kept for that, beyond it fails with `LIMIT`;
 * use {@link openBackupRange}, or `unverified`.
 *
 * Throws a TypeError or RangeError, at once, for misuse. The stream fails with what `verifyBackup` throws for the
 * row, and `SIGNATURE`, `TRUNCATED`, `FORMAT`, `LIMIT` and one opaque `OPEN` for the object, and with the signal's
 * reason.
 */
export function openBackupStream(
  row: BackupRow,
  options: OpenBackupStreamOptions,
): OpenBackupStream {
  assertObjectOptions(options)
  const { onProgress, signal } = options
  const { promise: opened, resolve, reject } = deferred<VerifiedBackup>()
  async function* openPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Bytes> {
    const object = await openObject(row, options)
    const { verified, tag } = object
    resolve(verified)
    const chunks = new PieceReader(andThen(pieces, tag)).windows(0)
    yield* releaseContent(openProven(chunks, object), verified.size, onProgress)
  }
  return Object.assign(transformBytes(openPieces, { signal, onFail: reject }), { opened })
}

async function* andThen(
  pieces: AsyncIterable<Uint8Array>,
  last: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield* pieces
  yield last
}
