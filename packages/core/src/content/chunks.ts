import {
  CHUNK_BYTES,
  CONTENT_HEAD_BYTES,
  MAX_PLAINTEXT_BYTES,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
} from '../constants'
import { malformed, tooLarge, ZkebError } from '../errors'

/** Where a message's chunks lie (spec/envelope.md §3): a pure function of one length. */
export interface Layout {
  readonly plaintextBytes: number
  readonly messageBytes: number
  readonly chunks: number
}

/** Chunks worked on together: fills the platform's threads, and bounds what stands in memory. */
export const WINDOW_CHUNKS = 32

/** Throws `LIMIT` beyond 64 MiB, or what else is allowed. */
export function layoutOfPlaintext(plaintextBytes: number, maxBytes = MAX_PLAINTEXT_BYTES): Layout {
  if (plaintextBytes > maxBytes) throw tooLarge('the content')
  const chunks = Math.floor(plaintextBytes / CHUNK_BYTES) + 1
  return {
    plaintextBytes,
    messageBytes: CONTENT_HEAD_BYTES + plaintextBytes + chunks * TAG_BYTES,
    chunks,
  }
}

/**
 * The layout of a message by its length alone. Throws `TRUNCATED` where the last chunk is full, `FORMAT` where no
 * message has that length, `LIMIT` where it is too long.
 */
export function layoutOfMessage(messageBytes: number, maxBytes?: number): Layout {
  const sealed = messageBytes - CONTENT_HEAD_BYTES
  const full = Math.floor(sealed / SEALED_CHUNK_BYTES)
  const last = sealed - full * SEALED_CHUNK_BYTES
  if (last === 0 && full > 0) throw new ZkebError('TRUNCATED', 'the last chunk is missing')
  if (full < 0 || last < TAG_BYTES) throw malformed('the length of the content')
  return layoutOfPlaintext(full * CHUNK_BYTES + last - TAG_BYTES, maxBytes)
}

/** How many chunks these are: consecutive ones, of which only the last may not be full. */
export function countChunks(sealed: Uint8Array): number {
  return Math.ceil(sealed.length / SEALED_CHUNK_BYTES)
}
