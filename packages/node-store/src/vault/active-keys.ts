import { fingerprintToHex, type PublicIdentity } from '@zkeb/core'
import type { VaultContext } from './context'
import type { KeyUse } from './key-lock'
import type { KeyPart, SavedKeyIds } from './key-source'
import { type KeyRow, keyError, readKeyRows, trustedIdentity } from './trusted-keys'

/** The identity a service seals and opens with. */
export interface ServiceIdentity {
  readonly service: string
  /** Ids of its two keys, as in `cryptographic_keys.key_id`. */
  readonly keyIds: SavedKeyIds
  readonly public: PublicIdentity
}

/** One of the identity's keys, for the statement that commits its use. */
export function keyUse({ service, keyIds, public: own }: ServiceIdentity, part: KeyPart): KeyUse {
  return { service, part, keyId: keyIds[part], hash: fingerprintToHex(own[part].fingerprint) }
}

/**
 * The active identities of services, in their order; read anew each time, so that a revocation is seen at once.
 *
 * @throws KEY when one has none, when it is not in the key source, or differs from its hash
 */
export async function requireActiveKeys<Services extends readonly [string, ...string[]]>(
  context: VaultContext,
  services: Services,
  signal: AbortSignal | undefined,
): Promise<{ readonly [K in keyof Services]: ServiceIdentity }> {
  const rows = await readKeyRows(context, { services }, signal)
  const found = services.map(async (service) => {
    const active = await activeAmong(context, service, rows)
    if (active !== undefined) return active
    throw keyError(
      `${service} has no active keys`,
      `call vault.keys.ensure('${service}') where its keys may be made, or vault.keys.register`,
    )
  })
  return Promise.all(found) as Promise<{ readonly [K in keyof Services]: ServiceIdentity }>
}

/** The active identity of a service; undefined when it has none. Throws as {@link requireActiveKeys} otherwise. */
export async function findActiveKeys(
  context: VaultContext,
  service: string,
  signal: AbortSignal | undefined,
): Promise<ServiceIdentity | undefined> {
  const rows = await readKeyRows(context, { services: [service] }, signal)
  return activeAmong(context, service, rows)
}

/** The service's newest active encryption key and the signing key of the same identity. */
async function activeAmong(
  context: VaultContext,
  service: string,
  rows: readonly KeyRow[],
): Promise<ServiceIdentity | undefined> {
  const isUsable = (row: KeyRow) =>
    row.service_name === service && row.status === 'active' && !row.expired
  const usable = rows.filter(isUsable)
  const row = usable.find((key) => key.key_type === 'encryption')
  if (row === undefined) return undefined
  const found = await trustedIdentity(context, { service, keyId: row.key_id }, row)
  if (found === undefined) throw notInSource(service, row.key_id)
  const signing = usable.find((key) => key.key_id === found.signing.keyId)
  if (signing === undefined) {
    throw keyError(`${service} has no active signing key`, 'an identity has both keys registered')
  }
  const checked = await trustedIdentity(context, { service, keyId: signing.key_id }, signing)
  if (checked === undefined) throw notInSource(service, signing.key_id)
  return {
    service,
    keyIds: { encryption: row.key_id, signing: signing.key_id },
    public: found,
  }
}

function notInSource(service: string, keyId: string) {
  return keyError(
    `key ${keyId} of ${service} is registered but not in the key source`,
    'give the vault the keys it was set up with, or copy the public keys of that service to it',
  )
}
