import type { Bytes } from '../bytes'
import type { SignedContent } from '../envelope/header'
import type { Drafted } from './draft'
import { headDigest, signedBackup } from './head'
import { type BackupRow, toRow } from './row'

/** §1: `h` of a backup that this device writes. */
export function draftedDigest({ head, account, userId }: Drafted): Promise<Bytes> {
  const { accountId, device } = account
  return headDigest(head, { accountId, userId, signer: device.public.signing.fingerprint })
}

/** Content that has been sealed. */
interface SealedEnd extends SignedContent {
  readonly h: Bytes
  /** What of it stands in the row. */
  readonly ciphertext: Bytes
  readonly nonce: Bytes
  readonly tag: Bytes
}

/** The row, which there is only when all of the content has been sealed. */
export async function signRow({ head, account }: Drafted, end: SealedEnd): Promise<BackupRow> {
  const { h, ciphertext, nonce, tag, digest } = end
  const signature = await account.device.signer.sign(signedBackup(h, end))
  return toRow(head, {
    ciphertext,
    nonce,
    auth_tag: tag,
    signature: new Uint8Array(signature),
    content_digest: digest,
  })
}
