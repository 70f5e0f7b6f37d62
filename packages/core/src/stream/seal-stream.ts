import { type Bytes, concatBytes, wipe } from '../bytes'
import { CEK_BYTES, SALT_BYTES, STREAM_VERSION } from '../constants'
import { chunkCipher } from '../content/chunk-cipher'
import { backend } from '../crypto/current'
import { assertOwner, type Sender } from '../envelope/arguments'
import { draftHeader, finishHeader, type HeaderDraft, type SealOptions } from '../envelope/draft'
import { signedMessage } from '../envelope/header'
import { ZkebError } from '../errors'
import { sealWindows } from './seal-windows'
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

  const { digest, plaintextBytes } = yield* sealWindows(pieces, cipher, { onProgress })
  const content = { content: contentHead, digest, plaintextBytes }
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
