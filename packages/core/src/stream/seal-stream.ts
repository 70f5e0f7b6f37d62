import { type Bytes, concatBytes, unshare, wipe } from '../bytes'
import {
  CEK_BYTES,
  CHUNK_BYTES,
  MAX_STREAM_BYTES,
  SALT_BYTES,
  STREAM_VERSION,
  TAG_BYTES,
} from '../constants'
import { chunkCipher } from '../content/chunk-cipher'
import { hashChunks } from '../content/chunked'
import { layoutOfPlaintext, WINDOW_CHUNKS } from '../content/chunks'
import { backend } from '../crypto/current'
import { assertOwner, type Sender } from '../envelope/arguments'
import { draftHeader, finishHeader, type HeaderDraft, type SealOptions } from '../envelope/draft'
import { signedMessage } from '../envelope/header'
import { ZkebError } from '../errors'
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
  const sender = assertOwner(options?.from, 'from', 'signer')
  const { onProgress, signal, ...sealing } = options
  const draft = draftHeader(sealing, { version: STREAM_VERSION, sender, signed: true })
  const { signer } = options.from
  assertStreamOptions(options)
  return transformBytes((pieces) => sealPieces(pieces, { draft, signer, onProgress }), { signal })
}

interface Sealing {
  readonly draft: HeaderDraft
  readonly signer: Sender['signer']
  readonly onProgress: StreamOptions['onProgress']
}

async function* sealPieces(
  pieces: AsyncIterable<Uint8Array>,
  { draft, signer, onProgress }: Sealing,
): AsyncGenerator<Bytes> {
  const { header, h, cipher, contentHead } = await startContent(draft)
  const signature = await signer.sign(headMessage(h, contentHead))
  yield writeHead(header, { signature, contentHead })

  const digest = await createDigest()
  let rested = 0
  let first = 0
  let bytes = 0
  for await (const plaintext of cutWindows(pieces)) {
    bytes += plaintext.length
    layoutOfPlaintext(bytes, MAX_STREAM_BYTES)
    // The last chunk may be empty.
    const chunks = Math.max(1, Math.ceil(plaintext.length / CHUNK_BYTES))
    const sealed = new Uint8Array(plaintext.length + chunks * TAG_BYTES)
    await cipher.seal({ first, plaintext, sealed })
    first += chunks
    digest.update(await hashChunks(sealed))
    onProgress?.(bytes)
    yield sealed
    // Pieces may be small: others get their turn after as much work as between the windows of a message.
    if (first >= rested + WINDOW_CHUNKS) {
      rested = first
      await backend().breathe()
    }
  }
  const content = { content: contentHead, digest: digest.digest(), plaintextBytes: bytes }
  const trailer = await signer.sign(signedMessage(h, content))
  if (trailer.length !== signature.length) {
    throw new ZkebError('KEY', 'the signer makes signatures of different lengths')
  }
  yield new Uint8Array(trailer)
}

/** Wraps a new content key, and makes the cipher of it. */
async function startContent(draft: HeaderDraft) {
  const cek = backend().randomBytes(CEK_BYTES)
  try {
    const { header, h } = await finishHeader(draft, cek)
    const salt = backend().randomBytes(SALT_BYTES)
    const cipher = await chunkCipher({ inputKey: cek, context: h }, salt)
    return { header, h, cipher, contentHead: concatBytes(salt, cipher.commitment) }
  } finally {
    wipe(cek)
  }
}

/** Full chunks as soon as there are some, and at last the one that is not full. Only the cut ones are copied. */
async function* cutWindows(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Bytes> {
  const kept = new Uint8Array(CHUNK_BYTES)
  let filled = 0
  try {
    for await (const piece of pieces) {
      let rest = unshare(piece)
      if (filled > 0 && filled + rest.length >= CHUNK_BYTES) {
        const missing = CHUNK_BYTES - filled
        kept.set(rest.subarray(0, missing), filled)
        rest = rest.subarray(missing)
        filled = 0
        yield kept
      }
      while (rest.length >= CHUNK_BYTES) {
        const chunks = Math.min(WINDOW_CHUNKS, Math.floor(rest.length / CHUNK_BYTES))
        yield rest.subarray(0, chunks * CHUNK_BYTES)
        rest = rest.subarray(chunks * CHUNK_BYTES)
      }
      kept.set(rest, filled)
      filled += rest.length
    }
    yield kept.subarray(0, filled)
  } finally {
    wipe(kept)
  }
}
