import type { Bytes } from '../bytes'

/** SHA-256 of what has no end yet. */
export interface RunningDigest {
  update(data: Bytes): void
  digest(): Bytes
}

/**
 * No platform but Node hashes piece by piece. Of every 16 KiB only the 32 bytes of a chunk's own SHA-256 go through it, so that
 * JavaScript is fast enough; loaded when a stream begins.
 */
export async function createDigest(): Promise<RunningDigest> {
  const { sha256 } = await import('@noble/hashes/sha2.js')
  return sha256.create() as unknown as RunningDigest
}
