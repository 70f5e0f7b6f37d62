import type { Verified } from '../envelope/verify'
import { assertOpenStreamOptions, type OpenStreamOptions, openHead } from './open-head'
import { openProven } from './open-windows'
import { PieceReader } from './piece-reader'
import { release } from './release'
import { deferred, transformBytes } from './web-streams'

/** A stream that opens what is written to it. */
export interface OpenStream extends TransformStream<Uint8Array, Uint8Array> {
  /** What the head proves, once it does; rejects with what the stream fails with before. Need not be awaited. */
  readonly opened: Promise<Verified>
}

/**
 * Verifies and decrypts a sealed stream that is written to it in pieces of any size (spec/stream.md §5): the plaintext
 * comes out of `readable`. It is complete only when `readable` ended without an error.
 *
 * With one recipient plaintext flows chunk by chunk, in constant memory. With several, nothing is released before the
 * sender's signature over everything is verified: up to 64 MiB are kept for that, beyond it fails with `LIMIT`; use
 * {@link openRange}, or `unverified`.
 *
 * Throws a TypeError, at once, that names the argument for misuse. The stream fails with `FORMAT`, `VERSION`,
 * `SUITE_NOT_ALLOWED`, `LIMIT`, `SIGNER_UNKNOWN`, `SIGNATURE`, `EXPIRED`, `NOT_RECIPIENT`, `TRUNCATED`, `REPLAYED`, one
 * opaque `OPEN`, the signal's reason, and whatever a decrypter, a resolver or the replay guard throws.
 */
export function openStream(options: OpenStreamOptions): OpenStream {
  assertOpenStreamOptions(options)
  const { promise: opened, resolve, reject } = deferred<Verified>()
  async function* openPieces(pieces: AsyncIterable<Uint8Array>) {
    const reader = new PieceReader(pieces)
    const head = await openHead(reader, options)
    resolve(head.verified)
    yield* release(openProven(reader.windows(head.trailerBytes), head), head, options)
  }
  const { signal } = options
  return Object.assign(transformBytes(openPieces, { signal, onFail: reject }), { opened })
}
