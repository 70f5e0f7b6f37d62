import type { Bytes } from '../bytes'
import { MAX_SPOOL_BYTES, TAG_BYTES } from '../constants'
import type { ChunkCipher } from '../content/chunk-cipher'
import { hashChunks } from '../content/chunked'
import { countChunks } from '../content/chunks'
import { backend } from '../crypto/current'
import type { SignedContent } from '../envelope/header'
import { ZkebError } from '../errors'
import type { SealedWindow } from './piece-reader'
import { createDigest } from './running-digest'

/** Sealed chunks, and the SHA-256 of each. */
export interface HashedWindow extends SealedWindow {
  readonly leaves: Bytes
}

/** How chunks are opened, and what they have to be. */
export interface ProvableContent {
  readonly cipher: ChunkCipher
  /** Nothing is to be released before the end is proven: somebody else, too, could have made the chunks. */
  readonly mustProve: boolean
  /** Asked when all chunks were read, with what stood behind the last one. Throws `SIGNATURE`. */
  verifyTrailer(content: Omit<SignedContent, 'content'>, trailer: Bytes): Promise<void>
}

/** Decrypts all windows of a content as early as it may be released. Throws `SIGNATURE`, `OPEN` and `LIMIT`. */
export function openProven(
  windows: AsyncIterable<SealedWindow>,
  content: ProvableContent,
): AsyncGenerator<Bytes> {
  const proven = prove(windows, content)
  return openWindows(content.mustProve ? spool(proven) : proven, content.cipher)
}

/** Lets all windows of a content pass, the last one only with a trailer that is genuine. Throws `SIGNATURE`. */
export async function* prove(
  windows: AsyncIterable<SealedWindow>,
  content: Pick<ProvableContent, 'verifyTrailer'>,
): AsyncGenerator<HashedWindow> {
  const digest = await createDigest()
  let plaintextBytes = 0
  for await (const { sealed, trailer } of windows) {
    const leaves = await hashChunks(sealed)
    digest.update(leaves)
    plaintextBytes += sealed.length - countChunks(sealed) * TAG_BYTES
    if (trailer) {
      await content.verifyTrailer({ digest: digest.digest(), plaintextBytes }, trailer)
    }
    yield { sealed, leaves }
  }
}

/** Decrypts windows, of which the first begins with chunk `index`. Throws `OPEN`. */
export async function* openWindows(
  windows: AsyncIterable<SealedWindow>,
  cipher: ChunkCipher,
  index = 0,
): AsyncGenerator<Bytes> {
  let first = index
  for await (const { sealed } of windows) {
    const count = countChunks(sealed)
    const plaintext = new Uint8Array(sealed.length - count * TAG_BYTES)
    await cipher.open({ first, plaintext, sealed })
    yield plaintext
    first += count
  }
}

/** Keeps everything until the last window, and with it the trailer, is proven. Throws `LIMIT` beyond 64 MiB. */
async function* spool(windows: AsyncIterable<SealedWindow>): AsyncGenerator<SealedWindow> {
  const kept: SealedWindow[] = []
  let bytes = 0
  for await (const { sealed } of windows) {
    bytes += sealed.length
    if (bytes > MAX_SPOOL_BYTES) {
      throw new ZkebError('LIMIT', 'too much content to keep until its signature is verified', {
        hint: 'use openRange(), for a backup openBackupRange(), or { unverified: true }',
      })
    }
    kept.push({ sealed: sealed.slice() })
  }
  for (let window = kept.shift(); window; window = kept.shift()) {
    yield window
    await backend().breathe()
  }
}
