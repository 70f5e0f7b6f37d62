import { type Bytes, equalBytes } from '../bytes'
import { assertWithin, copyBytes } from '../encoding/arguments'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import { MAX_COUNTER } from './constants'
import type { DeviceEntry, SlotEntry } from './entries'
import { Holders } from './holders'
import { type Manifest, readManifest } from './manifest'
import { assertFirst, assertSuccessor } from './rules'

/** The newest manifest that a client has seen: what it must store, and must find again. */
export interface Pin {
  readonly counter: number
  /** SHA-256 of the manifest's body, 32 bytes. */
  readonly digest: Uint8Array
}

/** What a client knows of an account before it reads its chain. spec/account.md §6. */
export interface KnownAccount {
  /** 32 bytes. */
  readonly accountId?: Uint8Array | undefined
  /** Of the device's own store, of an enrolment, or of a slot's sealed seed; never of the server's word. */
  readonly pin: Pin
}

/**
 * Reads all manifests of an account, from the first to the newest, and proves that they are one valid chain that contains what the
 * client has seen. Throws `MANIFEST` where they are none, or of another account; `ROLLBACK` where they do not reach the pin, `FORK` where
 * there is another manifest in its place; `FORMAT`, `VERSION`, `LIMIT`. Store `pin` of the result before using anything else of it.
 * spec/account.md §5, §6.
 */
export async function verifyChain(
  manifests: readonly Uint8Array[],
  known: KnownAccount,
): Promise<Chain> {
  const { accountId, pin } = copyKnown(known)
  const { links, holders } = await follow(manifests, [], new Holders())
  const [first] = links
  if (first && accountId && !equalBytes(first.accountId, accountId)) {
    throw new ZkebError('MANIFEST', 'a chain of manifests of another account', {
      hint: 'compare accountId: it is what this device has stored',
    })
  }
  const pinned = links[pin.counter]
  if (!pinned) {
    throw new ZkebError('ROLLBACK', 'the manifests end before the one that was seen', {
      hint: 'fetch the record again; if that does not help, the server has lost or withholds them',
    })
  }
  if (!equalBytes(pinned.digest, pin.digest)) {
    throw new ZkebError('FORK', 'another manifest in the place of the one that was seen', {
      hint: 'write nothing, and compare with another device: there are two histories of this account',
    })
  }
  return new Chain(links, holders)
}

/** The manifests of an account, proven by {@link verifyChain}. It never changes; {@link extend} gives a longer one. */
export class Chain {
  readonly #holders: Holders
  /** The first, and so the one of counter 0, first. */
  readonly manifests: readonly Manifest[]
  /** The newest. */
  readonly head: Manifest

  /** Of what has been proven. */
  constructor(manifests: readonly Manifest[], holders: Holders) {
    this.manifests = manifests
    this.head = manifests.at(-1) as Manifest
    this.#holders = holders
  }

  /** 32 bytes. */
  get accountId(): Bytes {
    return this.head.accountId.slice()
  }

  /** What to store: it names the head. */
  get pin(): Pin {
    const { counter, digest } = this.head
    return { counter, digest: digest.slice() }
  }

  /** Whether a manifest of this digest, 32 bytes, is in the chain. */
  has(digest: Uint8Array): boolean {
    return this.manifests.some((manifest) => equalBytes(manifest.digest, digest))
  }

  /** The commitment to the account key of a generation, 32 bytes; undefined for a generation that is not in the chain. */
  commitment(generation: number): Bytes | undefined {
    return this.manifests.find((manifest) => manifest.generation === generation)?.commitment
  }

  /** A device of the head. */
  device(id: string): DeviceEntry | undefined {
    return this.head.devices.find((device) => device.id === id)
  }

  /** A slot of the head. */
  slot(id: string): SlotEntry | undefined {
    return this.head.slots.find((slot) => slot.id === id)
  }

  /** The public identity of a device or slot that is, or ever was, in the chain: one cannot become another's. */
  identity(id: string): PublicIdentity | undefined {
    return this.#holders.get(id)
  }

  /** Whether a device was active in some manifest of a generation. */
  wasActive(deviceId: string, generation: number): boolean {
    return this.manifests.some(
      (manifest) =>
        manifest.generation === generation &&
        manifest.devices.some(({ id, state }) => id === deviceId && state === 'active'),
    )
  }

  /** The chain with the manifests that come after its head. Throws as {@link verifyChain} does. */
  async extend(manifests: readonly Uint8Array[]): Promise<Chain> {
    const { links, holders } = await follow(manifests, this.manifests, this.#holders)
    return new Chain(links, holders)
  }
}

async function follow(
  manifests: readonly Uint8Array[],
  before: readonly Manifest[],
  known: Holders,
): Promise<{ readonly links: readonly Manifest[]; readonly holders: Holders }> {
  if (!Array.isArray(manifests)) throw new TypeError('manifests: an array of Uint8Arrays')
  const links = [...before]
  const holders = new Holders(known)
  for (const stored of [...manifests]) {
    const next = await readManifest(stored)
    const last = links.at(-1)
    if (last) await assertSuccessor({ before: last, next, holders })
    else await assertFirst(next, holders)
    links.push(next)
  }
  return { links, holders }
}

/** Copied, since reading takes a while. */
function copyKnown(known: KnownAccount): KnownAccount {
  const { accountId, pin } = known ?? {}
  const { counter, digest } = pin ?? {}
  assertWithin(counter, 'known.pin.counter', { max: MAX_COUNTER })
  return {
    accountId: accountId && copyBytes(accountId, 'known.accountId'),
    pin: { counter, digest: copyBytes(digest, 'known.pin.digest') },
  }
}
