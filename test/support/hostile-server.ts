/** A server that lies: it has keys of its own, all that was ever stored, and sends what it likes of both. */
import type { Identity } from '@zkeb/core'
import { pae } from '@zkeb/core'
import type { AccountChange, AccountRecord, Manifest, SlotSummary } from '@zkeb/core/account'
import { inspectSlot } from '@zkeb/core/account'
import { AccountKey } from '../../packages/core/src/account/account-key'
import { publicIdentity } from '../../packages/core/src/account/holders'
import {
  type ManifestBody,
  readManifest,
  signManifest,
} from '../../packages/core/src/account/manifest'
import { readPae } from '../../packages/core/src/encoding/pae'
import { after } from './chains'

type Signer = Pick<Identity, 'public' | 'signer'>

export class HostileServer {
  /** What it was given, by the counter of the newest manifest in it; slots that were removed are in those before. */
  readonly history: readonly AccountRecord[]
  /** Its own keys. */
  readonly own: Identity

  constructor(history: readonly AccountRecord[], own: Identity) {
    this.history = history
    this.own = own
  }

  /** What an honest server would send. */
  get truth(): AccountRecord {
    return this.at(-1)
  }

  at(counter: number): AccountRecord {
    return this.history.at(counter) as AccountRecord
  }

  manifests(counter = -1): Promise<readonly Manifest[]> {
    return Promise.all(this.at(counter).manifests.map(readManifest))
  }

  async head(counter = -1): Promise<Manifest> {
    return (await this.manifests(counter)).at(-1) as Manifest
  }

  /** The truth, and a manifest of its own after it. */
  async append(by: Signer, changes: Partial<ManifestBody>, counter = -1): Promise<AccountRecord> {
    const head = await this.head(counter)
    const { stored } = await signManifest(after(head, changes), by)
    const record = this.at(counter)
    return { ...record, manifests: [...record.manifests, stored] }
  }

  /** With its own key in everybody's sealed key, as good as it can be made. */
  async sealToAll(record: AccountRecord, key: AccountKey): Promise<AccountRecord> {
    const { slots, devices, generation } = (await readManifest(
      record.manifests.at(-1) as Uint8Array,
    )) satisfies Manifest
    const keys = await Promise.all(
      [...slots, ...devices].map(async (holder) => ({
        generation,
        holderId: holder.id,
        sealed: await key.sealTo(await publicIdentity(holder)),
      })),
    )
    return { ...record, keys }
  }

  ownKey(place: AccountKey['place']): AccountKey {
    return AccountKey.generate(place)
  }

  /** As somebody signs who has the private key of another: with the name of one and the hand of the other. */
  as(name: Pick<Identity, 'public'>): Signer {
    return { public: name.public, signer: this.own.signer }
  }
}

/** The record with a change that a client made, as any server writes it. */
export function written(record: AccountRecord, change: AccountChange): AccountRecord {
  const removed = new Set(change.removedSlots)
  return {
    manifests: [...record.manifests, change.manifest.stored],
    slots: [
      ...record.slots.filter((slot) => !removed.has(inspectSlot(slot).id)),
      ...change.slots.map(({ stored }) => stored),
    ],
    keys: [...record.keys, ...change.keys],
    wraps: [...record.wraps, ...change.wraps],
    revocationLists: [...record.revocationLists, ...change.revocationLists],
  }
}

const PIECES = ['label', 'id', 'kind', 'parameters', 'suite', 'sealed'] as const

/** A stored slot with other words in the clear. */
export function relabelled(
  stored: Uint8Array,
  changes: Partial<Record<(typeof PIECES)[number], Uint8Array | string>>,
): Uint8Array {
  const pieces = readPae(stored, 'a slot', { min: 6, max: 6 })
  return pae(PIECES.map((name, i) => changes[name] ?? (pieces[i] as Uint8Array)))
}

/** The stored slots with one of them changed. */
export function withSlot(
  record: AccountRecord,
  which: (slot: SlotSummary) => boolean,
  change: (stored: Uint8Array) => Uint8Array,
): AccountRecord {
  const slots = record.slots.map((stored) => (which(inspectSlot(stored)) ? change(stored) : stored))
  return { ...record, slots }
}
