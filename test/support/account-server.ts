/** What a server does with an account: keeps it, and takes the first of two changes. */
import { isZkebError } from '@zkeb/core'
import { type AccountChange, type AccountRecord, applyChange } from '@zkeb/core/account'

export class AccountServer {
  #record: AccountRecord = { manifests: [], slots: [], keys: [], wraps: [], revocationLists: [] }

  constructor(first?: AccountChange) {
    if (first) this.write(first)
  }

  get record(): AccountRecord {
    return this.#record
  }

  /** False, and nothing written, where another manifest has this counter. */
  write(change: AccountChange): boolean {
    try {
      this.#record = applyChange(this.#record, change)
      return true
    } catch (error) {
      if (isZkebError(error, 'CONFLICT')) return false
      throw error
    }
  }
}
