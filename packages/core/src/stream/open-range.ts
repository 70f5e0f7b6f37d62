import type { Bytes } from '../bytes'
import { CONTENT_HEAD_BYTES, HEAD_PIECE_BYTES } from '../constants'
import type { Verified } from '../envelope/verify'
import { assertOpenStreamOptions, type OpenStreamOptions, openHead } from './open-head'
import { PieceReader } from './piece-reader'
import { release } from './release'
import { openPart, proveEnd, toRange } from './sealed-source'
import { type ExactSource, exactSource, type SeekableSource } from './source'
import { layoutOfStream } from './stream-hints'
import { readableBytes } from './web-streams'

/** What {@link openRange} needs. */
export interface OpenRangeOptions extends OpenStreamOptions {
  /** The first byte of plaintext that is wanted; 0 by default. */
  readonly start?: number
  /** The byte of plaintext after the last one that is wanted; all of them by default. */
  readonly end?: number
  /**
   * Skips the first pass over a stream with several recipients. **Any other recipient may have made** the part that comes out,
   * and the `size`: of less than the whole that is never noticed. Without effect on a stream with one recipient.
   */
  readonly unverified?: boolean
}

/** A part of a stream, and what was proven about it. */
export interface OpenedRange extends Verified {
  /** All the plaintext there is, in bytes. */
  readonly size: number
  /** The part that was asked for. Complete only when it ended without an error. */
  readonly stream: ReadableStream<Uint8Array>
}

/**
 * Opens any part of a sealed stream that can be read at any place (spec/stream.md §5.3): only the head, the last chunk and
 * the chunks of that part are read. With several recipients everything is read first, to verify the sender's signature
 * over it, and again what is wanted of it: 2 MiB of digests a GiB are kept between. The end of the stream is proven before
 * this resolves.
 *
 * Throws a TypeError for misuse, a RangeError where `start` or `end` do not lie within the plaintext, and the codes of
 * {@link openStream}; a source that gives too little is `TRUNCATED`, too much `FORMAT`, and one that changed while it was
 * read `SIGNATURE` or `OPEN`. Errors of the source's own come through.
 */
export async function openRange(
  source: Uint8Array | Blob | SeekableSource,
  options: OpenRangeOptions,
): Promise<OpenedRange> {
  const { start = 0, end, ...opening } = options ?? {}
  assertOpenStreamOptions(opening)
  const { signal } = opening
  const exact = exactSource(source, signal)
  const head = await openHead(new PieceReader(piecesOf(exact)), options)
  const sealedBytes = exact.size - head.headBytes - head.trailerBytes
  const layout = layoutOfStream(CONTENT_HEAD_BYTES + sealedBytes)
  const content = { ...head, source: exact, layout }
  const leaves = await proveEnd(content)

  const size = layout.plaintextBytes
  const range = toRange({ start, end: end ?? size }, size)
  const stream = readableBytes(release(openPart(content, range, leaves), head, options), {
    signal,
  })
  return { ...head.verified, size, stream }
}

async function* piecesOf({ size, read }: ExactSource): AsyncGenerator<Bytes> {
  for (let offset = 0; offset < size; offset += HEAD_PIECE_BYTES) {
    yield await read(offset, Math.min(HEAD_PIECE_BYTES, size - offset))
  }
}
