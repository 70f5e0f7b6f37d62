/**
 * Chains of manifests for tests, signed with real keys. Sealed keys and commitments are 32 bytes that belong to nothing: a chain does not look
 * behind them.
 */
import { generateIdentity, type Identity, type SuiteName } from '@zkeb/core'
import {
  type Chain,
  type DeviceEntry,
  type Manifest,
  type SlotEntry,
  verifyChain,
} from '@zkeb/core/account'
import type { HolderKeys } from '../../packages/core/src/account/entries'
import {
  accountIdOf,
  type ManifestBody,
  signManifest,
} from '../../packages/core/src/account/manifest'
import { peopleOf } from './identities'

export const IDS = {
  alice: '00000000-0000-4000-8000-00000000000a',
  bob: '00000000-0000-4000-8000-00000000000b',
  carol: '00000000-0000-4000-8000-00000000000c',
  dave: '00000000-0000-4000-8000-00000000000d',
  passphrase: '10000000-0000-4000-8000-000000000001',
  recovery: '10000000-0000-4000-8000-000000000002',
  passkey: '10000000-0000-4000-8000-000000000003',
  other: '10000000-0000-4000-8000-000000000004',
} as const

type Party = keyof typeof IDS
export type Parties = Readonly<Record<Party, Identity>>

/** 32 bytes that are others at every call. */
export function someDigest(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(32))
}

/** Four devices of the suite, and four slots. */
export async function partiesOf(suite: SuiteName): Promise<Parties> {
  const slotSuite = suite === 'rsa' ? 'x25519' : suite
  const slot = () => generateIdentity({ suite: slotSuite })
  const devices = await peopleOf(suite)
  const [passphrase, recovery, passkey, other] = await Promise.all([slot(), slot(), slot(), slot()])
  return { ...devices, passphrase, recovery, passkey, other }
}

export function keysOf({ public: own }: Pick<Identity, 'public'>): HolderKeys {
  const { suite, encryption, signing } = own
  const copy = (bytes: Uint8Array) => new Uint8Array(bytes)
  return { suite, encryption: copy(encryption.encoded), signing: copy(signing.encoded) }
}

/** A device, active. */
export function deviceOf(parties: Parties, name: Party): DeviceEntry {
  return { id: IDS[name], ...keysOf(parties[name]), state: 'active', sealed: someDigest() }
}

/** A slot that these devices have handled. */
export function slotOf(
  parties: Parties,
  name: 'passphrase' | 'recovery' | 'passkey',
  handlers: readonly Party[],
): SlotEntry {
  return {
    ...{ id: IDS[name], kind: name, parameters: Uint8Array.of(1, 2, 3) },
    ...{ ...keysOf(parties[name]), sealed: someDigest() },
    handlers: handlers.map((handler) => IDS[handler]),
  }
}

/** What a successor says that changes nothing. */
export function after(before: Manifest, changes: Partial<ManifestBody> = {}): ManifestBody {
  const { accountId, generation, commitment, slots, devices, revocations } = before
  const counter = before.counter + 1
  return {
    ...{ accountId, counter, predecessor: before.digest, generation, commitment },
    ...{ slots, devices, revocations },
    ...changes,
  }
}

/** The same with a new account key, sealed to all that have the present one. */
export function rotated(content: ManifestBody): ManifestBody {
  const reseal = <E extends { readonly sealed?: unknown }>(entry: E) => ({
    ...entry,
    ...(entry.sealed !== undefined && { sealed: someDigest() }),
  })
  return {
    ...content,
    generation: content.generation + 1,
    commitment: someDigest(),
    slots: content.slots.map(reseal),
    devices: content.devices.map(reseal),
  }
}

/** Changes one entry, by its name. */
export function edit<E extends { readonly id: string }>(
  entries: readonly E[],
  name: Party,
  changes: Partial<E>,
): readonly E[] {
  return entries.map((entry) => (entry.id === IDS[name] ? { ...entry, ...changes } : entry))
}

export function without<E extends { readonly id: string }>(
  entries: readonly E[],
  ...names: readonly Party[]
): readonly E[] {
  return entries.filter(({ id }) => !names.some((name) => IDS[name] === id))
}

/** What a device says when it is made revoked: neither active nor sealed to. */
export const REVOKED = { state: 'revoked', sealed: undefined } as const
export const UNCONFIRMED = { state: 'unconfirmed', sealed: undefined } as const

/** The manifest by which Alice's device founds an account. */
export async function foundedBy(parties: Parties): Promise<ManifestBody> {
  const nonce = someDigest()
  return {
    accountId: await accountIdOf(nonce, parties.alice.public.fingerprint),
    nonce,
    counter: 0,
    generation: 0,
    commitment: someDigest(),
    slots: [slotOf(parties, 'passphrase', ['alice'])],
    devices: [deviceOf(parties, 'alice')],
    revocations: [],
  }
}

/** What a manifest says in which a slot lets a device in, and nothing else. */
export function joined(before: Manifest, parties: Parties, slot: Party, device: Party) {
  const content = after(before)
  return rotated({
    ...content,
    slots: content.slots.map((it) =>
      it.id === IDS[slot]
        ? { ...it, handlers: [...it.handlers, IDS[device]] }
        : { ...it, sealed: undefined },
    ),
    devices: [
      ...content.devices.map((it) => (it.state === 'active' ? { ...it, ...UNCONFIRMED } : it)),
      deviceOf(parties, device),
    ],
  })
}

/** The life of an account, by the number of its manifest. */
export const STORY = {
  founded: 0,
  bobAdded: 1,
  slotsAdded: 2,
  rotated: 3,
  aliceRevoked: 4,
  carolJoined: 5,
  bobConfirmed: 6,
} as const

/** All manifests of {@link STORY}. */
export async function tellStory(parties: Parties): Promise<readonly Manifest[]> {
  const chain: Manifest[] = []
  const head = () => chain.at(-1) as Manifest
  const add = async (by: Party, content: ManifestBody) =>
    chain.push(await signManifest(content, parties[by]))
  await add('alice', await foundedBy(parties))
  await add('alice', after(head(), { devices: [...head().devices, deviceOf(parties, 'bob')] }))
  const slots = [
    slotOf(parties, 'recovery', ['bob']),
    slotOf(parties, 'passkey', ['bob']),
    ...head().slots,
  ]
  await add('bob', after(head(), { slots }))
  await add('alice', rotated(after(head())))
  const { devices } = head()
  await add(
    'bob',
    rotated(
      after(head(), {
        devices: edit(devices, 'alice', REVOKED),
        slots: without(head().slots, 'passphrase'),
        revocations: [{ deviceId: IDS.alice, list: someDigest() }],
      }),
    ),
  )
  await add('recovery', joined(head(), parties, 'recovery', 'carol'))
  await add(
    'carol',
    after(head(), {
      devices: edit(head().devices, 'bob', { state: 'active', sealed: someDigest() }),
      slots: edit(head().slots, 'passkey', { sealed: someDigest() }),
    }),
  )
  return chain
}

/** For each manifest of the story, the chain of which it is the head. */
export async function chainsOf(story: readonly Manifest[]): Promise<readonly Chain[]> {
  const [first, ...others] = story as [Manifest, ...Manifest[]]
  const chains = [await verifyChain([first.stored], { pin: pinOf(first) })]
  for (const { stored } of others) chains.push(await (chains.at(-1) as Chain).extend([stored]))
  return chains
}

export function storedOf(manifests: readonly Manifest[]): readonly Uint8Array[] {
  return manifests.map(({ stored }) => stored)
}

export function pinOf({ counter, digest }: Manifest) {
  return { counter, digest }
}
