import type { Reader } from '../envelope/arguments'
import { AccountKey } from './account-key'
import type { Chain } from './chain'
import type { Holder } from './entries'
import type { AccountRecord } from './record'
import { type RevocationList, readRevocationList } from './revocation-list'

/** What somebody has who has opened an account. */
export interface Held {
  readonly chain: Chain
  /** All account keys, that of generation 0 first. */
  readonly keys: readonly AccountKey[]
  /** By device. */
  readonly lists: ReadonlyMap<string, RevocationList>
}

/** A device or slot of the head, and what opens its sealed keys. */
interface Opener {
  readonly entry: Holder
  readonly holder: Reader
}

const NOTHING = /*#__PURE__*/ new Uint8Array(0)

/** Opens what a chain that has been proven speaks of. Throws `OPEN`. spec/account.md §7. */
export async function openHeld(record: AccountRecord, chain: Chain, opener: Opener): Promise<Held> {
  const newest = await openNewest(record, chain, opener)
  return {
    chain,
    keys: await openPredecessors(record, chain, newest),
    lists: await readLists(record, chain),
  }
}

async function openNewest(
  { keys }: AccountRecord,
  { accountId, head: { generation, commitment } }: Chain,
  { entry: { id, sealed: digest = NOTHING }, holder }: Opener,
): Promise<AccountKey> {
  const found = keys.find((it) => it.generation === generation && it.holderId === id)
  const place = { accountId, generation, digest, commitment }
  return AccountKey.open(found?.sealed ?? NOTHING, holder, place)
}

/** §2: whoever holds an account key holds all before it. */
async function openPredecessors(
  { wraps }: AccountRecord,
  chain: Chain,
  newest: AccountKey,
): Promise<readonly AccountKey[]> {
  const wrapped = new Map(wraps.map((it) => [it.generation, it.wrapped]))
  const keys = [newest]
  try {
    for (let key = newest; key.place.generation > 0; keys.push(key)) {
      const generation = key.place.generation - 1
      const commitment = chain.commitment(generation) ?? NOTHING
      key = await key.unwrapPredecessor(wrapped.get(generation) ?? NOTHING, commitment)
    }
  } catch (error) {
    for (const key of keys) key.wipe()
    throw error
  }
  return keys.reverse()
}

/** §9: a list that is missing, or another one than was pinned, accepts nothing. */
async function readLists(
  { revocationLists }: AccountRecord,
  { head: { revocations } }: Chain,
): Promise<ReadonlyMap<string, RevocationList>> {
  const stored = new Map(revocationLists.map(({ deviceId, list }) => [deviceId, list]))
  const lists = new Map<string, RevocationList>()
  for (const { deviceId, list: pinned } of revocations) {
    const list = await readRevocationList(stored.get(deviceId) ?? NOTHING, pinned)
    if (list) lists.set(deviceId, list)
  }
  return lists
}
