/** Backups made by somebody who has the keys, and breaks the rules. */
import type { Identity } from '@zkeb/core'
import { pae } from '@zkeb/core'
import type { BackupRow, BackupWriter } from '@zkeb/core/backup'
import { headDigest, signedBackup } from '../../packages/core/src/backup/head'
import { readRow } from '../../packages/core/src/backup/row'
import { sealWithSalt } from '../../packages/core/src/content/chunked'

interface Forgery {
  /** Who signs, under the name of the device in the row. */
  readonly by: Identity
  readonly account: BackupWriter
  readonly userId: string
  readonly plaintext: Uint8Array<ArrayBuffer>
  /** Columns of the head that are otherwise. */
  readonly columns?: Partial<BackupRow>
}

/** A row anew: the head of another one, content and signature of one's own. */
export async function forgeRow(row: BackupRow, forgery: Forgery): Promise<BackupRow> {
  const { by, account, userId, plaintext, columns } = forgery
  const sealed = { ...row, ...columns }
  const { accountId } = account
  const signer = by.public.signing.fingerprint
  const salt = crypto.getRandomValues(new Uint8Array(24))
  const chunks = Math.floor(plaintext.length / 16_384) + 1
  const messageBytes = 56 + plaintext.length + 16 * chunks
  const shape = { ciphertext: new Uint8Array(messageBytes - 16), size_bytes: messageBytes }
  const { head } = readRow({ ...sealed, ...shape })
  const h = await headDigest(head, { accountId, userId, signer })
  const inputKey = await account.key('zkeb/ak-backup/v1', head.generation)
  const { message, baseNonce, digest } = await sealWithSalt(
    { inputKey, context: h },
    plaintext,
    salt,
  )
  const toSign = signedBackup(h, { content: message, digest, plaintextBytes: plaintext.length })
  return {
    ...sealed,
    ciphertext: message.slice(0, -16),
    auth_tag: message.slice(-16),
    nonce: baseNonce,
    size_bytes: messageBytes,
    content_digest: digest,
    signature: await by.signer.sign(toSign),
  }
}

/** Every single bit of every column that is bytes turned, one at a time. */
export function* mutateBits(row: BackupRow): Generator<readonly [string, BackupRow]> {
  for (const [name, value] of Object.entries(row)) {
    if (!(value instanceof Uint8Array)) continue
    for (let bit = 0; bit < 8 * value.length; bit++) {
      const changed = Uint8Array.from(value)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      yield [`${name}, bit ${bit}`, { ...row, [name]: changed }]
    }
  }
}

/** Metadata as a device may write them, of any pieces. */
export async function sealPieces(
  account: BackupWriter,
  { id, generation }: { readonly id: string; readonly generation: number },
  pieces: readonly (string | Uint8Array)[],
): Promise<Uint8Array> {
  const { sealContent } = await import('@zkeb/core')
  const inputKey = await account.key('zkeb/ak-metadata/v1', generation)
  const uuid = Uint8Array.from(Buffer.from(id.replaceAll('-', ''), 'hex'))
  const context = pae(['zkeb/backup-meta/v1', account.accountId, uuid])
  return (await sealContent({ inputKey, context }, pae(pieces))).message
}

/** What another device can do: other chunks under the head, salt and key of a row; its signature does not cover them. */
export async function forgeChunks(row: BackupRow, { by, account, userId, plaintext }: Forgery) {
  const { head, contentHead } = readRow(row)
  const { accountId } = account
  const signer = by.public.signing.fingerprint
  const h = await headDigest(head, { accountId, userId, signer })
  const inputKey = await account.key('zkeb/ak-backup/v1', head.generation)
  const key = { inputKey: new Uint8Array(inputKey), context: h }
  const { message } = await sealWithSalt(key, plaintext, contentHead.slice(0, 24))
  return { object: message.slice(56, -16), row: { ...row, auth_tag: message.slice(-16) } }
}
