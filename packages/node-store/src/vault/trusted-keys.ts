import {
  type Decrypter,
  fingerprintToHex,
  isZkebError,
  type PublicIdentity,
  type Signer,
  ZkebError,
} from '@zkeb/core'
import { sql } from 'kysely'
import { inDatabase } from '../db/call'
import type { Database, KeyStatus } from '../db/schema'
import { table, type VaultContext } from './context'
import type { KeyPart, KeyRef } from './key-source'

/** A row of `cryptographic_keys`, as far as trust depends on it. */
export interface KeyRow {
  readonly id: string
  readonly key_id: string
  readonly key_type: KeyPart
  readonly service_name: string
  readonly status: KeyStatus
  readonly public_key_hash: string | null
  readonly expired: boolean
}

/** The usage that belongs to a part: one seals *to* an encryption key, one signs *as* a sender. */
export const USAGE = {
  encryption: 'receiver',
  signing: 'sender',
} as const satisfies Record<KeyPart, Database['cryptographic_keys']['key_usage']>

/** Which rows of `cryptographic_keys`. */
type KeyQuery = { readonly keyIds: readonly string[] } | { readonly services: readonly string[] }

/** The rows of these key ids, whichever service they claim, or of these services; newest first. */
export function readKeyRows(
  context: VaultContext,
  query: KeyQuery,
  signal: AbortSignal | undefined,
): Promise<readonly KeyRow[]> {
  return inDatabase(signal, async () => {
    const [column, values] =
      'services' in query ? ['service_name', query.services] : ['key_id', query.keyIds]
    // As JSON: the two drivers write text arrays differently.
    const { rows } = await sql<KeyRow>`
      SELECT id::text AS id, key_id, key_type, service_name, status, public_key_hash,
        expires_at IS NOT NULL AND expires_at <= CURRENT_TIMESTAMP AS expired
      FROM ${table(context, 'cryptographic_keys')} WHERE ${sql.ref(column)} IN (
        SELECT jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb))
      ORDER BY created_at DESC, id`.execute(context.db)
    return rows
  })
}

/**
 * The identity that `row` stands for, if the key source knows it as the service's own. The database only
 * says which keys are in use; it cannot make one trusted.
 *
 * @throws KEY when the key differs from the hash in its row
 */
export async function trustedIdentity(
  context: VaultContext,
  ref: KeyRef,
  row: KeyRow,
): Promise<PublicIdentity | undefined> {
  if (row.key_id !== ref.keyId || row.service_name !== ref.service) return undefined
  const identity = await askSource(() => context.keys.publicIdentity(ref))
  const key = identity?.[row.key_type]
  if (identity === undefined || key?.keyId !== ref.keyId) return undefined
  // The hash in the row is the key's fingerprint: SHA-256 of its SPKI.
  if (fingerprintToHex(key.fingerprint) !== row.public_key_hash) {
    throw keyError(
      `key ${ref.keyId} differs from its public_key_hash`,
      'the row or the key file was exchanged; find out which before going on',
    )
  }
  return identity
}

/** What signs with the key. Throws KEY when this process may not use it, and when using it fails. */
export async function signerOf(context: VaultContext, ref: KeyRef): Promise<Signer> {
  const signer = await askSource(async () => context.keys.signer?.(ref))
  if (signer !== undefined) return { sign: (message) => askSource(() => signer.sign(message)) }
  throw noPrivateKey(ref)
}

/** What opens with the key. Throws KEY when this process may not use it, and when using it fails. */
export async function decrypterOf(context: VaultContext, ref: KeyRef): Promise<Decrypter> {
  const decrypter = await askSource(async () => context.keys.decrypter?.(ref))
  if (decrypter !== undefined) {
    return { unwrap: (wrapped, place) => askSource(() => decrypter.unwrap(wrapped, place)) }
  }
  throw noPrivateKey(ref)
}

/**
 * Asks the key source and turns what it throws (a file system's or a KMS's error) into KEY, so that it
 * is not taken for the database's.
 */
export async function askSource<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (isZkebError(error) || error instanceof TypeError) throw error
    const code: unknown = (error as { code?: unknown } | null)?.code
    const known = typeof code === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(code) ? ` (${code})` : ''
    throw keyError(`the key source failed${known}`, 'check that this process may use its keys')
  }
}

export function keyError(message: string, hint: string): ZkebError {
  return new ZkebError('KEY', message, { hint })
}

function noPrivateKey({ service, keyId }: KeyRef): ZkebError {
  return keyError(
    `the key source holds no private key ${keyId}`,
    `this process cannot act as ${service}; run it where that service's keys are`,
  )
}
