import {
  type Decrypter,
  fingerprintToHex,
  type Identity,
  type PublicIdentity,
  type Signer,
} from '@zkeb/core'

/** A key as the database names it, within the service it is trusted for. */
export interface KeyRef {
  readonly service: string
  readonly keyId: string
}

/** The two keys of an identity. */
export const KEY_PARTS = ['encryption', 'signing'] as const

/** Which of an identity's two keys. */
export type KeyPart = (typeof KEY_PARTS)[number]

/** Ids of the two keys of a saved identity. */
export type SavedKeyIds = Readonly<Record<KeyPart, string>>

/**
 * Where keys are. The database holds only their ids, hashes and locations; **which key belongs to which
 * service is for this source alone to say**, so that nobody who edits `cryptographic_keys` can make one
 * service's key count as another's. A source must therefore answer undefined when the key is not one of
 * `ref.service`, whatever the id looks like. A KMS or HSM fits behind it.
 */
export interface KeySource {
  /** The identity that contains the key, labelled with its key ids; undefined when unknown. */
  publicIdentity(ref: KeyRef): Promise<PublicIdentity | undefined>
  /** What opens envelopes to the key; undefined when this process may not use it. */
  decrypter?(ref: KeyRef): Promise<Decrypter | undefined>
  /** What signs with the key; undefined when this process may not use it. */
  signer?(ref: KeyRef): Promise<Signer | undefined>
  /** The service's 32-byte key for prompt texts at rest; made on first use and then always the same. */
  storageKey?(service: string): Promise<Uint8Array>
  /** Where the key is, for people: at most 255 characters, and nothing secret. */
  location(ref: KeyRef): string
  /**
   * The identity that the service is to seal with from now on, labelled with its key ids, for `keys.ensure` and `keys.rotate`
   * to register: of a source whose keys are made elsewhere. Undefined or left out: new ones are made, and saved.
   */
  current?(service: string): Promise<PublicIdentity | undefined>
  /** Keeps a new identity, private keys included, under ids of the source's choice. */
  save?(service: string, identity: Identity): Promise<SavedKeyIds>
  /** Keeps a public identity whose private keys are elsewhere. */
  savePublic?(service: string, identity: PublicIdentity): Promise<SavedKeyIds>
}

/** Bytes of a key for prompt texts at rest. */
export const STORAGE_KEY_BYTES = 32
/** Length of `cryptographic_keys.key_storage_location`. */
export const MAX_LOCATION = 255

const SERVICE_NAME = /^[a-z0-9][a-z0-9-]{0,99}$/
const KEY_ID = /^([a-z0-9][a-z0-9-]{0,99})\/([0-9a-f]{16})\/(encryption|signing)$/

/**
 * @throws TypeError unless `service` is 1 to 100 of `a-z 0-9 -`, not beginning with `-`; `argument` is
 *   named in the message. So a service name is safe as a folder and in a key id.
 */
export function assertServiceName(service: unknown, argument: string): asserts service is string {
  if (typeof service !== 'string' || !SERVICE_NAME.test(service)) {
    throw new TypeError(
      `${argument} must be a service name: 1 to 100 of a-z, 0-9 and -, not beginning with -`,
    )
  }
}

/** The name an identity is kept under: the first 16 hex digits of its fingerprint. */
export function identityName(identity: PublicIdentity): string {
  return fingerprintToHex(identity.fingerprint).slice(0, 16)
}

/** The ids the shipped sources give: `<service>/<identity name>/encryption` and `…/signing`. */
export function keyIdsOf(service: string, name: string): SavedKeyIds {
  return { encryption: `${service}/${name}/encryption`, signing: `${service}/${name}/signing` }
}

/** The identity name in an id that {@link keyIdsOf} made for this very service, else undefined. */
export function nameInKeyId({ service, keyId }: KeyRef): string | undefined {
  const match = KEY_ID.exec(keyId)
  return match !== null && match[1] === service ? match[2] : undefined
}
