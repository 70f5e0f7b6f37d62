import type { DeviceState } from '../account/entries'
import { type Bytes, equalBytes, toHex } from '../bytes'
import { contentDigest } from '../content/chunked'
import { backend } from '../crypto/current'
import { assertNoMore } from '../encoding/arguments'
import { present } from '../encoding/present'
import { toMilliseconds } from '../envelope/arguments'
import { malformed, ZkebError } from '../errors'
import { assertAccount, assertUuid, type BackupReader } from './account'
import { MAX_NAME_BYTES } from './constants'
import { nameHash } from './hashes'
import { type BackupHead, headDigest, signedBackup } from './head'
import { type BackupMetadata, openMetadata } from './metadata'
import { toNameBytes } from './name'
import { assertPadded } from './padding'
import { type BackupRow, type CheckedRow, readRow } from './row'

/** What {@link verifyBackup} needs. */
export interface VerifyBackupOptions {
  /** The account, its chain freshly read from the server. */
  readonly as: BackupReader
  /** Whose backup it is: the id of the user whose rows are read, never one from the row. */
  readonly userId: string
  /** Unix milliseconds to take for now, where the clock is not to be asked. */
  readonly now?: number
}

/**
 * What is proven of a backup. Compare `id` and `name` with what was asked for: a server may send another one of
 * the same user.
 */
export interface VerifiedBackup extends BackupMetadata {
  readonly id: string
  readonly createdAt: Date
  readonly expiresAt?: Date
  readonly generation: number
  /** Who wrote it, and what the newest manifest says of that device. */
  readonly device: { readonly id: string; readonly state: DeviceState }
  /** SHA-256 of what the device signed, 32 bytes: for the successor's `predecessor`, and for revocation lists. */
  readonly digest: Uint8Array
}

/**
 * Verifies a backup without reading its content (spec/backup.md §7, steps 1 to 5), so that lists can show names;
 * of a row that has its content with it, that the content is the signed one, too. Throws a TypeError or RangeError
 * for misuse; `FORMAT`, `TRUNCATED`, `LIMIT`, `SUITE_NOT_ALLOWED`; `SIGNER_UNKNOWN` for a device that may not
 * write it; `SIGNATURE`, also for another user or account; `EXPIRED`; `OPEN`, `VERSION`; and `FORK` where its
 * writer knew a manifest that the account's chain does not have.
 */
export async function verifyBackup(
  row: BackupRow,
  options: VerifyBackupOptions,
): Promise<VerifiedBackup> {
  assertVerifyOptions(options)
  return (await authenticate(readRow(row), options)).verified
}

/** Throws a TypeError or RangeError that names the argument. */
export function assertVerifyOptions(options: VerifyBackupOptions): void {
  const { as, userId, now, ...unknown } = options ?? {}
  assertNoMore(unknown)
  assertAccount(as)
  assertUuid(userId, 'userId')
  toMilliseconds(now ?? 0, 'now')
}

/** The same for a row that has been read; also gives what the content is bound to. */
export async function authenticate(
  row: CheckedRow,
  { as: account, userId, now = Date.now() }: VerifyBackupOptions,
): Promise<{ readonly verified: VerifiedBackup; readonly h: Bytes }> {
  const { head } = row
  const { identity, state } = knownDevice(account, head)
  const signer = identity.signing.fingerprint
  const h = await headDigest(head, { accountId: account.accountId, userId, signer })
  const { plaintextBytes } = head.layout
  const message = signedBackup(h, { content: row.contentHead, digest: row.digest, plaintextBytes })
  const digest = await backend().sha256(message)
  if (state === 'revoked') assertListed(account, head, digest)

  const genuine =
    identity.suite === head.suite.name &&
    (await identity.signing.verify(message, row.signature)) &&
    (!row.message || equalBytes(await contentDigest(row.message), row.digest))
  if (!genuine) {
    throw new ZkebError('SIGNATURE', 'wrong account, wrong user, or altered')
  }
  const { id, deviceId, generation, createdAt, expiresAt } = head
  if (expiresAt !== undefined && now >= expiresAt) {
    throw new ZkebError('EXPIRED', `expired at ${new Date(expiresAt).toISOString()}`)
  }
  const metadata = await provenMetadata(account, head)
  const verified = present({
    ...metadata,
    id,
    createdAt: new Date(createdAt),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    generation,
    device: { id: deviceId, state },
    digest,
  })
  return { verified, h }
}

/** §7, step 2. */
function knownDevice({ chain }: BackupReader, { deviceId, generation }: BackupHead) {
  const device = chain.device(deviceId)
  const identity = chain.identity(deviceId)
  if (device && identity && chain.wasActive(deviceId, generation)) {
    return { state: device.state, identity }
  }
  throw signerUnknown(
    'the device was not active in that generation',
    'refresh the account; if that does not help, this is another account’s backup',
  )
}

/**
 * Of a device that was revoked, what was accepted before is listed, and nothing else counts, whatever time it
 * claims.
 */
function assertListed(account: BackupReader, { id, deviceId }: BackupHead, digest: Bytes): void {
  const list = account.revocationList(deviceId)
  if (list?.includes({ id, digest })) return
  const hint = list
    ? 'whoever revoked the device did not list this backup as accepted; refreshing does not help'
    : 'the list of what is accepted of it is missing, or was altered: refresh the account'
  throw signerUnknown('the device was revoked, and this backup is not on its list', hint)
}

function signerUnknown(message: string, hint: string): ZkebError {
  return new ZkebError('SIGNER_UNKNOWN', message, { hint })
}

/** §7, step 5. */
async function provenMetadata(account: BackupReader, head: BackupHead): Promise<BackupMetadata> {
  const { generation, layout } = head
  const metadata = await openMetadata(account, head, head.encryptedMetadata)
  const { name, size, manifest } = metadata
  const hash = await nameHash(account, toNameBytes(name, 'name', MAX_NAME_BYTES), generation)
  if (!equalBytes(hash, head.nameHash)) throw malformed('the hash of the name')
  assertPadded(layout.plaintextBytes, size)
  if (account.chain.has(manifest)) return metadata
  throw new ZkebError('FORK', `its writer knew manifest ${toHex(manifest)}, which is not here`, {
    hint: 'refresh the account; if that does not help, the server shows different chains: tell the user',
  })
}
