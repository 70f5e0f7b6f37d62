import { type Bytes, isBytes } from '../bytes'
import { SALT_BYTES } from '../constants'
import { layoutOfPlaintext } from '../content/chunks'
import { backend } from '../crypto/current'
import { assertNoMore, copyBytes } from '../encoding/arguments'
import type { JsonObject } from '../encoding/jcs'
import { present } from '../encoding/present'
import { randomUuid } from '../encoding/uuid'
import { toExpiry, toMetadataBytes, toMilliseconds } from '../envelope/arguments'
import type { SignedContent } from '../envelope/header'
import { ZkebError } from '../errors'
import { suiteByName } from '../suites/registry'
import { assertUuid, assertWriter, type BackupWriter } from './account'
import { MAX_NAME_BYTES } from './constants'
import { nameHash } from './hashes'
import { type BackupHead, headDigest, signedBackup } from './head'
import { type MetadataPieces, sealMetadata } from './metadata'
import { toNameBytes } from './name'
import { padmeLength } from './padding'
import { type BackupRow, toRow } from './row'

/** What {@link sealBackup} needs. */
export interface SealBackupOptions {
  /** The account whose device writes. */
  readonly as: BackupWriter
  /** Whose backup it is; UUID. */
  readonly userId: string
  /** 1 to 1024 bytes of UTF-8; normalized to NFC. The server sees a hash of it. */
  readonly name: string
  /** UUID; a random one by default. */
  readonly id?: string
  /**
   * JSON object, encrypted. With name and clock it takes at most about 8000 bytes. In TypeScript a `type`, not an
   * `interface`: those have no index signature.
   */
  readonly metadata?: JsonObject
  /**
   * The writer's version, in bytes as `encodeVersion()` of `@zkeb/core/sync` gives it. Encrypted, and opaque here.
   */
  readonly clock?: Uint8Array
  /** The `digest` of the backup that this one follows, 32 bytes. */
  readonly predecessor?: Uint8Array
  /** From this moment on it does not open. A Date, or Unix milliseconds. */
  readonly expiresAt?: Date | number
  /** Unix milliseconds to take for now, where the clock is not to be asked. */
  readonly now?: number
  /** Default true: zeros behind the content hide its exact size, for at most 12 % more (Padmé, spec/backup.md §4). */
  readonly padding?: boolean
}

/** Arguments that were read and checked; nothing has been computed of them. */
interface BackupPlan extends Pick<BackupHead, 'id' | 'createdAt' | 'expiresAt' | 'layout'> {
  readonly account: BackupWriter
  readonly userId: string
  readonly metadata: Omit<MetadataPieces, 'manifest'>
}

/** A backup whose content is still to be sealed. */
export interface Drafted {
  readonly head: BackupHead
  readonly salt: Bytes
  readonly account: BackupWriter
  readonly userId: string
  /** Of the content without padding. */
  readonly size: number
}

/**
 * Reads every argument once, at once. Throws a TypeError or RangeError that names it, `LIMIT` for too much
 * content.
 */
export function planBackup(
  options: SealBackupOptions,
  { size, maxBytes }: { readonly size: number; readonly maxBytes?: number },
): BackupPlan {
  const { as, userId, name, id, metadata, clock, predecessor, ...others } = options ?? {}
  const { expiresAt, now, padding = true, ...unknown } = others
  assertNoMore(unknown)
  assertWriter(as)
  assertUuid(userId, 'userId')
  if (id !== undefined) assertUuid(id, 'id')
  if (clock !== undefined && !isBytes(clock)) throw new TypeError('clock: bytes')
  if (typeof padding !== 'boolean') throw new TypeError('padding: true or false')
  const createdAt = toMilliseconds(now ?? Date.now(), 'now')
  return present({
    account: as,
    userId,
    id: id ?? randomUuid(),
    createdAt,
    expiresAt: toExpiry(expiresAt, createdAt),
    layout: layoutOfPlaintext(padding ? padmeLength(size) : size, maxBytes),
    metadata: {
      name: toNameBytes(name, 'name', MAX_NAME_BYTES),
      size,
      clock: clock && new Uint8Array(clock),
      predecessor: predecessor && copyBytes(predecessor, 'predecessor'),
      metadata: toMetadataBytes(metadata),
    },
  })
}

/**
 * Everything that comes before the content (§5). Throws `SIGNER_UNKNOWN` for a device whose backups nobody would
 * accept.
 */
export async function draftBackup(plan: BackupPlan): Promise<Drafted> {
  const { account, userId, metadata, ...fields } = plan
  const { generation, deviceId, device, pin, chain } = account
  if (!chain.wasActive(deviceId, generation)) {
    throw new ZkebError('SIGNER_UNKNOWN', 'this device is not active in the account')
  }
  const pieces = { ...metadata, manifest: pin.digest }
  const head: BackupHead = {
    ...fields,
    generation,
    deviceId,
    suite: suiteByName(device.public.suite),
    nameHash: await nameHash(account, metadata.name, generation),
    encryptedMetadata: await sealMetadata(account, { id: fields.id, generation }, pieces),
  }
  const salt = backend().randomBytes(SALT_BYTES)
  return { head, salt, account, userId, size: metadata.size }
}

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
