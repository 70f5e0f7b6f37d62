import type { Bytes } from '../bytes'
import { CHUNK_BYTES, CONTENT_HEAD_BYTES, MAX_STREAM_BYTES, SEALED_CHUNK_BYTES } from '../constants'
import { layoutOfPlaintext, WINDOW_CHUNKS } from '../content/chunks'
import { backend } from '../crypto/current'
import { ZkebError } from '../errors'
import { layoutOfStream } from './stream-hints'

/** Some sealed chunks, one after the other. */
export interface SealedWindow {
  /** Only until the next window is asked for. */
  readonly sealed: Bytes
  /** What stands behind the last chunk. */
  readonly trailer?: Bytes
}

/** Cuts a stream that comes in pieces of any size. Every byte is copied, so that it cannot change any more. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array>
  #piece = new Uint8Array(0) as Uint8Array

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** Exactly that many bytes. Throws `FORMAT` where the stream ends before. */
  async bytes(length: number): Promise<Bytes> {
    const out = new Uint8Array(length)
    for (let filled = 0; filled < length; ) {
      const taken = await this.#take(out.subarray(filled))
      if (taken === 0) throw new ZkebError('FORMAT', 'the stream ends within its head')
      filled += taken
    }
    return out
  }

  /**
   * All that is left: chunks as soon as they are known to be full, which takes the bytes of a trailer behind them.
   * Throws `TRUNCATED`, `FORMAT` or `LIMIT` for lengths that no stream has.
   */
  async *windows(trailerBytes: number): AsyncGenerator<SealedWindow> {
    const buffer = new Uint8Array(WINDOW_CHUNKS * SEALED_CHUNK_BYTES + trailerBytes)
    let filled = 0
    let chunks = 0
    for (;;) {
      const taken = await this.#take(buffer.subarray(filled))
      if (taken === 0) break
      filled += taken
      const full = Math.floor((filled - trailerBytes) / SEALED_CHUNK_BYTES)
      if (full < 1) continue
      chunks += full
      layoutOfPlaintext(chunks * CHUNK_BYTES, MAX_STREAM_BYTES)
      const end = full * SEALED_CHUNK_BYTES
      yield { sealed: buffer.subarray(0, end) }
      buffer.copyWithin(0, end, filled)
      filled -= end
      await backend().breathe()
    }
    const end = filled - trailerBytes
    layoutOfStream(CONTENT_HEAD_BYTES + chunks * SEALED_CHUNK_BYTES + end)
    yield { sealed: buffer.subarray(0, end), trailer: buffer.slice(end, filled) }
  }

  /** Fills `target` with what is at hand, at least a byte; 0 at the end of the stream. */
  async #take(target: Bytes): Promise<number> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next()
      if (done) return 0
      this.#piece = value
    }
    const taken = this.#piece.subarray(0, target.length)
    target.set(taken)
    this.#piece = this.#piece.subarray(taken.length)
    return taken.length
  }
}
