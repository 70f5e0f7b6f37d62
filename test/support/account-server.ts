/** What a server does with an account: keeps it, and takes the first of two changes. */
import type { AccountChange, AccountRecord } from '@zkeb/core/account'

export class AccountServer {
  #record: AccountRecord = { manifests: [], slots: [], keys: [], wraps: [], revocationLists: [] }
  readonly #slots = new Map<string, Uint8Array>()

  constructor(first?: AccountChange) {
    if (first) this.write(first)
  }

  get record(): AccountRecord {
    return this.#record
  }

  /** False, and nothing written, where another manifest has this counter. */
  write(change: AccountChange): boolean {
    const { manifests, keys, wraps, revocationLists } = this.#record
    if (change.manifest.counter !== manifests.length) return false
    for (const id of change.removedSlots) this.#slots.delete(id)
    for (const { id, stored } of change.slots) this.#slots.set(id, stored)
    this.#record = {
      manifests: [...manifests, change.manifest.stored],
      slots: [...this.#slots.values()],
      keys: [...keys, ...change.keys],
      wraps: [...wraps, ...change.wraps],
      revocationLists: [...revocationLists, ...change.revocationLists],
    }
    return true
  }
}
