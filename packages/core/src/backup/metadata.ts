import { METADATA_KEY } from '../account/constants'
import { type Bytes, equalBytes, fromUtf8, u64, uuidToBytes, wipe } from '../bytes'
import { openContent, sealContent } from '../content/chunked'
import { encodeJcs, isPlainObject, type JsonObject } from '../encoding/jcs'
import { optional, pae } from '../encoding/pae'
import { PaeReader } from '../encoding/pae-reader'
import { present } from '../encoding/present'
import { malformed } from '../errors'
import { type BackupReader, withKey } from './account'
import {
  BACKUP_META_LABEL,
  MAX_ENCRYPTED_METADATA_BYTES,
  MAX_NAME_BYTES,
  MIN_MESSAGE_BYTES,
} from './constants'
import { readName } from './name'

/** What a backup says of itself to those who can open it (spec/backup.md §3). */
export interface BackupMetadata {
  readonly name: string
  /** Of the content without padding, in bytes. */
  readonly size: number
  /** The writer's clock: the bytes of one version of sync.md. */
  readonly clock?: Uint8Array
  /** The digest of the backup that this one follows, 32 bytes. */
  readonly predecessor?: Uint8Array
  /** The digest of the newest manifest that the writer knew, 32 bytes. */
  readonly manifest: Uint8Array
  /** The program's own. */
  readonly metadata?: JsonObject
}

/** The same, checked, and ready to be sealed. */
export interface MetadataPieces {
  readonly name: Bytes
  readonly size: number
  readonly clock: Uint8Array | undefined
  readonly predecessor: Uint8Array | undefined
  readonly manifest: Uint8Array
  /** JCS bytes. */
  readonly metadata: Bytes | undefined
}

/** Which backup it belongs to. */
interface Place {
  readonly id: string
  readonly generation: number
}

const WHAT = 'the metadata of a backup'

/** §3, at most 8192 bytes. Throws a RangeError that names `metadata` where it would be more. */
export async function sealMetadata(
  account: BackupReader,
  { id, generation }: Place,
  pieces: MetadataPieces,
): Promise<Bytes> {
  const { name, size, clock, predecessor, manifest, metadata } = pieces
  const plaintext = pae([
    BACKUP_META_LABEL,
    name,
    u64(size),
    optional(clock),
    optional(predecessor),
    manifest,
    optional(metadata),
  ])
  if (plaintext.length > MAX_ENCRYPTED_METADATA_BYTES - MIN_MESSAGE_BYTES) {
    throw new RangeError(`metadata: with name and clock at most ${MAX_ENCRYPTED_METADATA_BYTES} B`)
  }
  const context = contextOf(account, id)
  try {
    return await withKey(
      account,
      { label: METADATA_KEY, generation },
      async (inputKey) => (await sealContent({ inputKey, context }, plaintext)).message,
    )
  } finally {
    wipe(plaintext)
  }
}

/** Throws `OPEN`, `VERSION` or `FORMAT`. */
export async function openMetadata(
  account: BackupReader,
  { id, generation }: Place,
  sealed: Bytes,
): Promise<BackupMetadata> {
  const context = contextOf(account, id)
  const plaintext = await withKey(account, { label: METADATA_KEY, generation }, (inputKey) =>
    openContent({ inputKey, context }, sealed),
  )
  try {
    return readMetadata(plaintext)
  } finally {
    wipe(plaintext)
  }
}

function readMetadata(plaintext: Bytes): BackupMetadata {
  const reader = new PaeReader(plaintext, { what: WHAT, label: BACKUP_META_LABEL, pieces: 6 })
  return present({
    name: readName(reader.bytes(), MAX_NAME_BYTES),
    size: reader.integer(),
    clock: reader.optional(),
    predecessor: reader.optionalDigest(),
    manifest: reader.digest(),
    metadata: readJson(reader.optional()),
  })
}

/** Exactly the JCS bytes of an object. */
function readJson(jcs: Bytes | undefined): JsonObject | undefined {
  if (!jcs) return undefined
  try {
    const value: unknown = JSON.parse(fromUtf8(jcs))
    if (isPlainObject(value) && equalBytes(encodeJcs(value, 'metadata', jcs.length), jcs)) {
      return value as JsonObject
    }
  } catch {
    // What the engine says of it may quote it.
  }
  throw malformed(WHAT)
}

function contextOf({ accountId }: BackupReader, id: string): Bytes {
  return pae([BACKUP_META_LABEL, accountId, uuidToBytes(id)])
}
