import type { Bytes } from '../bytes'
import { backend } from '../crypto/current'
import type { KeyringIdentity } from '../keys/keyring'
import { AccountKey } from './account-key'
import { verifyChain } from './chain'
import type { DeviceEntry, SlotEntry } from './entries'
import type { Held } from './held'
import { publicIdentity } from './holders'
import { type ManifestBody, signManifest } from './manifest'
import type {
  AccountChange,
  RevocationListRecord,
  SealedKeyRecord,
  WrappedKeyRecord,
} from './record'
import { type AcceptedBackup, type RevocationList, readRevocationList } from './revocation-list'
import type { NewSlot } from './slot'

/** What there is before an account's first manifest. */
interface Founding extends Omit<Held, 'chain'> {
  readonly chain?: undefined
  readonly accountId: Bytes
  readonly nonce: Bytes
}

/** A device of the next manifest. */
export type NextDevice = Omit<DeviceEntry, 'sealed'>

/** A slot of the next manifest. */
export interface NextSlot extends Omit<SlotEntry, 'sealed'> {
  /** Whether it gets no sealed key. */
  readonly isDormant: boolean
}

/** A device to be revoked, and which of its backups are accepted all the same. */
export interface Revocation {
  /** UUID. */
  readonly deviceId: string
  /**
   * Which backups of this device stay readable: `acceptedBackups()` of `@zkeb/core/backup` finds them. All others of it can never be
   * opened again, by anybody, and this cannot be changed later. `[]` only if it has written none. At most 1048576.
   */
  readonly accepted: readonly AcceptedBackup[]
}

/** What the next manifest is to say. */
interface Next {
  readonly signer: KeyringIdentity
  /** Whether there is a new account key. */
  readonly rotates: boolean
  readonly devices: readonly NextDevice[]
  readonly slots: readonly NextSlot[]
  /** Those of `slots` that are new. */
  readonly newSlots: readonly NewSlot[]
  /** Those of `devices` that are revoked now. */
  readonly revoked: readonly RevocationListRecord[]
}

/** What comes of it: what its maker holds from then on, and what the server is to write. */
export interface Succession {
  readonly held: Held
  readonly change: AccountChange
}

/**
 * Makes the manifest that comes after what is held, or the first: every change of an account goes through here. It is read by the rules
 * of spec/account.md §5 before anybody has it. Throws `MANIFEST` where it breaks one, `LIMIT` where there is too much in it.
 */
export async function succeed(past: Held | Founding, next: Next): Promise<Succession> {
  const accountId = past.chain ? past.chain.accountId : past.accountId
  const last = past.keys.at(-1)
  const key =
    next.rotates || !last ? AccountKey.generate({ accountId, generation: past.keys.length }) : last
  try {
    const lists = await Promise.all(next.revoked.map(writeList))
    const sealed = await sealToAll(past, next, key)
    const body = await bodyOf({ past, next, key, lists, sealed })
    const { counter, digest, stored } = await signManifest(body, next.signer)
    const known = { accountId, pin: { counter, digest } }
    const chain = await (past.chain?.extend([stored]) ?? verifyChain([stored], known))
    return {
      held: {
        chain,
        keys: key === last ? past.keys : [...past.keys, key],
        lists: new Map([...past.lists, ...lists.map((it) => [it.deviceId, it.read] as const)]),
      },
      change: {
        manifest: { counter, digest, stored },
        slots: await Promise.all(
          next.newSlots.map(async ({ id, kind, seal }) => ({
            ...{ id, kind },
            stored: await seal({ accountId, counter, digest }),
          })),
        ),
        removedSlots: goneFrom(past.chain?.head.slots ?? [], next.slots),
        keys: sealed.keys,
        wraps: key === last ? [] : await wrapLast(key, last),
        revocationLists: lists.map(({ deviceId, list }) => ({ deviceId, list })),
      },
    }
  } catch (error) {
    if (key !== last) key.wipe()
    throw error
  } finally {
    for (const slot of next.newSlots) slot.wipe()
  }
}

interface Parts {
  readonly past: Held | Founding
  readonly next: Next
  readonly key: AccountKey
  readonly lists: readonly WrittenList[]
  readonly sealed: SealedToAll
}

async function bodyOf({ past, next, key, lists, sealed }: Parts): Promise<ManifestBody> {
  const head = past.chain?.head
  const { accountId, generation } = key.place
  return {
    accountId,
    nonce: past.chain ? undefined : past.nonce,
    counter: head ? head.counter + 1 : 0,
    predecessor: head?.digest,
    generation,
    commitment: await key.commitment(),
    slots: next.slots.map((slot) => ({ ...slot, sealed: sealed.digests.get(slot.id) })),
    devices: next.devices.map((device) => ({ ...device, sealed: sealed.digests.get(device.id) })),
    revocations: [
      ...(head?.revocations ?? []),
      ...lists.map(({ deviceId, digest }) => ({ deviceId, list: digest })),
    ],
  }
}

interface SealedToAll {
  /** What the manifest says, by holder. */
  readonly digests: ReadonlyMap<string, Bytes>
  /** What is new. */
  readonly keys: readonly SealedKeyRecord[]
}

/** §2: whoever has the key already keeps it as it is sealed. Never to anybody but those the manifest lists. */
async function sealToAll(
  { chain, keys: held }: Held | Founding,
  { devices, slots }: Next,
  key: AccountKey,
): Promise<SealedToAll> {
  const digests = new Map<string, Bytes>()
  const keys: SealedKeyRecord[] = []
  const head = held.includes(key) ? chain?.head : undefined
  const kept = new Map([...(head?.devices ?? []), ...(head?.slots ?? [])].map((it) => [it.id, it]))
  const holders = [
    ...devices.filter(({ state }) => state === 'active'),
    ...slots.filter(({ isDormant }) => !isDormant),
  ]
  for (const holder of holders) {
    const { id } = holder
    const digest = kept.get(id)?.sealed
    if (digest) {
      digests.set(id, digest)
      continue
    }
    const sealed = await key.sealTo(chain?.identity(id) ?? (await publicIdentity(holder)))
    digests.set(id, await backend().sha256(sealed))
    keys.push({ generation: key.place.generation, holderId: id, sealed })
  }
  return { digests, keys }
}

interface WrittenList extends RevocationListRecord {
  readonly digest: Bytes
  readonly read: RevocationList
}

async function writeList({ deviceId, list }: RevocationListRecord): Promise<WrittenList> {
  const digest = await backend().sha256(new Uint8Array(list))
  return {
    deviceId,
    list,
    digest,
    read: (await readRevocationList(list, digest)) as RevocationList,
  }
}

async function wrapLast(
  key: AccountKey,
  last: AccountKey | undefined,
): Promise<readonly WrappedKeyRecord[]> {
  if (!last) return []
  return [{ generation: last.place.generation, wrapped: await key.wrapPredecessor(last) }]
}

function goneFrom(before: readonly SlotEntry[], after: readonly NextSlot[]): readonly string[] {
  const kept = new Set(after.map(({ id }) => id))
  return before.map(({ id }) => id).filter((id) => !kept.has(id))
}
