import { type AccountChange, type AccountRecord, applyChange } from '@zkeb/core/account'
import type { BackupRow } from '@zkeb/core/backup'

/** Stands for a server: it keeps what devices give it, and cannot read any of it. */
export class UntrustedServer {
  #account: AccountRecord | undefined
  readonly backups: BackupRow[] = []

  write(change: AccountChange): void {
    this.#account = applyChange(this.#account, change)
  }

  read(): AccountRecord {
    if (this.#account === undefined) throw new Error('there is no account yet')
    return this.#account
  }
}
