import { sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import { storeError } from '../db/errors'
import { type KeyStatus, utcText } from '../db/schema'
import { assertName, assertOneOf, equals } from './arguments'
import { CACHED_MS, hasShape, readCached, type Shape, ttlColumn } from './cached'
import { table, type VaultContext } from './context'
import { CACHE_KEYS } from './fencing'
import { KEY_PARTS, type KeyPart } from './key-source'
import { assertOptions } from './options'
import { PAGE_OPTIONS, type Page, type PageOptions, readPage } from './page'

/** A row of `cryptographic_keys`: what the database says of a key. Whose it is, only the key source says. */
export interface KeyInfo {
  /** UUID of the row: `resourceId` of the key's audit entries. */
  readonly id: string
  readonly keyId: string
  readonly service: string
  readonly type: KeyPart
  /** Such as `RSA-4096`. */
  readonly algorithm: string
  readonly usage: 'sender' | 'receiver'
  readonly location: string
  /** Lower-case hex SHA-256 of the public key. */
  readonly publicKeyHash?: string
  /** `active` seals and opens, `rotated` only opens, `revoked` does neither. */
  readonly status: KeyStatus
  readonly createdAt: Date
  readonly rotatedAt?: Date
  /** From then on the key does not seal. */
  readonly expiresAt?: Date
}

/** Which keys; each filter has an index, and all given ones must hold. */
export interface KeyListOptions extends PageOptions {
  readonly keyId?: string
  readonly service?: string
  readonly status?: KeyStatus
  /** The encryption keys, or the signing keys. */
  readonly type?: KeyPart
}

const OPTIONS = [
  'keyId',
  'service',
  'status',
  'type',
  ...PAGE_OPTIONS,
] as const satisfies readonly (keyof KeyListOptions)[]
const STATES = ['active', 'rotated', 'revoked'] as const satisfies readonly KeyStatus[]

/** The newest registered keys. */
export async function listKeys(
  context: VaultContext,
  options: KeyListOptions = {},
): Promise<Page<KeyInfo>> {
  assertOptions(options, OPTIONS)
  const { keyId, service, status, type } = options
  assertName(keyId, 'keyId')
  assertName(service, 'service')
  assertOneOf(status, STATES, 'status')
  assertOneOf(type, KEY_PARTS, 'type')
  return readPage<KeyInfoRow, KeyInfo>(
    context,
    {
      from: 'cryptographic_keys',
      columns: COLUMNS,
      where: [
        ...equals('key_id', keyId),
        ...equals('service_name', service),
        ...equals('status', status),
        ...equals('key_type', type),
      ],
      newestBy: 'created_at',
      toItem,
    },
    options,
  )
}

/**
 * What the database says of one key. Nothing is decided by it: what seals and opens looks at the row itself.
 *
 * @throws NOT_FOUND when no key has this id
 */
export async function getKey(
  context: VaultContext,
  keyId: string,
  options: CallOptions = {},
): Promise<KeyInfo> {
  assertName(keyId, 'keyId')
  if (keyId === undefined) throw new TypeError('keyId must be the id of a key')
  assertOptions(options, ['signal'])
  const load = async () => {
    const { rows } = await sql<KeyInfoRow & { readonly ttl_ms: number }>`
      SELECT id::text AS id, ${COLUMNS}, ${ttlColumn(CACHED_MS.key)}
      FROM ${table(context, 'cryptographic_keys')} WHERE key_id = ${keyId}`.execute(context.db)
    if (rows[0] === undefined) throw storeError('NOT_FOUND', 'no key has this id')
    const { ttl_ms: ttlMs, ...value } = rows[0]
    return { value, ttlMs }
  }
  const accept = (cached: unknown) =>
    hasShape(cached, SHAPE) && cached.key_id === keyId ? cached : undefined
  const key = CACHE_KEYS.key(keyId)
  return inDatabase(options.signal, async () =>
    toItem(await readCached<KeyInfoRow>(context, { key, load, accept })),
  )
}

const COLUMNS = sql`key_id, service_name, key_type, key_algorithm, key_usage, key_storage_location,
  public_key_hash, status, ${utcText('created_at')} AS created_at,
  ${utcText('rotated_at')} AS rotated_at, ${utcText('expires_at')} AS expires_at`

interface KeyInfoRow {
  readonly id: string
  readonly key_id: string
  readonly service_name: string
  readonly key_type: KeyPart
  readonly key_algorithm: string
  readonly key_usage: KeyInfo['usage']
  readonly key_storage_location: string
  readonly public_key_hash: string | null
  readonly status: KeyStatus
  readonly created_at: string
  readonly rotated_at: string | null
  readonly expires_at: string | null
}

const SHAPE: Shape<KeyInfoRow> = {
  id: 'text',
  key_id: 'text',
  service_name: 'text',
  key_type: 'text',
  key_algorithm: 'text',
  key_usage: 'text',
  key_storage_location: 'text',
  public_key_hash: 'text?',
  status: 'text',
  created_at: 'time',
  rotated_at: 'time?',
  expires_at: 'time?',
}

function toItem(row: KeyInfoRow): KeyInfo {
  return {
    id: row.id,
    keyId: row.key_id,
    service: row.service_name,
    type: row.key_type,
    algorithm: row.key_algorithm,
    usage: row.key_usage,
    location: row.key_storage_location,
    ...(row.public_key_hash !== null && { publicKeyHash: row.public_key_hash }),
    status: row.status,
    createdAt: new Date(row.created_at),
    ...(row.rotated_at !== null && { rotatedAt: new Date(row.rotated_at) }),
    ...(row.expires_at !== null && { expiresAt: new Date(row.expires_at) }),
  }
}
