/** Every rule of spec/account.md §5, each broken alone, by signing what breaks it with a real key. */
import type { SuiteName } from '@zkeb/core'
import type { Chain, Manifest } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import {
  after,
  chainsOf,
  deviceOf,
  edit,
  IDS,
  joined,
  keysOf,
  type Parties,
  partiesOf,
  REVOKED,
  rotated,
  STORY,
  slotOf,
  someDigest,
  tellStory,
  UNCONFIRMED,
  without,
} from '../../../test/support/chains'
import { SUITES } from '../../../test/support/identities'
import { errorOf, outcomeOf } from '../../../test/support/outcome'
import { type ManifestBody, signManifest } from '../src/account/manifest'

type Name = keyof typeof IDS

/** The chain of one suite, and who is in it. */
interface World {
  readonly parties: Parties
  readonly story: readonly Manifest[]
  readonly chains: readonly Chain[]
}

/** What is to follow a manifest of the story, and who signs it. */
interface Case {
  readonly name: string
  readonly at: keyof typeof STORY
  readonly by: Name
  readonly rule?: number
  content(before: Manifest, world: World): ManifestBody
}

async function worldOf(suite: SuiteName): Promise<World> {
  const parties = await partiesOf(suite)
  const story = await tellStory(parties)
  return { parties, story, chains: await chainsOf(story) }
}

async function follow(world: World, { at, by, content }: Case): Promise<unknown> {
  const chain = world.chains[STORY[at]] as Chain
  const next = await signManifest(content(chain.head, world), world.parties[by])
  return errorOf(() => chain.extend([next.stored]))
}

const revoke = (name: Name) => ({ deviceId: IDS[name], list: someDigest() })
const add = ({ devices }: Manifest, { parties }: World, changes = {}) => [
  ...devices,
  { ...deviceOf(parties, 'dave'), ...changes },
]
/** Without the slots that a revocation takes along. */
const revoking = (before: Manifest, name: Name): ManifestBody => ({
  ...after(before),
  devices: edit(before.devices, name, REVOKED),
  slots: before.slots.filter(({ handlers }) => !handlers.includes(IDS[name])),
  revocations: [...before.revocations, revoke(name)],
})
const join = (before: Manifest, { parties }: World) => joined(before, parties, 'recovery', 'dave')
const own = ({ id }: { readonly id: string }) => id === IDS.recovery

