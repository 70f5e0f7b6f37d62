import { type Bytes, u64, uuidToBytes } from '../bytes'
import { CONTENT_HEAD_BYTES, SALT_BYTES } from '../constants'
import type { Layout } from '../content/chunks'
import { backend } from '../crypto/current'
import { optional, pae } from '../encoding/pae'
import type { SignedContent } from '../envelope/header'
import type { Suite } from '../suites/suite'
import { BACKUP_LABEL, BACKUP_SIGNATURE_LABEL } from './constants'

/** Everything of a backup that is fixed before its content (spec/backup.md §1). */
export interface BackupHead {
  readonly suite: Suite
  readonly id: string
  readonly deviceId: string
  readonly nameHash: Bytes
  readonly generation: number
  /** Unix milliseconds. */
  readonly createdAt: number
  readonly expiresAt?: number
  readonly encryptedMetadata: Bytes
  /** Of the whole message, by size_bytes. Signed through the length of the plaintext. */
  readonly layout: Layout
}

/** What reader and writer know beside the row. */
interface HeadContext {
  readonly accountId: Uint8Array
  readonly userId: string
  /** Fingerprint of the device's signing key. */
  readonly signer: Uint8Array
}

/** §1: `h`, which content and signature are bound to. */
export async function headDigest(
  head: BackupHead,
  { accountId, userId, signer }: HeadContext,
): Promise<Bytes> {
  const { suite, id, deviceId, nameHash, generation, createdAt, expiresAt } = head
  const core = pae([
    BACKUP_LABEL,
    suite.name,
    accountId,
    uuidToBytes(id),
    uuidToBytes(userId),
    uuidToBytes(deviceId),
    signer,
    nameHash,
    u64(generation),
    u64(createdAt),
    optional(expiresAt === undefined ? undefined : u64(expiresAt)),
    await backend().sha256(head.encryptedMetadata),
  ])
  return backend().sha256(core)
}

/** §1: what the device signs. */
export function signedBackup(h: Bytes, { content, digest, plaintextBytes }: SignedContent): Bytes {
  const salt = content.subarray(0, SALT_BYTES)
  const commitment = content.subarray(SALT_BYTES, CONTENT_HEAD_BYTES)
  return pae([BACKUP_SIGNATURE_LABEL, h, salt, commitment, digest, u64(plaintextBytes)])
}
