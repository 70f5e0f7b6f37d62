import { ZkebError } from '../errors'
import type { KeyringIdentity } from '../keys/keyring'
import { type Amendments, amendHeld } from './amend'
import { type KnownAccount, verifyChain } from './chain'
import { sameKeys } from './entries'
import { type Held, openHeld } from './held'
import { assertDevice, keysOf, WHAT_HELPS } from './holders'
import { OpenedAccount } from './opened-account'
import { type AccountChange, type AccountRecord, assertRecord } from './record'

/** Who opens an account as a device. */
export interface OpenAccountOptions extends Required<KnownAccount> {
  /** This device's identity, of any suite, or its public half with something that decrypts and signs. */
  readonly device: KeyringIdentity
}

/** An account after a change, and what the server is to write. Use the account once it is written. */
export interface ChangedAccount {
  readonly account: Account
  readonly change: AccountChange
}

/**
 * Opens an account as one of its active devices. `accountId` and `pin` are what the device stored last. Throws `MANIFEST`, `ROLLBACK`,
 * `FORK`, `FORMAT`, `VERSION` or `LIMIT` as verifyChain() does, `NOT_RECIPIENT` for a device that is none of the account, unconfirmed or
 * revoked, and `OPEN` where the account keys are not those the manifests speak of. spec/account.md §6, §7.
 */
export async function openAccount(
  record: AccountRecord,
  { device, accountId, pin }: OpenAccountOptions,
): Promise<Account> {
  assertRecord(record)
  assertDevice(device)
  const chain = await verifyChain(record.manifests, { accountId, pin })
  const keys = keysOf(device.public)
  const entry = chain.head.devices.find((it) => sameKeys(it, keys))
  if (entry?.state !== 'active') {
    throw new ZkebError('NOT_RECIPIENT', 'this device is not an active one of the account', {
      hint: entry
        ? `${entry.state}: ${WHAT_HELPS[entry.state]}`
        : 'not added yet? The active device calls amend({ addDevices }), then fetch the record again',
    })
  }
  const held = await openHeld(record, chain, { entry, holder: device })
  return new Account(held, { deviceId: entry.id, device })
}

/** An account as one of its active devices sees it. */
export class Account extends OpenedAccount {
  readonly #held: Held
  readonly #device: KeyringIdentity
  /** UUID. */
  readonly deviceId: string

  /** Of what openHeld() or succeed() gave. */
  constructor(
    held: Held,
    { deviceId, device }: { readonly deviceId: string; readonly device: KeyringIdentity },
  ) {
    super(held)
    this.#held = held
    this.#device = device
    this.deviceId = deviceId
  }

  /** This device's identity. */
  get device(): KeyringIdentity {
    return this.#device
  }

  /**
   * One manifest with all of these changes, signed by this device. This account stays as it is: where the server refuses, since another
   * device was faster, `refresh` and amend again. Throws a TypeError or RangeError that names what does not fit, or where nothing changes, `KEY` for a key that is not
   * acceptable, `LIMIT` for more slots or devices than there may be. spec/account.md §5, §8–10.
   */
  async amend(amendments: Amendments): Promise<ChangedAccount> {
    const device = this.#device
    const { held, change } = await amendHeld(
      this.#held,
      { deviceId: this.deviceId, device },
      amendments,
    )
    return { account: new Account(held, { deviceId: this.deviceId, device }), change }
  }

  /** The account as it is now: at least as new as this one. Throws as {@link openAccount} does. */
  async refresh(record: AccountRecord): Promise<Account> {
    const { accountId, pin } = this
    return openAccount(record, { device: this.#device, accountId, pin })
  }

  override toJSON() {
    return { ...super.toJSON(), deviceId: this.deviceId }
  }
}
