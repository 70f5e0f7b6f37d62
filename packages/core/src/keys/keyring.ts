import { equalBytes } from '../bytes'
import type { Identity } from './identity'

/** What a keyring holds: every {@link Identity} fits, and so do keys in a KMS or HSM. */
export type KeyringIdentity = Pick<Identity, 'public' | 'decrypter' | 'signer'>

/** An envelope as far as a keyring looks at it: whom it is for. */
export interface KeyringHint {
  readonly recipients: readonly { readonly fingerprint: Uint8Array }[]
}

/**
 * One owner's identities over time. The primary one seals and is given to others; all of them open:
 *
 * `seal(data, { from: keyring.primary, to })` and `open(envelope, { as: keyring.find, from })`
 *
 * Rotation: `add` the new identity everywhere, `promote` it, and `retire` the old one once nothing sealed to it is needed.
 */
export class Keyring<Own extends KeyringIdentity = Identity> {
  /** The primary one first. */
  #identities: readonly [Own, ...Own[]]

  /** Throws a TypeError for what is no identity, a RangeError where a key stands twice. */
  constructor(primary: Own, ...others: readonly Own[]) {
    assertIdentity(primary)
    this.#identities = [primary]
    for (const other of others) this.add(other)
  }

  /** The identity that seals and signs, and that others seal to. */
  get primary(): Own {
    return this.#identities[0]
  }

  /** All of them, the primary one first. */
  get identities(): readonly [Own, ...Own[]] {
    return this.#identities
  }

  /** Takes an identity in; it opens from now on. Throws a RangeError where one of its keys is in the ring already. */
  add(identity: Own): void {
    assertIdentity(identity)
    const { encryption, signing } = identity.public
    const known = this.#identities.some(
      ({ public: own }) =>
        equalBytes(own.encryption.fingerprint, encryption.fingerprint) ||
        equalBytes(own.signing.fingerprint, signing.fingerprint),
    )
    if (known) throw new RangeError('identity: one of its keys is in the keyring already')
    this.#identities = [...this.#identities, identity]
  }

  /** Makes the identity of this fingerprint (`identity.public.fingerprint`, 32 bytes) the primary one. Throws a RangeError where there is none. */
  promote(fingerprint: Uint8Array): void {
    const promoted = this.#get(fingerprint)
    this.#identities = [promoted, ...this.#identities.filter((own) => own !== promoted)]
  }

  /**
   * Takes an identity out: what was sealed to it alone does **not open** any more. Throws a RangeError where there is none of this
   * fingerprint, and for the primary one: promote another before.
   */
  retire(fingerprint: Uint8Array): void {
    const [primary, ...others] = this.#identities
    const retired = this.#get(fingerprint)
    if (retired === primary)
      throw new RangeError('fingerprint: the primary identity, promote another first')
    this.#identities = [primary, ...others.filter((own) => own !== retired)]
  }

  /**
   * The identity that an envelope is for, by fingerprint alone: no private key is tried. A resolver for the option `as` of
   * `open`; undefined, and so `NOT_RECIPIENT`, where there is none.
   */
  readonly find = ({ recipients }: KeyringHint): Own | undefined =>
    this.#identities.find(({ public: { encryption } }) =>
      recipients.some(({ fingerprint }) => equalBytes(fingerprint, encryption.fingerprint)),
    )

  #get(fingerprint: Uint8Array): Own {
    const found = this.#identities.find((own) => equalBytes(own.public.fingerprint, fingerprint))
    if (found) return found
    throw new RangeError('fingerprint: of no identity in the keyring')
  }
}

function assertIdentity(identity: KeyringIdentity | undefined): void {
  const { public: own, decrypter, signer } = identity ?? {}
  const complete = own?.fingerprint && own.encryption?.fingerprint && own.signing?.fingerprint
  if (complete && decrypter && signer) return
  throw new TypeError('identity: an identity, or { public, decrypter, signer }')
}
