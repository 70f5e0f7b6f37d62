import { type Bytes, concatBytes, unshare, wipe } from '../bytes'
import { CEK_BYTES, CHUNK_BYTES, MAX_STREAM_BYTES, SALT_BYTES, STREAM_VERSION } from '../constants'
import { chunkCipher } from '../content/chunk-cipher'
import { layoutOfPlaintext, WINDOW_CHUNKS } from '../content/chunks'
import { backend } from '../crypto/current'
import type { Sender } from '../envelope/arguments'
import { signedMessage } from '../envelope/header'
import { draftHeader, type SealOptions } from '../envelope/seal'
import { ZkebError } from '../errors'
import { hashWindow, sealWindow } from './chunk-windows'
import { createDigest } from './running-digest'
import { headMessage, writeHead } from './stream-head'
import { assertStreamOptions, type StreamOptions, transformBytes } from './web-streams'

/** What {@link sealStream} needs. */
export interface SealStreamOptions extends SealOptions, StreamOptions {}

/**
 * Encrypts and signs what is written to it, in constant memory (spec/stream.md §4): plaintext of up to 2^46 − 1 bytes goes
 * into `writable` as Uint8Arrays of any size, the sealed stream comes out of `readable`. A buffer may be used
 * again once its write is done. Not complete, and not openable, before it was closed.
 *
 * Throws a TypeError or RangeError, at once, that names the argument for misuse. The stream fails with `LIMIT` for too much
 * data, `KEY` for a signer whose signatures differ in length, and the signal's reason.
 */
export function sealStream(options: SealStreamOptions): TransformStream<Uint8Array, Uint8Array> {
  const finishHeader = draftHeader(options, STREAM_VERSION)
  const { signer } = options.from
  const { onProgress, signal } = options
  assertStreamOptions(options)
  return transformBytes((pieces) => sealPieces(pieces, { finishHeader, signer, onProgress }), {
    signal,
  })
}

interface Sealing {
  readonly finishHeader: ReturnType<typeof draftHeader>
  readonly signer: Sender['signer']
  readonly onProgress: StreamOptions['onProgress']
}

async function* sealPieces(
  pieces: AsyncIterable<Uint8Array>,
  { finishHeader, signer, onProgress }: Sealing,
): AsyncGenerator<Bytes> {
  const cek = backend().randomBytes(CEK_BYTES)
  const { header, h } = await finishHeader(cek)
  const salt = backend().randomBytes(SALT_BYTES)
  const cipher = await chunkCipher({ inputKey: cek, context: h }, salt)
  wipe(cek)
  const contentHead = concatBytes(salt, cipher.commitment)
  const signature = await signer.sign(headMessage(h, contentHead))
  yield writeHead(header, { signature, contentHead })

  const digest = await createDigest()
  let index = 0
  let bytes = 0
  for await (const chunks of cutChunks(pieces)) {
    bytes += chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    layoutOfPlaintext(bytes, MAX_STREAM_BYTES)
    const sealed = await sealWindow(cipher, index, chunks)
    index += chunks.length
    digest.update(await hashWindow(sealed))
    onProgress?.(bytes)
    yield sealed
    await backend().breathe()
  }
  const toSign = await signedMessage(h, contentHead, bytes, digest.digest())
  const trailer = await signer.sign(toSign)
  if (trailer.length !== signature.length) {
    throw new ZkebError('KEY', 'the signer makes signatures of different lengths')
  }
  yield new Uint8Array(trailer)
}

/** Full chunks as soon as there are some, and at last the one that is not full. Only the cut ones are copied. */
async function* cutChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Bytes[]> {
  const kept = new Uint8Array(CHUNK_BYTES)
  let filled = 0
  try {
    for await (const piece of pieces) {
      let rest = unshare(piece)
      while (filled + rest.length >= CHUNK_BYTES) {
        const chunks: Bytes[] = []
        if (filled > 0) {
          const missing = CHUNK_BYTES - filled
          kept.set(rest.subarray(0, missing), filled)
          rest = rest.subarray(missing)
          filled = 0
          chunks.push(kept)
        }
        while (rest.length >= CHUNK_BYTES && chunks.length < WINDOW_CHUNKS) {
          chunks.push(rest.subarray(0, CHUNK_BYTES))
          rest = rest.subarray(CHUNK_BYTES)
        }
        yield chunks
      }
      kept.set(rest, filled)
      filled += rest.length
    }
    yield [kept.subarray(0, filled)]
  } finally {
    wipe(kept)
  }
}
