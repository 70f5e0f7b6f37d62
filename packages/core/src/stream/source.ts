import { type Bytes, isBytes } from '../bytes'
import { ZkebError } from '../errors'

/**
 * Anything that can be read at any place. A file on Node, with `file` of `open()` from `node:fs/promises`:
 *
 * ```ts
 * const size = (await file.stat()).size
 * const read = async (position: number, length: number) => {
 *   const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(length), position })
 *   return buffer.subarray(0, bytesRead)
 * }
 * ```
 *
 * A server that knows ranges, with the size that it told before:
 *
 * ```ts
 * const read = async (offset: number, length: number, signal?: AbortSignal) => {
 *   const headers = { range: `bytes=${offset}-${offset + length - 1}` }
 *   const response = await fetch(url, { headers, signal: signal ?? null })
 *   if (response.status !== 206) throw new Error(`${response.status} for a range`)
 *   return new Uint8Array(await response.arrayBuffer())
 * }
 * ```
 */
export interface SeekableSource {
  /** In bytes. */
  readonly size: number
  /** Exactly `length` bytes, at least one, from `offset` on; both lie within `size`. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
}

/** A source of which every read is exact, and a copy. */
export interface ExactSource {
  readonly size: number
  /** Throws `TRUNCATED` or `FORMAT` where the source gives less or more. */
  read(offset: number, length: number): Promise<Bytes>
}

/** Throws a TypeError for what is not a source. */
export function exactSource(
  source: Uint8Array | Blob | SeekableSource,
  signal: AbortSignal | undefined,
): ExactSource {
  const { size, read } = toSeekable(source)
  if (!Number.isSafeInteger(size) || size < 0 || typeof read !== 'function') {
    throw new TypeError('source: a Uint8Array, a Blob, or { size, read }')
  }
  return {
    size,
    async read(offset, length) {
      signal?.throwIfAborted()
      if (length === 0) return new Uint8Array(0)
      const bytes = await orAborted(read(offset, length, signal), signal)
      if (!isBytes(bytes)) throw new TypeError('source.read: must return a Uint8Array')
      // A copy: what is authenticated must be what is used, whatever the source does with its memory.
      if (bytes.length === length) return new Uint8Array(bytes)
      if (bytes.length > length)
        throw new ZkebError('FORMAT', 'the source gave more than asked for')
      throw new ZkebError('TRUNCATED', 'the source gave less than asked for', {
        hint: 'compare its size with what { size } says',
      })
    },
  }
}

/** A source may never answer, and need not listen to its signal. */
async function orAborted<T>(work: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  const { promise: aborted, stop } = abortion(signal)
  return Promise.race([work, aborted]).finally(stop)
}

function abortion(signal: AbortSignal) {
  let stop = () => {}
  const promise = new Promise<never>((_resolve, reject) => {
    const abort = () => reject(signal.reason)
    // The source itself may have brought it about.
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    stop = () => signal.removeEventListener('abort', abort)
  })
  return { promise, stop }
}

function toSeekable(source: Uint8Array | Blob | SeekableSource): SeekableSource {
  if (isBytes(source)) {
    return {
      size: source.length,
      read: async (offset, length) => source.subarray(offset, offset + length),
    }
  }
  if (isBlob(source)) {
    return {
      size: source.size,
      read: async (offset, length) =>
        new Uint8Array(await source.slice(offset, offset + length).arrayBuffer()),
    }
  }
  return { size: source?.size, read: source?.read?.bind(source) }
}

/** Of any realm, and so a File. */
function isBlob(source: Blob | SeekableSource): source is Blob {
  return /^\[object (?:Blob|File)\]$/.test(Object.prototype.toString.call(source))
}
