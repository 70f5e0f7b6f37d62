import { importPublicIdentity, type PublicIdentity } from '@zkeb/core'
import {
  assertServiceName,
  KEY_PARTS,
  type KeyRef,
  type KeySource,
  MAX_LOCATION,
  type SavedKeyIds,
} from './key-source'

/**
 * What a key management service does, in its own terms: it fits AWS KMS, Google Cloud KMS, Azure Key Vault and PKCS#11 in a few lines
 * each. Key ids are the service's own (an ARN, a resource name), at most 255 characters. What these functions
 * throw is taken for an outage, and becomes `KEY` without its message.
 */
export interface Kms {
  /** The public key of a key pair as SubjectPublicKeyInfo, DER. */
  publicKey(keyId: string): Promise<Uint8Array>
  /**
   * RSA-OAEP with SHA-256 (MGF1 too) and an empty label. Returns the 32 bytes, or undefined where the ciphertext does not
   * open: an error for that would tell strangers which ciphertexts do.
   */
  decrypt(keyId: string, ciphertext: Uint8Array): Promise<Uint8Array | undefined>
  /** RSA-PSS with SHA-256, MGF1-SHA-256 and a salt of 32 bytes, over the message (not its digest). */
  sign(keyId: string, message: Uint8Array): Promise<Uint8Array>
}

/** A service's key pairs in the KMS, newest first: the first one seals, all open. */
export type KmsServices = Readonly<Record<string, readonly SavedKeyIds[]>>

/**
 * Keys that never leave a KMS or HSM. Which key pairs are whose stands in the program's configuration: `services`. Suite `rsa`, whose two operations
 * every KMS has. Public keys are fetched once. Give `createVault` a `storageKey`: a KMS keeps none.
 *
 * @throws TypeError for names, ids or lists that do not fit, or a key that is named twice
 */
export function kmsKeys(kms: Kms, services: KmsServices): KeySource {
  const pairsOf = new Map(Object.entries(services).map(([name, pairs]) => [name, [...pairs]]))
  assertServices(pairsOf)
  const imported = new Map<string, Promise<PublicIdentity>>()

  /** Fetches and imports once; a failure is not kept. */
  const load = (pair: SavedKeyIds): Promise<PublicIdentity> => {
    const known = imported.get(pair.encryption)
    if (known !== undefined) return known
    const loading = Promise.all(KEY_PARTS.map((part) => kms.publicKey(pair[part]))).then(
      ([encryption, signing]) =>
        importPublicIdentity(
          { encryption: encryption as Uint8Array, signing: signing as Uint8Array },
          { keyIds: pair },
        ),
    )
    imported.set(pair.encryption, loading)
    loading.catch(() => imported.delete(pair.encryption))
    return loading
  }
  const find = ({ service, keyId }: KeyRef) =>
    pairsOf.get(service)?.find((pair) => KEY_PARTS.some((part) => pair[part] === keyId))

  return {
    publicIdentity: async (ref) => {
      const pair = find(ref)
      return pair && load(pair)
    },
    decrypter: async (ref) => {
      const keyId = find(ref)?.encryption
      return keyId === undefined ? undefined : { unwrap: (wrapped) => kms.decrypt(keyId, wrapped) }
    },
    signer: async (ref) => {
      const keyId = find(ref)?.signing
      return keyId === undefined ? undefined : { sign: (message) => kms.sign(keyId, message) }
    },
    current: async (service) => {
      const [first] = pairsOf.get(service) ?? []
      return first && load(first)
    },
    location: ({ keyId }) => `kms:${keyId}`.slice(0, MAX_LOCATION),
  }
}

function assertServices(services: ReadonlyMap<string, readonly SavedKeyIds[]>): void {
  const ids: string[] = []
  for (const [service, pairs] of services) {
    assertServiceName(service, 'services')
    for (const pair of pairs) ids.push(pair.encryption, pair.signing)
  }
  if (ids.some((id) => typeof id !== 'string' || id === '' || id.length > MAX_LOCATION)) {
    throw new TypeError(`services: key ids are 1 to ${MAX_LOCATION} characters`)
  }
  if (new Set(ids).size < ids.length) throw new TypeError('services: a key is named twice')
}
