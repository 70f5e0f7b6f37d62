import { openPart, proveEnd, toRange } from '../stream/sealed-source'
import { exactSource, type SeekableSource } from '../stream/source'
import { readableBytes } from '../stream/web-streams'
import {
  assertObjectOptions,
  type OpenBackupStreamOptions,
  openObject,
  releaseContent,
  wholeSource,
} from './object'
import type { BackupRow } from './row'
import type { VerifiedBackup } from './verify'

/** What {@link openBackupRange} needs. */
export interface OpenBackupRangeOptions extends OpenBackupStreamOptions {
  /** The object. */
  readonly source: Uint8Array | Blob | SeekableSource
  /** The first byte of content that is wanted; 0 by default. */
  readonly start?: number
  /** The byte of content after the last one that is wanted; all of them by default. */
  readonly end?: number
  /**
   * Reads the last chunk and those of the part, and no others. **Any device that ever had the key of that
   * generation, a revoked one too, may have made** what comes out: that is never noticed.
   */
  readonly unverified?: boolean
}

/** A part of a backup, and what was proven about it. */
export interface OpenedBackupRange extends VerifiedBackup {
  /** The part that was asked for. Complete only when it ended without an error. */
  readonly stream: ReadableStream<Uint8Array>
}

/**
 * Opens any part of a backup whose content is in an object (spec/backup.md §7), also the whole of one that is too
 * large to be kept in memory. Everything is read first, to compare it with what was signed, and then again what is
 * wanted of it: 2 MiB of digests a GiB are kept between. The object is proven before this resolves.
 *
 * Throws a TypeError for misuse, a RangeError where `start` or `end` do not lie within the content, what
 * `verifyBackup` throws for the row, and `SIGNATURE`, `OPEN`, `TRUNCATED` or `FORMAT` for the object, also while
 * it is read. Errors of the source's own come through.
 */
export async function openBackupRange(
  row: BackupRow,
  options: OpenBackupRangeOptions,
): Promise<OpenedBackupRange> {
  const { source, start = 0, end, ...opening } = options ?? {}
  assertObjectOptions(opening)
  const { signal, onProgress } = opening
  const exact = exactSource(source, signal)
  const object = await openObject(row, opening)
  const { verified } = object
  const range = toRange({ start, end: end ?? verified.size }, verified.size)
  const content = {
    ...object,
    source: wholeSource(exact, object),
    headBytes: 0,
    trailerBytes: 0,
  }
  const part = openPart(content, range, await proveEnd(content))
  const released = releaseContent(part, range.end - range.start, onProgress)
  return { ...verified, stream: readableBytes(released, { signal }) }
}
