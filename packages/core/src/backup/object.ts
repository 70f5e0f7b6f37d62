import { BACKUP_KEY } from '../account/constants'
import { type Bytes, concatBytes, equalBytes } from '../bytes'
import { CONTENT_HEAD_BYTES } from '../constants'
import { committedCipher } from '../content/chunk-cipher'
import type { Layout } from '../content/chunks'
import { ZkebError } from '../errors'
import type { ProvableContent } from '../stream/open-windows'
import type { ExactSource } from '../stream/source'
import { explained, layoutOfStream, OR_CUT } from '../stream/stream-hints'
import { assertStreamOptions, type StreamOptions } from '../stream/web-streams'
import { withKey } from './account'
import { assertZeros } from './padding'
import { type BackupRow, readRow } from './row'
import {
  assertVerifyOptions,
  authenticate,
  type VerifiedBackup,
  type VerifyBackupOptions,
} from './verify'

/** What {@link openBackupStream} needs. */
export interface OpenBackupStreamOptions extends VerifyBackupOptions, StreamOptions {
  /**
   * Releases plaintext before all chunks are known to be the signed ones. **Any device that ever had the key of
   * that generation, a revoked one too, may have replaced them**: what comes out is not to be believed before the
   * stream has ended without an error.
   */
  readonly unverified?: boolean
}

/** A backup whose row is proven, and whose object can be opened. */
interface OpenedObject extends ProvableContent {
  readonly verified: VerifiedBackup
  /** Of the whole message, as the signature says. */
  readonly layout: Layout
  /** What the object lacks: the last chunk's tag. */
  readonly tag: Bytes
}

/** spec/backup.md §7, steps 1 to 6. */
export async function openObject(
  row: BackupRow,
  options: OpenBackupStreamOptions,
): Promise<OpenedObject> {
  const checked = readRow(row)
  const { head, contentHead, nonce, tag, digest, message } = checked
  const { layout, generation } = head
  // A content of no bytes is in its row and in an object alike.
  if (message && layout.plaintextBytes > 0) {
    throw new ZkebError('FORMAT', 'the content is in the row', { hint: 'openBackup()' })
  }
  const { as: account, unverified } = options
  const { verified, h } = await authenticate(checked, options)
  const key = { label: BACKUP_KEY, generation } as const
  const cipher = await withKey(account, key, (inputKey) =>
    committedCipher({ inputKey, context: h }, contentHead, nonce),
  ).catch(explained)
  return {
    verified,
    layout,
    tag,
    cipher: { ...cipher, open: (chunks) => cipher.open(chunks).catch(explained) },
    mustProve: unverified !== true,
    async verifyTrailer(content) {
      const sameLength = content.plaintextBytes === layout.plaintextBytes
      if (sameLength && equalBytes(content.digest, digest)) return
      throw notSigned()
    },
  }
}

/**
 * A source of all chunks: the object, and the tag it lacks. Throws `SIGNATURE`, `TRUNCATED` or `FORMAT` for
 * another length.
 */
export function wholeSource(object: ExactSource, { tag, layout }: OpenedObject): ExactSource {
  const size = object.size + tag.length
  const found = layoutOfStream(CONTENT_HEAD_BYTES + size)
  if (found.plaintextBytes !== layout.plaintextBytes) throw notSigned()
  return {
    size,
    async read(offset, length) {
      const missing = offset + length - object.size
      if (missing <= 0) return object.read(offset, length)
      const stored = await object.read(offset, length - missing)
      return concatBytes(stored, tag.subarray(0, missing))
    },
  }
}

/** Plaintext on its way out, without the padding behind `bytes`. Throws `FORMAT` where that is anything but zeros. */
export async function* releaseContent(
  plaintext: AsyncIterable<Bytes>,
  bytes: number,
  onProgress: StreamOptions['onProgress'],
): AsyncGenerator<Bytes> {
  let released = 0
  for await (const piece of plaintext) {
    const content = piece.subarray(0, bytes - released)
    assertZeros(piece.subarray(content.length))
    if (content.length === 0) continue
    released += content.length
    onProgress?.(released)
    yield content
  }
}

/** Throws a TypeError or RangeError that names the argument. */
export function assertObjectOptions(options: OpenBackupStreamOptions): void {
  const { unverified, onProgress, signal, ...verifying } = options ?? {}
  assertVerifyOptions(verifying)
  assertStreamOptions(options)
}

function notSigned(): ZkebError {
  return new ZkebError('SIGNATURE', 'the content is not what the device signed', {
    hint: `altered, ${OR_CUT}`,
  })
}
