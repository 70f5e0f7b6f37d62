import { wipe } from '../bytes'
import { backend } from '../crypto/current'
import { judge, type PinOptions, readEntry, type ShareInput, toPinned } from './assess'
import { badShare, type SharesReport } from './report'
import type { SetTerms } from './share'

/** What a good share says of itself. Nothing in it is secret. */
export interface ShareSummary extends SetTerms {
  /** x: 1 to `total`. */
  readonly index: number
  /** The name of its set, 16 bytes. */
  readonly setId: Uint8Array
  /** SHA-256 of the share's bytes, 32 bytes: column `share_digest`. */
  readonly digest: Uint8Array
  /** Whether it was compared with a setId that was given, or shown to be whole in itself only. */
  readonly proven: SharesReport['proven']
}

/**
 * Reads one share and proves it by itself (spec/recovery.md §3): with `setId`, that its dealer made it exactly so; without,
 * only that it was not changed by accident. Throws `SHARES` whose report has the reason, a TypeError for misuse.
 */
export async function inspectShare(
  share: ShareInput,
  options: PinOptions = {},
): Promise<ShareSummary> {
  const { bytes, ...summary } = await readGoodShare(share, options)
  wipe(bytes)
  return summary
}

/** The same, with the bytes, which the caller owns. */
export async function readGoodShare(
  input: ShareInput,
  options: PinOptions,
): Promise<ShareSummary & { readonly bytes: Uint8Array<ArrayBuffer> }> {
  const pinned = toPinned(options)
  const proven = pinned ? 'pinned' : 'consistent'
  const entry = readEntry(input, 'share')
  const judged = await judge(entry, pinned)
  if ('fault' in judged) {
    if ('share' in entry) wipe(entry.share.bytes)
    throw badShare(judged.fault, proven)
  }
  const { bytes, threshold, total, epoch, index, setId } = judged.share
  const digest = await backend().sha256(bytes)
  return { bytes, threshold, total, epoch, index, setId: setId.slice(), digest, proven }
}
