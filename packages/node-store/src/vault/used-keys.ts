import {
  type GrantorResolver,
  type PublicIdentity,
  type Reader,
  type ReaderHint,
  type Recipient,
  type SenderResolver,
  ZkebError,
} from '@zkeb/core'
import type { VaultContext } from './context'
import type { KeyUse } from './key-lock'
import { decrypterOf, type KeyRow, keyError, readKeyRows, trustedIdentity } from './trusted-keys'

type Labels = readonly Pick<Recipient, 'receiverPublicKeyId' | 'fingerprint'>[]

/**
 * The keys of one opening: finds them for core, where they are registered, trusted and not revoked, and notes each that was
 * used, for the statement that commits the opening.
 */
export class UsedKeys {
  /** Every key that was used. */
  readonly noted: KeyUse[] = []
  readonly #context: VaultContext
  readonly #signal: AbortSignal | undefined
  #rows: readonly KeyRow[] = []

  constructor(context: VaultContext, signal: AbortSignal | undefined) {
    this.#context = context
    this.#signal = signal
  }

  /** Reads the rows of key ids that an envelope or a grant names. */
  async load(keyIds: readonly string[]): Promise<void> {
    const rows = await readKeyRows(this.#context, { keyIds }, this.#signal)
    this.#rows = [...this.#rows, ...rows]
  }

  /** Whether one of the recipients claims to be a key of the service that was not revoked. */
  mayRead(service: string, recipients: Labels): boolean {
    return recipients.some(({ receiverPublicKeyId }) => {
      const row = this.#rowOf(receiverPublicKeyId, 'encryption')
      return row?.service_name === service && row.status !== 'revoked'
    })
  }

  /** Trusts a signing key only as one of `from`'s own, registered and not revoked. */
  sender(from: string): SenderResolver {
    return async ({ senderPrivateKeyId: keyId }) => {
      const row = this.#rowOf(keyId, 'signing')
      if (row?.service_name === from) {
        const identity = await this.#trusted(row)
        if (identity !== undefined) return identity
      }
      throw new ZkebError(
        'SIGNER_UNKNOWN',
        `the envelope was not sealed by a known key of ${from}`,
        { hint: `is \`from\` spelt right, and are the public keys of ${from} in this key source?` },
      )
    }
  }

  /** Trusts a recipient of the envelope as the grantor, whichever service it is; both its keys are used. */
  grantor(recipients: Labels): GrantorResolver {
    return async ({ fingerprint }) => {
      const found = await this.holder(fingerprint, recipients)
      if (found !== undefined) return found.public
      throw new ZkebError('SIGNER_UNKNOWN', 'the grantor’s keys are not known here', {
        hint: 'are the public keys of the service that granted in this key source?',
      })
    }
  }

  /**
   * Finds the service among the recipients.
   *
   * @throws NOT_RECIPIENT where it is none, or its key is not in this key source; KEY when its key was revoked or
   *   exchanged, or this process may not use it
   */
  async reader(as: string, { recipients }: Pick<ReaderHint, 'recipients'>): Promise<Reader> {
    let revocation: unknown
    for (const { receiverPublicKeyId: keyId } of recipients) {
      const row = this.#rowOf(keyId, 'encryption')
      if (row?.service_name !== as) continue
      if (row.status === 'revoked') {
        revocation ??= revoked(row.key_id)
        continue
      }
      const identity = await this.#trusted(row)
      if (identity === undefined) continue
      const decrypter = await decrypterOf(this.#context, { service: as, keyId: row.key_id })
      return { public: identity, decrypter }
    }
    if (revocation !== undefined) throw revocation
    throw new ZkebError('NOT_RECIPIENT', `the envelope is not addressed to ${as}`, {
      hint: `is \`as\` spelt right, and are the keys of ${as} in this key source?`,
    })
  }

  /**
   * The identity that has this encryption key, and the service it is trusted to be; both its keys count as used. Undefined where it is not
   * among the recipients, or not known here.
   */
  async holder(
    fingerprint: Uint8Array,
    recipients: Labels,
  ): Promise<{ readonly service: string; readonly public: PublicIdentity } | undefined> {
    const keyId = findLabel(recipients, fingerprint)?.receiverPublicKeyId
    const row = this.#rowOf(keyId, 'encryption')
    if (row === undefined) return undefined
    const identity = await this.#trusted(row)
    // The fingerprint in the envelope is what counts, its label could be another key's.
    if (identity === undefined || !hasPrint(identity.encryption, fingerprint)) return undefined
    const own = await this.#withSigning(identity, row.service_name)
    return own && { service: row.service_name, public: own }
  }

  #rowOf(keyId: string | undefined, part: KeyRow['key_type']): KeyRow | undefined {
    return this.#rows.find((row) => row.key_id === keyId && row.key_type === part)
  }

  /** The same identity, once its signing key is found to be registered for the same service. */
  async #withSigning({ signing }: PublicIdentity, service: string) {
    if (signing.keyId === undefined) return undefined
    await this.load([signing.keyId])
    const row = this.#rowOf(signing.keyId, 'signing')
    return row?.service_name === service ? this.#trusted(row) : undefined
  }

  /** Throws KEY for a revoked key, and for one that differs from its hash. */
  async #trusted(row: KeyRow): Promise<PublicIdentity | undefined> {
    if (row.status === 'revoked') throw revoked(row.key_id)
    const ref = { service: row.service_name, keyId: row.key_id }
    const identity = await trustedIdentity(this.#context, ref, row)
    if (identity === undefined || row.public_key_hash === null) return undefined
    const hash = row.public_key_hash
    this.noted.push({ ...ref, part: row.key_type, hash })
    return identity
  }
}

function findLabel(recipients: Labels, fingerprint: Uint8Array): Labels[number] | undefined {
  return recipients.find((one) => hasPrint(one, fingerprint))
}

function hasPrint(of: { readonly fingerprint: Uint8Array }, fingerprint: Uint8Array): boolean {
  return Buffer.compare(of.fingerprint, fingerprint) === 0
}

function revoked(keyId: string): ZkebError {
  return keyError(`key ${keyId} was revoked`, 'a revoked key neither opens nor is believed')
}
