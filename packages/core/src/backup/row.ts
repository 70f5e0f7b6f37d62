import { type Bytes, concatBytes, isBytes } from '../bytes'
import {
  CONTENT_HEAD_BYTES,
  DIGEST_BYTES,
  MAX_PLAINTEXT_BYTES,
  MAX_STREAM_BYTES,
  NONCE_BYTES,
  SALT_BYTES,
  TAG_BYTES,
} from '../constants'
import { layoutOfMessage } from '../content/chunks'
import { isPlainObject } from '../encoding/jcs'
import { present } from '../encoding/present'
import { bytes, text, uuid } from '../envelope/envelope'
import { fromTime, toTime } from '../envelope/json'
import { orAbsent, toColumnTime } from '../envelope/row'
import { malformed, tooLarge, ZkebError } from '../errors'
import { suiteByName } from '../suites/registry'
import type { Bounds } from '../suites/suite'
import { MAX_ENCRYPTED_METADATA_BYTES, MAX_GENERATION, MIN_MESSAGE_BYTES } from './constants'
import type { BackupHead } from './head'

/**
 * The columns of table `encrypted_backups` that say what a backup is (spec/backup.md §2). Times are text, as in
 * the rows of envelopes. Nothing in it is to be believed before it was opened or verified.
 */
export interface BackupRow {
  /** UUID, lower case. */
  readonly id: string
  /** The device that wrote it. */
  readonly device_id: string
  /** 32 bytes: see `backupNameHashes`. */
  readonly backup_name_hash: Uint8Array
  /** The message without its last 16 bytes; with an object, its first 56 bytes. */
  readonly ciphertext: Uint8Array
  /** The GCM nonce of the first chunk, 12 bytes. */
  readonly nonce: Uint8Array
  /** The GCM tag of the last chunk, 16 bytes. */
  readonly auth_tag: Uint8Array
  /** The device's: 64 bytes (x25519), 3373 (pq), those of the modulus (rsa). */
  readonly signature: Uint8Array
  /** The suite of the device: `rsa`, `x25519` or `pq`. */
  readonly crypto_suite: string
  /** Which account key its keys follow from. */
  readonly key_generation: number
  /** What is stored of the content, in bytes: ciphertext, object and auth_tag together. */
  readonly size_bytes: number
  /** SHA-256 over the SHA-256 of every chunk, 32 bytes. */
  readonly content_digest: Uint8Array
  /** Where the object is: the program's own, not authenticated. Written as null. */
  readonly object_ref: string | null
  /** 72 to 8192 bytes. */
  readonly encrypted_metadata: Uint8Array
  /** ISO 8601, UTC, milliseconds; six digits as PostgreSQL writes them are taken where the last three are zero. */
  readonly created_at: string
  readonly expires_at: string | null
}

/** What of a row is fixed before its content, and the salt: all that it takes to go on with an upload. */
export interface BackupDraft
  extends Pick<
    BackupRow,
    | 'id'
    | 'device_id'
    | 'backup_name_hash'
    | 'crypto_suite'
    | 'key_generation'
    | 'size_bytes'
    | 'encrypted_metadata'
    | 'created_at'
    | 'expires_at'
  > {
  /** 24 bytes. */
  readonly salt: Uint8Array
}

/** A row whose every column has been read once, copied, and found well-formed. */
export interface CheckedRow {
  readonly head: BackupHead
  /** salt ‖ commitment. */
  readonly contentHead: Bytes
  /** The whole message; absent where the chunks are in an object. */
  readonly message?: Bytes
  readonly tag: Bytes
  readonly nonce: Bytes
  readonly digest: Bytes
  readonly signature: Bytes
}

