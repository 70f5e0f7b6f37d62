import { type Bytes, toHex } from '../bytes'
import type { AccountKey, KeyLabel } from './account-key'
import type { Chain, Pin } from './chain'
import type { DeviceEntry, SlotEntry } from './entries'
import type { Held } from './held'
import type { RevocationList } from './revocation-list'

/** What an account says, and the keys to read with. It never changes: what changes an account gives another one. */
export class OpenedAccount {
  readonly #held: Held

  /** Of what openHeld() or succeed() gave. */
  constructor(held: Held) {
    this.#held = held
  }

  /** 32 bytes. */
  get accountId(): Bytes {
    return this.chain.accountId
  }

  /** The manifests, proven. */
  get chain(): Chain {
    return this.#held.chain
  }

  /** The newest manifest: store it, beside the account id, before anything else of the account is used. */
  get pin(): Pin {
    return this.chain.pin
  }

  /** Index of the newest account key. */
  get generation(): number {
    return this.chain.head.generation
  }

  /** All devices that ever were, for people to look at. */
  get devices(): readonly DeviceEntry[] {
    return this.chain.head.devices
  }

  /** All slots, dormant ones too (those without `sealed`), for people to look at. */
  get slots(): readonly SlotEntry[] {
    return this.chain.head.slots
  }

  /**
   * A key of 32 bytes for one purpose, of one generation (spec/account.md §2); a copy of its own, for the caller to wipe. Throws a TypeError for
   * another label, a RangeError for a generation that is not in the chain.
   */
  async key(label: KeyLabel, generation: number): Promise<Bytes> {
    const key: AccountKey | undefined = this.#held.keys[generation]
    if (!key) throw new RangeError(`generation: 0 to ${this.generation}`)
    return key.derive(label)
  }

  /** Which backups of a revoked device are accepted; undefined, and so none, where the server has no list, or another than was pinned. */
  revocationList(deviceId: string): RevocationList | undefined {
    return this.#held.lists.get(deviceId)
  }

  /** For logs: nothing secret. */
  toJSON() {
    const { counter } = this.pin
    return { accountId: toHex(this.accountId), counter, generation: this.generation }
  }
}
