import { type Bytes, isBytes } from '../bytes'
import { STREAM_QUEUE_BYTES } from '../constants'

/** What every stream takes. */
export interface StreamOptions {
  /** Called with the bytes of plaintext that have passed so far, about once in 64 KiB to 512 KiB. */
  readonly onProgress?: (bytes: number) => void
  /** Ends the stream, on both sides, with the signal's reason. */
  readonly signal?: AbortSignal
}

interface Ends {
  readonly signal: AbortSignal | undefined
  /** Told the reason for which a stream ends before its time; the first call counts. */
  readonly onFail?: (reason: unknown) => void
}

/**
 * A pair of web streams around a generator. It is asked for output only when somebody wants to read, and a write
 * is done only when its bytes are used up: so back-pressure reaches the writer, and a writer may use its buffer again.
 */
export function transformBytes(
  work: (pieces: AsyncIterable<Uint8Array>) => AsyncGenerator<Bytes>,
  { signal, onFail }: Ends,
): TransformStream<Uint8Array, Uint8Array> {
  const inlet = new Inlet()
  let writing!: WritableStreamDefaultController
  const { readable, fail } = outlet(work(inlet.pieces()), {
    signal,
    onFail(reason) {
      inlet.fail(reason)
      writing?.error(reason)
      onFail?.(reason)
    },
  })
  const sink: UnderlyingSink<Uint8Array> = {
    start(controller) {
      writing = controller
      if (signal?.aborted) controller.error(signal.reason)
    },
    write(piece) {
      if (isBytes(piece)) return inlet.put(piece)
      const misuse = new TypeError('a stream takes Uint8Arrays')
      fail(misuse)
      throw misuse
    },
    close: () => inlet.put(undefined),
    abort: fail,
  }
  return { readable, writable: new WritableStream(sink, queue()) }
}

/** A stream of what a generator gives, which is asked only when somebody wants to read. */
export function readableBytes(output: AsyncGenerator<Bytes>, ends: Ends): ReadableStream<Bytes> {
  return outlet(output, ends).readable
}

/** Throws a TypeError where these are not what they should be. */
export function assertStreamOptions({ onProgress, signal }: StreamOptions): void {
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError('onProgress: a function')
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError('signal: an AbortSignal')
  }
}

function outlet(output: AsyncGenerator<Bytes>, { signal, onFail }: Ends) {
  let reading!: ReadableStreamDefaultController<Bytes>
  const abort = () => fail(signal?.reason)
  const unlisten = () => signal?.removeEventListener('abort', abort)
  const fail = (reason: unknown) => {
    unlisten()
    reading.error(reason)
    onFail?.(reason)
    // Lets the generator clean up. What it says of its own end is no news.
    output.return(undefined).catch(() => {})
  }
  const source: UnderlyingDefaultSource<Bytes> = {
    start(controller) {
      reading = controller
    },
    async pull() {
      try {
        const { done, value } = await output.next()
        if (!done) return reading.enqueue(value)
        unlisten()
        reading.close()
      } catch (error) {
        fail(error)
      }
    },
    cancel: fail,
  }
  const readable = new ReadableStream(source, queue())
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort)
  return { readable, fail }
}

/** Hands pieces from one writer to one reader, without a queue. */
class Inlet {
  #offer = deferred<Uint8Array | undefined>()
  #taken = deferred<void>()
  #failure: { readonly reason: unknown } | undefined

  /** Resolves when the piece is used up; undefined is the end. */
  put(piece: Uint8Array | undefined): Promise<void> {
    this.#offer.resolve(piece)
    return this.#taken.promise
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason }
    this.#offer.reject(reason)
    this.#taken.reject(reason)
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await this.#offer.promise
      if (piece === undefined) break
      yield piece
      if (this.#failure) throw this.#failure.reason
      const { resolve } = this.#taken
      this.#offer = deferred()
      this.#taken = deferred()
      resolve()
    }
    this.#taken.resolve()
  }
}

/** Counts bytes. What is none counts nothing, so that it comes as far as write(), and fails both sides. */
function queue(): QueuingStrategy<Uint8Array> {
  return {
    highWaterMark: STREAM_QUEUE_BYTES,
    size: (piece) => (isBytes(piece) ? piece.length : 0),
  }
}

/** A promise and its ends. Rejected with nobody there, it is nobody's unhandled rejection. */
export function deferred<T>() {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((...ends) => {
    ;[resolve, reject] = ends
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