const BAD: readonly Case[] = [
  ...rule(1, 'bobAdded', 'alice', {
    'another account': (before) => after(before, { accountId: someDigest() }),
    'a nonce again': (before, { story }) => after(before, { nonce: story[0]?.nonce }),
    'the same counter': (before) => after(before, { counter: before.counter }),
    'a counter left out': (before) => after(before, { counter: before.counter + 2 }),
    'another predecessor': (before) => after(before, { predecessor: someDigest() }),
    'the predecessor of the predecessor': (before, { story }) =>
      after(before, { predecessor: story[0]?.digest }),
    'no predecessor': (before) => after(before, { predecessor: undefined }),
  }),
  ...rule(2, 'rotated', 'alice', {
    'a generation left out': (before) => ({ ...rotated(after(before)), generation: 3 }),
    'a generation back': (before) => ({ ...rotated(after(before)), generation: 0 }),
    'a generation left out, with the same key': (before) => after(before, { generation: 3 }),
    'a generation back, with the same key': (before) => after(before, { generation: 0 }),
    'another account key': (before) => after(before, { commitment: someDigest() }),
  }),
  ...rule(3, 'bobAdded', 'dave', {
    'signed by a stranger': (before) => after(before),
    'a stranger adds itself': (before, world) => after(before, { devices: add(before, world) }),
  }),
  ...rule(3, 'aliceRevoked', 'alice', {
    'signed by a revoked device': (before) => after(before),
    'a revoked device rotates': (before) => rotated(after(before)),
  }),
  ...rule(3, 'aliceRevoked', 'passphrase', { 'signed by a slot that was removed': join }),
  ...rule(3, 'carolJoined', 'bob', { 'signed by an unconfirmed device': (it) => after(it) }),
  ...rule(3, 'carolJoined', 'passkey', {
    'signed by a dormant slot': (before, { parties }) => joined(before, parties, 'passkey', 'dave'),
  }),
  ...rule(4, 'bobAdded', 'alice', {
    'a device is gone': (it) => after(it, { devices: without(it.devices, 'bob') }),
    'a device changes its signing key': (before, { parties }) => {
      const { signing } = keysOf(parties.dave)
      return after(before, { devices: edit(before.devices, 'bob', { signing }) })
    },
    'a device changes its encryption key': (before, { parties }) => {
      const { encryption } = keysOf(parties.dave)
      return after(before, { devices: edit(before.devices, 'bob', { encryption }) })
    },
    'a device changes its suite': (before, { parties }) => {
      const suite = parties.bob.suite === 'rsa' ? 'x25519' : 'rsa'
      return after(before, { devices: edit(before.devices, 'bob', { suite }) })
    },
    'a device with the id of a slot': (before, world) =>
      after(before, { devices: add(before, world, { id: IDS.passphrase }) }),
    'a device with the keys of another': (before, world) =>
      after(before, { devices: add(before, world, keysOf(world.parties.bob)) }),
    'a device with the signing key of another': (before, world) => {
      const { signing } = keysOf(world.parties.bob)
      return after(before, { devices: add(before, world, { signing }) })
    },
    'one key for both': (before, world) => {
      const { signing } = keysOf(world.parties.dave)
      return after(before, { devices: add(before, world, { encryption: signing }) })
    },
    'a key that is none': (before, world) => {
      const encryption = keysOf(world.parties.dave).encryption.slice(1)
      return after(before, { devices: add(before, world, { encryption }) })
    },
    'no key': (before, world) =>
      after(before, { devices: add(before, world, { signing: new Uint8Array() }) }),
    'two slots of one key': (before, { parties }) => {
      const slot = slotOf(parties, 'recovery', ['alice'])
      const slots = [...before.slots, slot, { ...slot, id: IDS.passkey }]
      return after(before, { slots })
    },
  }),
  ...rule(4, 'aliceRevoked', 'bob', {
    'a revoked device is active again': (before) =>
      after(before, {
        devices: edit(before.devices, 'alice', { state: 'active', sealed: someDigest() }),
        revocations: [],
      }),
    'a revoked device is unconfirmed': (before) =>
      after(before, { devices: edit(before.devices, 'alice', UNCONFIRMED), revocations: [] }),
    'the keys of a revoked device, as new': (before, world) =>
      after(before, { devices: add(before, world, keysOf(world.parties.alice)) }),
    'a slot that was removed is back': (before, { parties }) =>
      after(before, { slots: [...before.slots, slotOf(parties, 'passphrase', ['bob'])] }),
    'the keys of a slot that was removed, as new': (before, { parties }) => {
      const slot = { ...slotOf(parties, 'passphrase', ['bob']), id: IDS.other }
      return after(before, { slots: [...before.slots, slot] })
    },
    'the keys of a slot that was removed, as those of a device': (before, world) =>
      after(before, { devices: add(before, world, keysOf(world.parties.passphrase)) }),
  }),
  ...rule(5, 'aliceRevoked', 'bob', {
    'a revocation is gone': (before) => after(before, { revocations: [] }),
    'another list': (before) => after(before, { revocations: [revoke('alice')] }),
    'a revocation of an active device': (before) =>
      after(before, { revocations: [...before.revocations, revoke('bob')] }),
    'a revocation of nobody': (before) =>
      after(before, { revocations: [...before.revocations, revoke('dave')] }),
  }),
  ...rule(5, 'rotated', 'bob', {
    'revoked without a revocation': (before) =>
      rotated({ ...revoking(before, 'alice'), revocations: [] }),
  }),
  ...rule(6, 'slotsAdded', 'alice', {
    'a slot changes its kind': (it) =>
      after(it, { slots: edit(it.slots, 'passphrase', { kind: 'passkey' }) }),
    'a slot changes its parameters': (it) =>
      after(it, { slots: edit(it.slots, 'passphrase', { parameters: Uint8Array.of(1, 2) }) }),
    'a slot changes its signing key': (before, { parties }) => {
      const { signing } = keysOf(parties.other)
      return after(before, { slots: edit(before.slots, 'passphrase', { signing }) })
    },
    'a slot changes its encryption key': (before, { parties }) => {
      const { encryption } = keysOf(parties.other)
      return after(before, { slots: edit(before.slots, 'passphrase', { encryption }) })
    },
    'a handler is left out': (it) =>
      after(it, { slots: edit(it.slots, 'passphrase', { handlers: [IDS.bob] }) }),
    'no handler': (it) => after(it, { slots: edit(it.slots, 'passphrase', { handlers: [] }) }),
    'a handler that is no device': (it) => {
      const handlers = [IDS.alice, IDS.dave]
      return after(it, { slots: edit(it.slots, 'passphrase', { handlers }) })
    },
    'a handler that is a slot': (it) => {
      const handlers = [IDS.alice, IDS.recovery]
      return after(it, { slots: edit(it.slots, 'passphrase', { handlers }) })
    },
  }),
  ...rule(6, 'rotated', 'bob', {
    'the slots of a revoked device stay': (before) =>
      rotated({ ...revoking(before, 'alice'), slots: before.slots }),
  }),
  ...rule(6, 'aliceRevoked', 'bob', {
    'a revoked device handles a slot': (it) => {
      const handlers = [IDS.alice, IDS.bob]
      return after(it, { slots: edit(it.slots, 'passkey', { handlers }) })
    },
  }),
  ...rule(7, 'bobAdded', 'alice', {
    'an active device without a sealed key': (it) =>
      after(it, { devices: edit(it.devices, 'bob', { sealed: undefined }) }),
    'a new device without a sealed key': (before, world) =>
      after(before, { devices: add(before, world, { sealed: undefined }) }),
    'another sealed key of a device': (it) =>
      after(it, { devices: edit(it.devices, 'bob', { sealed: someDigest() }) }),
    'another sealed key of the signer': (it) =>
      after(it, { devices: edit(it.devices, 'alice', { sealed: someDigest() }) }),
    'another sealed key of a slot': (it) =>
      after(it, { slots: edit(it.slots, 'passphrase', { sealed: someDigest() }) }),
  }),
  ...rule(7, 'carolJoined', 'carol', {
    'sealed to an unconfirmed device': (it) =>
      after(it, { devices: edit(it.devices, 'bob', { sealed: someDigest() }) }),
    'sealed to a revoked device': (it) =>
      after(it, { devices: edit(it.devices, 'alice', { sealed: someDigest() }) }),
  }),
  ...rule(8, 'bobAdded', 'alice', {
    'a new device is unconfirmed': (before, world) =>
      after(before, { devices: add(before, world, UNCONFIRMED) }),
    'a new device is revoked': (before, world) =>
      rotated({
        ...after(before, { devices: add(before, world, REVOKED) }),
        revocations: [revoke('dave')],
      }),
    'an active device becomes unconfirmed': (it) =>
      rotated(after(it, { devices: edit(it.devices, 'bob', UNCONFIRMED) })),
    'the signer becomes unconfirmed': (it) =>
      rotated(after(it, { devices: edit(it.devices, 'alice', UNCONFIRMED) })),
    'the signer revokes itself': (before) => rotated(revoking(before, 'alice')),
    'revoked without rotation': (before) => revoking(before, 'bob'),
    'a slot becomes dormant': (it) =>
      after(it, { slots: edit(it.slots, 'passphrase', { sealed: undefined }) }),
    'a slot becomes dormant by rotation': (it) => {
      const next = rotated(after(it))
      return { ...next, slots: edit(next.slots, 'passphrase', { sealed: undefined }) }
    },
    'a slot begins dormant': (before, { parties }) => {
      const slot = { ...slotOf(parties, 'passkey', ['alice']), sealed: undefined }
      return after(before, { slots: [...before.slots, slot] })
    },
    'a new slot that its signer has not handled': (before, { parties }) =>
      after(before, { slots: [...before.slots, slotOf(parties, 'passkey', ['bob'])] }),
    'a slot is removed without rotation': (before) => after(before, { slots: [] }),
  }),
  ...rule(8, 'carolJoined', 'carol', {
    'an unconfirmed device is revoked without rotation': (before) => revoking(before, 'bob'),
  }),
  ...rule(9, 'aliceRevoked', 'recovery', {
    'a slot does not rotate': (before, world) => {
      const next = join(before, world)
      const { generation, commitment } = before
      const [was] = before.slots.filter(own)
      const slots = edit(next.slots, 'recovery', { sealed: was?.sealed })
      return { ...next, generation, commitment, slots }
    },
    'no new device': (before) => {
      const next = rotated(after(before))
      return { ...next, slots: edit(next.slots, 'passkey', { sealed: undefined }) }
    },
    'two new devices': (before, world) => {
      const next = join(before, world)
      return { ...next, devices: [...next.devices, deviceOf(world.parties, 'carol')] }
    },
    'the new device is unconfirmed': (before, world) => {
      const next = join(before, world)
      return { ...next, devices: edit(next.devices, 'dave', UNCONFIRMED) }
    },
    'another device stays active': (before, world) => {
      const next = join(before, world)
      const active = { state: 'active', sealed: someDigest() } as const
      return { ...next, devices: edit(next.devices, 'bob', active) }
    },
    'a slot adds a slot': (before, world) => {
      const next = join(before, world)
      const slot = { ...slotOf(world.parties, 'passphrase', ['dave']), id: IDS.other }
      const added = { ...slot, ...keysOf(world.parties.other), sealed: undefined }
      return { ...next, slots: [...next.slots, added] }
    },
    'a slot adds a slot in the place of another': (before, world) => {
      const next = join(before, world)
      const slot = { ...slotOf(world.parties, 'passphrase', ['dave']), id: IDS.other }
      const added = { ...slot, ...keysOf(world.parties.other), sealed: undefined }
      return { ...next, slots: [...without(next.slots, 'passkey'), added] }
    },
    'a slot removes a slot': (before, world) => {
      const next = join(before, world)
      return { ...next, slots: without(next.slots, 'passkey') }
    },
    'another slot stays awake': (before, world) => {
      const next = join(before, world)
      return { ...next, slots: edit(next.slots, 'passkey', { sealed: someDigest() }) }
    },
    'the signer becomes dormant': (before, world) => {
      const next = join(before, world)
      return { ...next, slots: edit(next.slots, 'recovery', { sealed: undefined }) }
    },
    'the new device has not handled the signer': (before, world) => {
      const next = join(before, world)
      return { ...next, slots: edit(next.slots, 'recovery', { handlers: [IDS.bob] }) }
    },
    'the new device has handled another slot': (before, world) => {
      const next = join(before, world)
      const handlers = [IDS.bob, IDS.dave]
      return { ...next, slots: edit(next.slots, 'passkey', { handlers }) }
    },
  }),
  ...rule(9, 'bobAdded', 'passphrase', {
    'a slot revokes a device': (before, { parties }) => {
      const next = joined(before, parties, 'passphrase', 'dave')
      const devices = edit(next.devices, 'bob', REVOKED)
      return { ...next, devices, revocations: [revoke('bob')] }
    },
  }),
  ...rule(9, 'carolJoined', 'recovery', {
    'a slot confirms a device': (before, world) => {
      const next = join(before, world)
      const active = { state: 'active', sealed: someDigest() } as const
      return { ...next, devices: edit(next.devices, 'bob', active) }
    },
    'a slot wakes a slot': (before, world) => {
      const next = join(before, world)
      return { ...next, slots: edit(next.slots, 'passkey', { sealed: someDigest() }) }
    },
    'another handler is added': (before, world) => {
      const next = join(before, world)
      const handlers = [IDS.bob, IDS.carol]
      return { ...next, slots: edit(next.slots, 'passkey', { handlers }) }
    },
  }),
]

