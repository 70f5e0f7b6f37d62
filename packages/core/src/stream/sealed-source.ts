import { type Bytes, equalBytes, wipe } from '../bytes'
import { CHUNK_BYTES, DIGEST_BYTES, SEALED_CHUNK_BYTES } from '../constants'
import { hashChunks } from '../content/chunked'
import { type Layout, WINDOW_CHUNKS } from '../content/chunks'
import { backend } from '../crypto/current'
import { assertWithin } from '../encoding/arguments'
import { ZkebError } from '../errors'
import { openWindows, type ProvableContent, prove } from './open-windows'
import type { SealedWindow } from './piece-reader'
import type { ExactSource } from './source'

/** Sealed chunks that lie one after the other in a source. */
export interface SealedSource extends ProvableContent {
  readonly source: ExactSource
  /** How many, by the length that is claimed. */
  readonly layout: Layout
  /** Where chunk 0 begins. */
  readonly headBytes: number
  /** What stands behind the last chunk, up to the end of the source. */
  readonly trailerBytes: number
}

/** Bytes of plaintext: from `start` to the one before `end`. */
interface Range {
  readonly start: number
  readonly end: number
}

/** Throws a RangeError that names the argument where these are not within the plaintext. */
export function toRange({ start, end }: Range, plaintextBytes: number): Range {
  assertWithin(end, 'end', { max: plaintextBytes })
  assertWithin(start, 'start', { max: end })
  return { start, end }
}

/**
 * Before anything is released: all chunks are proven, and the SHA-256 of each returned; or, where that need not
 * be, only that the last one is the last. Throws `SIGNATURE` or `OPEN`.
 */
export function proveEnd(content: SealedSource): Promise<Bytes | undefined> {
  return content.mustProve ? proveAll(content) : proveLast(content)
}

/** Decrypts a part; `leaves` is what {@link proveEnd} gave. Throws `SIGNATURE` or `OPEN`. */
export async function* openPart(
  content: SealedSource,
  { start, end }: Range,
  leaves: Bytes | undefined,
): AsyncGenerator<Bytes> {
  const { layout, cipher } = content
  const first = Math.floor(start / CHUNK_BYTES)
  // The last chunk may be empty, and belongs to the whole.
  const after = end === layout.plaintextBytes ? layout.chunks : Math.ceil(end / CHUNK_BYTES)
  const windows = checkedWindows(content, { first, chunks: after - first }, leaves)
  let offset = first * CHUNK_BYTES
  for await (const plaintext of openWindows(windows, cipher, first)) {
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
async function proveAll(content: SealedSource): Promise<Bytes> {
  const { chunks } = content.layout
  let all = new Uint8Array(0)
  let bytes = 0
  const windows = readWindows(content, { first: 0, chunks })
  for await (const { leaves } of prove(windows, content)) {
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
async function proveLast(content: SealedSource): Promise<undefined> {
  const first = content.layout.chunks - 1
  const windows = readWindows(content, { first, chunks: 1 })
  for await (const plaintext of openWindows(windows, content.cipher, first)) wipe(plaintext)
}

interface Span {
  readonly first: number
  readonly chunks: number
}

/** The chunks of a span as they were proven, or, where the whole content flows, as they are proven. */
function checkedWindows(
  content: SealedSource,
  span: Span,
  leaves: Bytes | undefined,
): AsyncIterable<SealedWindow> {
  const windows = readWindows(content, span)
  if (leaves) return unchanged(windows, leaves.subarray(span.first * DIGEST_BYTES))
  return span.chunks === content.layout.chunks ? prove(windows, content) : windows
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
  { source, headBytes, trailerBytes, layout }: SealedSource,
  { first, chunks }: Span,
): AsyncGenerator<SealedWindow> {
  const contentEnd = source.size - trailerBytes
  for (let done = 0; done < chunks; done += WINDOW_CHUNKS) {
    const count = Math.min(WINDOW_CHUNKS, chunks - done)
    const offset = headBytes + (first + done) * SEALED_CHUNK_BYTES
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
