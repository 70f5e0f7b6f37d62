import type { AccountChange, AccountRecord } from '@zkeb/core/account'
import type { BackupRow } from '@zkeb/core/backup'

/** Stands for a server: it keeps what devices give it, and cannot read any of it. */
export class UntrustedServer {
  #account: AccountRecord = { manifests: [], slots: [], keys: [], wraps: [], revocationLists: [] }
  readonly backups: BackupRow[] = []

  /** All of a change or nothing: another manifest with this counter is refused. */
  write(change: AccountChange): void {
    const { manifests, slots, keys, wraps, revocationLists } = this.#account
    if (change.manifest.counter !== manifests.length) throw new Error('somebody was faster')
    this.#account = {
      manifests: [...manifests, change.manifest.stored],
      slots: [...slots, ...change.slots.map(({ stored }) => stored)],
      keys: [...keys, ...change.keys],
      wraps: [...wraps, ...change.wraps],
      revocationLists: [...revocationLists, ...change.revocationLists],
    }
  }

  read(): AccountRecord {
    return this.#account
  }
}
