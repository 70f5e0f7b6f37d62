import { type Bytes, equalBytes, wipe } from '../bytes'
import {
  CHUNK_BYTES,
  CONTENT_HEAD_BYTES,
  DIGEST_BYTES,
  HEAD_PIECE_BYTES,
  SEALED_CHUNK_BYTES,
} from '../constants'
import { hashChunks } from '../content/chunked'
import { type Layout, WINDOW_CHUNKS } from '../content/chunks'
import { backend } from '../crypto/current'
import type { Verified } from '../envelope/verify'
import { ZkebError } from '../errors'
import {
  assertOpenStreamOptions,
  type OpenedHead,
  type OpenStreamOptions,
  openHead,
} from './open-head'
import { openWindows, prove, release } from './open-windows'
import { PieceReader, type SealedWindow } from './piece-reader'
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
  const content: Content = { source: exact, head, layout }
  const leaves = head.mustProve ? await proveAll(content) : await proveLast(content)

  const size = layout.plaintextBytes
  const range = { start, end: end ?? size }
  assertWithin(range.end, size, 'end')
  assertWithin(start, range.end, 'start')
  const stream = readableBytes(release(openPart(content, range, leaves), head, options), {
    signal,
  })
  return { ...head.verified, size, stream }
}

interface Content {
  readonly source: ExactSource
  readonly head: OpenedHead
  readonly layout: Layout
}

interface Range {
  readonly start: number
  readonly end: number
}

async function* openPart(
  content: Content,
  { start, end }: Range,
  leaves: Bytes | undefined,
): AsyncGenerator<Bytes> {
  const { layout, head } = content
  const first = Math.floor(start / CHUNK_BYTES)
  // The last chunk may be empty, and belongs to the whole.
  const after = end === layout.plaintextBytes ? layout.chunks : Math.ceil(end / CHUNK_BYTES)
  const windows = checkedWindows(content, { first, chunks: after - first }, leaves)
  let offset = first * CHUNK_BYTES
  for await (const plaintext of openWindows(windows, head.cipher, first)) {
    const part = plaintext.subarray(Math.max(0, start - offset), Math.max(0, end - offset))
    offset += plaintext.length
    if (part.length === plaintext.length) yield part
    else {
      // Not a view: what was not asked for stays here.
      yield part.slice()
      wipe(plaintext)
    }
  }
}

/** Verifies the trailer over everything. Returns the SHA-256 of every chunk. */
async function proveAll(content: Content): Promise<Bytes> {
  const { chunks } = content.layout
  let all = new Uint8Array(0)
  let bytes = 0
  const windows = readWindows(content, { first: 0, chunks })
  for await (const { leaves } of prove(windows, content.head)) {
    all = grow(all, bytes + leaves.length)
    all.set(leaves, bytes)
    bytes += leaves.length
  }
  return all
}

/** Memory follows what was read: the length is only what the source says. */
function grow(bytes: Bytes, length: number): Bytes {
  if (length <= bytes.length) return bytes
  const out = new Uint8Array(Math.max(length, 2 * bytes.length))
  out.set(bytes)
  return out
}

/** A length is only what the source says: it is proven by the chunk that is then the last one. Throws `OPEN`. */
async function proveLast(content: Content): Promise<undefined> {
  const first = content.layout.chunks - 1
  const windows = readWindows(content, { first, chunks: 1 })
  for await (const plaintext of openWindows(windows, content.head.cipher, first)) wipe(plaintext)
}

interface Span {
  readonly first: number
  readonly chunks: number
}

/** The chunks of a span as they were proven, or, where the whole content flows, as they are proven. */
function checkedWindows(
  content: Content,
  span: Span,
  leaves: Bytes | undefined,
): AsyncIterable<SealedWindow> {
  const windows = readWindows(content, span)
  if (leaves) return unchanged(windows, leaves.subarray(span.first * DIGEST_BYTES))
  return span.chunks === content.layout.chunks ? prove(windows, content.head) : windows
}

/** The source may have changed since its chunks were proven. Throws `SIGNATURE`. */
async function* unchanged(
  windows: AsyncIterable<SealedWindow>,
  leaves: Bytes,
): AsyncGenerator<SealedWindow> {
  let offset = 0
  for await (const window of windows) {
    const found = await hashChunks(window.sealed)
    if (!equalBytes(found, leaves.subarray(offset, offset + found.length))) {
      throw new ZkebError('SIGNATURE', 'the source changed while it was read')
    }
    offset += found.length
    yield window
  }
}

/** Reads a span, and with the last chunk of all the trailer. */
async function* readWindows(
  { source, head, layout }: Content,
  { first, chunks }: Span,
): AsyncGenerator<SealedWindow> {
  const contentEnd = source.size - head.trailerBytes
  for (let done = 0; done < chunks; done += WINDOW_CHUNKS) {
    const count = Math.min(WINDOW_CHUNKS, chunks - done)
    const offset = head.headBytes + (first + done) * SEALED_CHUNK_BYTES
    if (first + done + count === layout.chunks) {
      const rest = await source.read(offset, source.size - offset)
      const length = contentEnd - offset
      yield { sealed: rest.subarray(0, length), trailer: rest.subarray(length) }
    } else {
      yield { sealed: await source.read(offset, count * SEALED_CHUNK_BYTES) }
    }
    await backend().breathe()
  }
}

async function* piecesOf({ size, read }: ExactSource): AsyncGenerator<Bytes> {
  for (let offset = 0; offset < size; offset += HEAD_PIECE_BYTES) {
    yield await read(offset, Math.min(HEAD_PIECE_BYTES, size - offset))
  }
}

function assertWithin(value: number, max: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return
  throw new RangeError(`${name}: a whole number from 0 to ${max}`)
}