/** The same, as they should be. */
const GOOD: readonly Case[] = [
  good('bobAdded', 'alice', {
    'nothing changes': (before) => after(before),
    rotation: (before) => rotated(after(before)),
    'two devices at once': (before, world) => {
      const { devices } = after(before, { devices: add(before, world) })
      return after(before, { devices: [...devices, deviceOf(world.parties, 'carol')] })
    },
    'a handler more': (it) => {
      const handlers = [IDS.alice, IDS.bob]
      return after(it, { slots: edit(it.slots, 'passphrase', { handlers }) })
    },
    'another passphrase': (before, { parties }) =>
      rotated(after(before, { slots: [slotOf(parties, 'recovery', ['alice'])] })),
    'the last slot goes': (before) => rotated(after(before, { slots: [] })),
  }),
  good('rotated', 'bob', {
    'a revocation': (before) => rotated(revoking(before, 'alice')),
  }),
  good('aliceRevoked', 'recovery', { 'a slot lets a device in': join }),
  good('carolJoined', 'recovery', { 'it does so again': join }),
  good('carolJoined', 'carol', {
    'a dormant slot goes, without rotation': (it) =>
      after(it, { slots: without(it.slots, 'passkey') }),
    'a dormant slot stays dormant': (before) => rotated(after(before)),
    'an unconfirmed device is revoked': (before) => rotated(revoking(before, 'bob')),
  }),
].flat()

