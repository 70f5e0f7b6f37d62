import type { PublicIdentity, Signer } from '../keys/identity'
import type { SuiteName } from '../suites/registry'

/** What of an account's keys a backup uses: the labels of spec/account.md §2. */
export type BackupKeyLabel =
  | 'zkeb/ak-backup/v1'
  | 'zkeb/ak-metadata/v1'
  | 'zkeb/ak-name/v1'
  | 'zkeb/ak-sync/v1'
  | 'zkeb/ak-device/v1'

/** A device as the head of the manifest chain lists it. */
export interface BackupDevice {
  readonly state: 'active' | 'unconfirmed' | 'revoked'
  readonly suite: SuiteName
  /** The encoded public keys (spec/envelope.md §2). */
  readonly encryption: Uint8Array
  readonly signing: Uint8Array
}

/**
 * What backups need of an account that is open, freshly read from the server: every `Account` fits. Whoever writes one of their own
 * answers from a verified chain of manifests, never by what a server says.
 */
export interface BackupAccount {
  /** 32 bytes. */
  readonly accountId: Uint8Array
  /** The newest one: that of the head. */
  readonly generation: number
  /** Which device this is. */
  readonly deviceId: string
  /** Its identity, or the public half with something that signs. */
  readonly device: { readonly public: PublicIdentity; readonly signer: Signer }
  /** The head of the chain. */
  readonly pin: { readonly digest: Uint8Array }
  readonly chain: {
    /** Whether a manifest with this digest is in the chain. */
    has(digest: Uint8Array): boolean
    /** Undefined for an id that the head does not list. */
    device(id: string): BackupDevice | undefined
    /** Whether it was active in some manifest of that generation. */
    wasActive(id: string, generation: number): boolean
  }
  /** A derived key of 32 bytes, which is wiped after use: a copy of its own. */
  key(label: BackupKeyLabel, generation: number): Promise<Uint8Array>
  /** The revocation list of a device, which has the digest that the head pins; undefined without one. */
  revocationList(
    deviceId: string,
  ): { includes(id: string, digest: Uint8Array): boolean } | undefined
}