/** Throws `FORMAT`, `TRUNCATED`, `LIMIT` or `SUITE_NOT_ALLOWED`. */
export function readRow(value: BackupRow): CheckedRow {
  if (!isPlainObject(value)) throw malformed('the row')
  const row = { ...(value as unknown as BackupRow) }
  const head = readHead(row)
  const { ciphertext } = row
  const { messageBytes, plaintextBytes } = head.layout
  if (!isBytes(ciphertext)) throw noBytes('ciphertext')
  const whole = ciphertext.length === messageBytes - TAG_BYTES
  if (!whole && ciphertext.length !== CONTENT_HEAD_BYTES) throw malformed('ciphertext')
  if (whole && plaintextBytes > MAX_PLAINTEXT_BYTES) throw tooLarge('the content')
  const tag = column(row.auth_tag, 'auth_tag', exactly(TAG_BYTES))
  const message = concatBytes(ciphertext, tag)
  return present({
    head,
    contentHead: message.subarray(0, CONTENT_HEAD_BYTES),
    message: whole ? message : undefined,
    tag,
    nonce: column(row.nonce, 'nonce', exactly(NONCE_BYTES)),
    digest: column(row.content_digest, 'content_digest', exactly(DIGEST_BYTES)),
    signature: column(row.signature, 'signature', head.suite.signatureBytes),
  })
}

/** What a draft says. Throws as {@link readRow}, and `FORMAT` for a salt that is none. */
export function readDraft(value: BackupDraft): { readonly head: BackupHead; readonly salt: Bytes } {
  if (!isPlainObject(value)) throw malformed('the draft')
  const draft = { ...(value as unknown as BackupDraft) }
  return { head: readHead(draft), salt: column(draft.salt, 'salt', exactly(SALT_BYTES)) }
}

/** The columns of a head, and the salt. */
export function toDraft(head: BackupHead, salt: Bytes): BackupDraft {
  const { id, deviceId, nameHash, suite, generation, layout, createdAt, expiresAt } = head
  return {
    id,
    device_id: deviceId,
    backup_name_hash: nameHash,
    crypto_suite: suite.name,
    key_generation: generation,
    size_bytes: layout.messageBytes,
    encrypted_metadata: head.encryptedMetadata,
    created_at: toTime(createdAt),
    expires_at: expiresAt === undefined ? null : toTime(expiresAt),
    salt,
  }
}

/** What is known when the content has ended. */
type RowEnd = Pick<BackupRow, 'ciphertext' | 'nonce' | 'auth_tag' | 'signature' | 'content_digest'>

/** A row of copies: what somebody does to it changes nothing of ours. */
export function toRow(head: BackupHead, end: RowEnd): BackupRow {
  const { salt: _, ...columns } = toDraft(head, new Uint8Array(0))
  return { ...columns, ...end, object_ref: null }
}

function readHead(row: Omit<BackupDraft, 'salt'>): BackupHead {
  const { size_bytes: messageBytes, key_generation: generation, encrypted_metadata } = row
  if (!Number.isSafeInteger(messageBytes)) throw malformed('size_bytes')
  const isGeneration = Number.isInteger(generation) && generation >= 0
  if (!isGeneration || generation > MAX_GENERATION) throw malformed('key_generation')
  if (isBytes(encrypted_metadata) && encrypted_metadata.length > MAX_ENCRYPTED_METADATA_BYTES) {
    throw tooLarge('encrypted_metadata')
  }
  const expires = toColumnTime(orAbsent(row.expires_at))
  const createdAt = fromTime(toColumnTime(row.created_at), 'created_at')
  const expiresAt = expires === undefined ? undefined : fromTime(expires, 'expires_at')
  if (expiresAt !== undefined && expiresAt <= createdAt) throw malformed('expires_at')
  return present({
    id: uuid(row.id, 'id'),
    deviceId: uuid(row.device_id, 'device_id'),
    nameHash: column(row.backup_name_hash, 'backup_name_hash', exactly(DIGEST_BYTES)),
    suite: suiteByName(text(row.crypto_suite, 'crypto_suite')),
    generation,
    createdAt,
    expiresAt,
    encryptedMetadata: column(encrypted_metadata, 'encrypted_metadata', {
      min: MIN_MESSAGE_BYTES,
      max: MAX_ENCRYPTED_METADATA_BYTES,
    }),
    layout: layoutOfMessage(messageBytes, MAX_STREAM_BYTES),
  })
}

/** Of the ones that are none, most went through JSON. */
function column(value: unknown, name: string, bounds: Bounds): Bytes {
  if (isBytes(value)) return bytes(value, name, bounds)
  throw noBytes(name)
}

function noBytes(name: string): ZkebError {
  return new ZkebError('FORMAT', malformed(name).message, {
    hint: 'bytes are Uint8Array; JSON does not keep them',
  })
}

function exactly(length: number): Bounds {
  return { min: length, max: length }
}
