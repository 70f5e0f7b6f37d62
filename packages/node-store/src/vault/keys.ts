import { fingerprintToHex, generateIdentity, type PublicIdentity } from '@zkeb/core'
import { sql, type Transaction } from 'kysely'
import type { CallOptions } from '../db/call'
import type { Database } from '../db/schema'
import { transactCertainly } from '../db/transact'
import { findActiveKeys, requireActiveKeys, type ServiceIdentity } from './active-keys'
import { toExpiry } from './arguments'
import type { VaultContext } from './context'
import { insertKeys, type KeepIdentity, lockService } from './insert-keys'
import { assertServiceName, KEY_PARTS, type KeyPart } from './key-source'
import { assertOptions } from './options'
import { askSource, keyError, readKeyRows } from './trusted-keys'

export interface RegisterKeysOptions extends CallOptions {
  /**
   * Seconds until the keys no longer seal; what was sealed to them opens ever after. Counted from registration; default:
   * never.
   */
  readonly expiresInSeconds?: number
}

export interface EnsureKeysOptions extends RegisterKeysOptions {
  /** Bits of the RSA keys if they have to be made; default 4096 (takes a second or more). */
  readonly modulusLength?: 2048 | 3072 | 4096
}

const REGISTER_OPTIONS = [
  'expiresInSeconds',
  'signal',
] as const satisfies readonly (keyof RegisterKeysOptions)[]
const ENSURE_OPTIONS = [
  'modulusLength',
  ...REGISTER_OPTIONS,
] as const satisfies readonly (keyof EnsureKeysOptions)[]

/**
 * The active identity of a service. Where there is none: the key source's current one, or a new one that the source
 * keeps, is registered. Two at once register one.
 *
 * @throws KEY when the registered identity is not in the key source, or differs from its hash
 */
export async function ensureKeys(
  context: VaultContext,
  service: string,
  options: EnsureKeysOptions = {},
): Promise<ServiceIdentity> {
  assertServiceName(service, 'service')
  assertOptions(options, ENSURE_OPTIONS)
  const { signal, modulusLength = 4096 } = options
  const expiresAt = toExpiry(options.expiresInSeconds, Date.now())
  const active = await findActiveKeys(context, service, signal)
  if (active !== undefined) return active
  const made = await makeIdentity(context, service, { modulusLength })
  signal?.throwIfAborted()
  await insertOnce(context, service, { ...made, expiresAt, signal })
  const [ensured] = await requireActiveKeys(context, [service], signal)
  return ensured
}

/**
 * Registers keys that were made elsewhere, or learns the public keys of a service that registered itself in this
 * database already; the key source keeps them if it can. Whoever calls this trusts `identity` to be `service`: get
 * it over a channel you trust.
 *
 * @throws KEY when the service has another active identity, or the source does not know these keys
 */
export async function registerKeys(
  context: VaultContext,
  service: string,
  identity: PublicIdentity,
  options: RegisterKeysOptions = {},
): Promise<ServiceIdentity> {
  assertServiceName(service, 'service')
  assertOptions(options, REGISTER_OPTIONS)
  const { signal } = options
  const expiresAt = toExpiry(options.expiresInSeconds, Date.now())
  const hash = (of: PublicIdentity, part: KeyPart) => fingerprintToHex(of[part].fingerprint)
  const rows = await readKeyRows(context, { services: [service] }, signal)
  // Rotated ones as well: what they signed or were sent is still opened.
  const isRegistered = (part: KeyPart) =>
    rows.some((row) => row.status !== 'revoked' && row.public_key_hash === hash(identity, part))
  if (KEY_PARTS.every(isRegistered)) {
    await askSource(async () => context.keys.savePublic?.(service, identity))
  }
  await insertOnce(context, service, {
    ...keepPublic(context, service, identity),
    expiresAt,
    signal,
  })
  const [active] = await requireActiveKeys(context, [service], signal)
  if (KEY_PARTS.some((part) => hash(active.public, part) !== hash(identity, part))) {
    throw keyError(`${service} has another active identity`, 'vault.keys.rotate replaces it')
  }
  return active
}

/**
 * An identity to register: the source's current one, or a new one of the same suite as `like`. Made before any lock is taken:
 * it may take seconds.
 *
 * @throws KEY when the source neither has nor keeps one
 */
export async function makeIdentity(
  context: VaultContext,
  service: string,
  { modulusLength, like }: { modulusLength: 2048 | 3072 | 4096; like?: PublicIdentity },
): Promise<KeepIdentity> {
  const current = await askSource(async () => context.keys.current?.(service))
  if (current !== undefined) return keepPublic(context, service, current)
  const save = context.keys.save?.bind(context.keys)
  if (save === undefined) {
    throw keyError(
      `the key source has no keys of ${service} and cannot keep new ones`,
      'register the keys of the service with vault.keys.register, or give them to the source',
    )
  }
  const suite = like?.suite ?? 'rsa'
  const identity = await generateIdentity({
    suite,
    extractable: true,
    ...(suite === 'rsa' && { modulusLength }),
  })
  return { identity: identity.public, keep: () => save(service, identity) }
}

/** Public keys from elsewhere: the source keeps them, or else they have key ids already. */
export function keepPublic(
  context: VaultContext,
  service: string,
  identity: PublicIdentity,
): KeepIdentity {
  const keep = async () => {
    const savePublic = context.keys.savePublic?.bind(context.keys)
    if (savePublic !== undefined) return savePublic(service, identity)
    const encryption = identity.encryption.keyId
    const signing = identity.signing.keyId
    if (encryption !== undefined && signing !== undefined) return { encryption, signing }
    throw keyError('the identity has no key ids', 'give `keyIds` when it is imported')
  }
  return { identity, keep }
}

/** Registers the identity unless the service has an active one by now. */
function insertOnce(
  context: VaultContext,
  service: string,
  insertion: KeepIdentity & CallOptions & { readonly expiresAt: number | undefined },
): Promise<void> {
  const { signal, ...kept } = insertion
  const hasActive = async (trx: Transaction<Database>) => {
    await lockService(trx, context, service)
    const active = await trx
      .selectFrom('cryptographic_keys')
      .select('key_id')
      .where('service_name', '=', service)
      .where('status', '=', 'active')
      .where('key_type', '=', 'encryption')
      .where(sql<boolean>`(expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP)`)
      .execute()
    return active.length > 0
  }
  return transactCertainly({
    db: context.db,
    signal,
    work: async (trx) => {
      if (!(await hasActive(trx))) await insertKeys(trx, context, { service, ...kept })
    },
    // Whoever registered them: the caller reads which they are.
    wasCommitted: hasActive,
  })
}