function good(at: Case['at'], by: Name, contents: Record<string, Case['content']>): Case[] {
  return Object.entries(contents).map(([name, content]) => ({ name, at, by, content }))
}

function rule(
  number: number,
  at: Case['at'],
  by: Name,
  contents: Record<string, Case['content']>,
): Case[] {
  return good(at, by, contents).map((it) => ({ ...it, rule: number }))
}

describe.each(SUITES)('%s: a successor', async (suite) => {
  const world = await worldOf(suite)

  test.each(GOOD)('$at, by $by: $name', async (it) => {
    expect(await follow(world, it)).toBeUndefined()
  })

  test.each(BAD)('rule $rule, $at, by $by: $name', async (it) => {
    const error = await follow(world, it)
    expect(await outcomeOf(() => Promise.reject(error))).toBe('MANIFEST')
    // That rule alone: the text is for people, but it has to name what they can look up.
    expect(String(error)).toContain(`rule ${it.rule}:`)
  })

  test('rule 3: not with the signature of another, or of another manifest', async () => {
    const { parties, chains } = world
    const [chain] = chains as [Chain]
    const { stored } = await signManifest(after(chain.head), parties.alice)
    expect(await outcomeOf(() => chain.extend([stored]))).toBe('none')
    const forged = { public: parties.alice.public, signer: parties.bob.signer }
    const bad = await signManifest(after(chain.head), forged)
    expect(await outcomeOf(() => chain.extend([bad.stored]))).toBe('MANIFEST')
    const { signature } = chain.head
    const replayed = { public: parties.alice.public, signer: { sign: async () => signature } }
    const worse = await signManifest(after(chain.head), replayed)
    expect(await outcomeOf(() => chain.extend([worse.stored]))).toBe('MANIFEST')
  })
})
