import type { Bytes } from '../bytes'
import { assertFresh } from '../envelope/replay'
import type { OpenedHead, OpenStreamOptions } from './open-head'

/**
 * Plaintext on its way out. The replay guard is asked before its first byte, or at the end where there is none. Throws
 * `REPLAYED`.
 */
export async function* release(
  plaintext: AsyncIterable<Bytes>,
  { verified, h }: Pick<OpenedHead, 'verified' | 'h'>,
  { onProgress, replayGuard }: Pick<OpenStreamOptions, 'onProgress' | 'replayGuard'>,
): AsyncGenerator<Bytes> {
  let released = 0
  const claim = async (bytes: Bytes) => {
    if (replayGuard) await assertFresh(replayGuard, { ...verified, bytes }, h)
  }
  for await (const piece of plaintext) {
    if (piece.length === 0) continue
    if (released === 0) await claim(piece)
    released += piece.length
    onProgress?.(released)
    yield piece
  }
  if (released === 0) await claim(new Uint8Array(0))
}
