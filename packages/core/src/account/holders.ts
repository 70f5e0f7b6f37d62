import { toHex } from '../bytes'
import { assertOwner } from '../envelope/arguments'
import { assemblePublicIdentity, type PublicIdentity } from '../keys/identity'
import type { KeyringIdentity } from '../keys/keyring'
import { keysOfSuite } from '../suites/keys'
import { forBoth } from '../suites/suite'
import type { DeviceState, Holder, HolderKeys } from './entries'

/**
 * All devices and slots that ever were in a chain, whether they still are or not: what was known once cannot come back as something
 * else. spec/account.md §5, rule 4.
 */
export class Holders {
  readonly #identities: Map<string, PublicIdentity>
  readonly #keys: Set<string>

  /** None, or all of another's. */
  constructor(others?: Holders) {
    this.#identities = new Map(others ? others.#identities : [])
    this.#keys = new Set(others ? others.#keys : [])
  }

  /** The public identity of a device or slot. */
  get(id: string): PublicIdentity | undefined {
    return this.#identities.get(id)
  }

  /** Takes a new one in; false where its id or one of its keys was there before. Throws `KEY` where they are no keys. */
  async admit({ id, ...keys }: Holder): Promise<boolean> {
    const texts = [toHex(keys.encryption), toHex(keys.signing)]
    if (this.#identities.has(id) || texts.some((key) => this.#keys.has(key))) return false
    this.#identities.set(id, await publicIdentity(keys))
    for (const key of texts) this.#keys.add(key)
    return true
  }
}

/** The identity that these keys are of. Throws `KEY` for keys that are not acceptable, or not two. spec/envelope.md §2. */
export async function publicIdentity(keys: HolderKeys): Promise<PublicIdentity> {
  const { importPublic } = await keysOfSuite(keys.suite)
  const parts = await forBoth((purpose) =>
    importPublic(purpose, { format: 'encoded', bytes: keys[purpose] }),
  )
  return assemblePublicIdentity(keys.suite, parts)
}

/** The keys of an identity, copied: what is looked at is what is listed. */
export function keysOf({ suite, encryption, signing }: PublicIdentity): HolderKeys {
  return {
    suite,
    encryption: new Uint8Array(encryption.encoded),
    signing: new Uint8Array(signing.encoded),
  }
}

const CONFIRM =
  'an active device confirms it: amend({ addDevices: [account.chain.identity(id)] }); or it joins with a new identity'

/** What a device does that is in the account already, where it asks for the wrong thing. */
export const WHAT_HELPS: Readonly<Record<DeviceState, string>> = {
  active: 'openAccount() opens the account on it',
  unconfirmed: CONFIRM,
  revoked: 'it never comes back: enrol it, or join, with a new identity',
}

/** Throws a TypeError for what is no identity with something that decrypts and signs. */
export function assertDevice(device: KeyringIdentity): void {
  assertOwner(device, 'device', 'decrypter')
  assertOwner(device, 'device', 'signer')
}
