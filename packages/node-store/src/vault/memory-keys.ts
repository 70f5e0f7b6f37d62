import { randomBytes } from 'node:crypto'
import type { Identity, PublicIdentity } from '@zkeb/core'
import {
  assertServiceName,
  identityName,
  type KeyRef,
  type KeySource,
  keyIdsOf,
  MAX_LOCATION,
  nameInKeyId,
  type SavedKeyIds,
  STORAGE_KEY_BYTES,
} from './key-source'

interface Entry {
  readonly public: PublicIdentity
  readonly identity?: Identity
}

/**
 * Keys in this process's memory: for tests, and for programs that fetch their keys from elsewhere at
 * start and `save` them. They are gone when the process ends, the storage key too, so do not use it over
 * a database that is kept without giving `createVault` a `storageKey`.
 */
export function memoryKeys(): Required<Omit<KeySource, 'current'>> {
  const entries = new Map<string, Entry>()
  const storageKeys = new Map<string, Uint8Array>()

  const find = (ref: KeyRef) => {
    const name = nameInKeyId(ref)
    return name === undefined ? undefined : entries.get(`${ref.service}/${name}`)
  }
  const keep = (service: string, publicIdentity: PublicIdentity, identity?: Identity) => {
    assertServiceName(service, 'service')
    const name = identityName(publicIdentity)
    const ids = keyIdsOf(service, name)
    const known = entries.get(`${service}/${name}`)
    // Saving the public half again must not lose the private one.
    if (identity !== undefined || known === undefined) {
      const labelled = relabel(publicIdentity, ids)
      entries.set(
        `${service}/${name}`,
        identity === undefined ? { public: labelled } : { public: labelled, identity },
      )
    }
    return ids
  }

  return {
    publicIdentity: async (ref) => find(ref)?.public,
    decrypter: async (ref) => find(ref)?.identity?.decrypter,
    signer: async (ref) => find(ref)?.identity?.signer,
    storageKey: async (service) => {
      assertServiceName(service, 'service')
      const key = storageKeys.get(service) ?? new Uint8Array(randomBytes(STORAGE_KEY_BYTES))
      storageKeys.set(service, key)
      return key.slice()
    },
    location: ({ keyId }) => `memory:${keyId}`.slice(0, MAX_LOCATION),
    save: async (service, identity) => keep(service, identity.public, identity),
    savePublic: async (service, identity) => keep(service, identity),
  }
}

/** The same public identity under other key ids. */
function relabel(identity: PublicIdentity, ids: SavedKeyIds): PublicIdentity {
  const { encryption, signing } = identity
  return {
    suite: identity.suite,
    fingerprint: identity.fingerprint,
    // Field by field: a caller's key may be an instance of a class, whose methods a spread would lose.
    encryption: {
      keyId: ids.encryption,
      type: encryption.type,
      encoded: encryption.encoded,
      fingerprint: encryption.fingerprint,
      wrap: (cek, context) => encryption.wrap(cek, context),
    },
    signing: {
      keyId: ids.signing,
      type: signing.type,
      encoded: signing.encoded,
      fingerprint: signing.fingerprint,
      verify: (message, signature) => signing.verify(message, signature),
    },
  }
}
