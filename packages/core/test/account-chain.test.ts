/** First manifests, what a client knows of a chain, and what a chain tells. The rules of successors are in account-rules.test.ts. */
import { type Manifest, verifyChain } from '@zkeb/core/account'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  after,
  chainsOf,
  deviceOf,
  edit,
  foundedBy,
  IDS,
  keysOf,
  type Parties,
  partiesOf,
  pinOf,
  REVOKED,
  rotated,
  STORY,
  someDigest,
  storedOf,
  tellStory,
  UNCONFIRMED,
} from '../../../test/support/chains'
import { SUITES } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { type ManifestBody, readManifest, signManifest } from '../src/account/manifest'

describe.each(SUITES)('%s: a first manifest', async (suite) => {
  const parties = await partiesOf(suite)
  const founding = await foundedBy(parties)
  const keys = keysOf(parties.alice)
  const { signing } = keysOf(parties.passphrase)
  const outcome = async (changes: Partial<ManifestBody>, by: keyof Parties = 'alice') => {
    const first = await signManifest({ ...founding, ...changes }, parties[by])
    return outcomeOf(() => verifyChain([first.stored], { pin: pinOf(first) }))
  }

  test('is good', async () => {
    expect(await outcome({})).toBe('none')
    expect(await outcome({ slots: [] })).toBe('none')
  })

  test.each<[string, Partial<ManifestBody>]>([
    ['a later counter', { counter: 1 }],
    ['a later generation', { generation: 1 }],
    ['no nonce', { nonce: undefined }],
    ['another nonce', { nonce: someDigest() }],
    ['another account', { accountId: someDigest() }],
    ['a predecessor', { predecessor: someDigest() }],
    ['a revocation', { revocations: [{ deviceId: IDS.bob, list: someDigest() }] }],
    ['no device', { devices: [] }],
    ['two devices', { devices: [...founding.devices, deviceOf(parties, 'bob')] }],
    ['another device', { devices: [deviceOf(parties, 'bob')] }],
    ['an unconfirmed device', { devices: edit(founding.devices, 'alice', UNCONFIRMED) }],
    ['a revoked device', { devices: edit(founding.devices, 'alice', REVOKED) }],
    ['no sealed key', { devices: edit(founding.devices, 'alice', { sealed: undefined }) }],
    [
      'a key that is none',
      { devices: edit(founding.devices, 'alice', { encryption: keys.encryption.slice(1) }) },
    ],
    [
      'one key for both',
      { devices: edit(founding.devices, 'alice', { encryption: keys.signing }) },
    ],
    ['a dormant slot', { slots: edit(founding.slots, 'passphrase', { sealed: undefined }) }],
    ['a slot of nobody', { slots: edit(founding.slots, 'passphrase', { handlers: [] }) }],
    [
      'a slot of another device',
      { slots: edit(founding.slots, 'passphrase', { handlers: [IDS.bob] }) },
    ],
    [
      'a slot of another device, too',
      { slots: edit(founding.slots, 'passphrase', { handlers: [IDS.alice, IDS.bob] }) },
    ],
    [
      'a slot with the id of the device',
      { slots: edit(founding.slots, 'passphrase', { id: IDS.alice }) },
    ],
    [
      'a slot with a key that is none',
      { slots: edit(founding.slots, 'passphrase', { signing: signing.slice(1) }) },
    ],
  ])('is refused: %s', async (_name, changes) => {
    expect(await outcome(changes)).toBe('MANIFEST')
  })

  test('is refused where another device, or a slot, signed it', async () => {
    expect(await outcome({}, 'bob')).toBe('MANIFEST')
    expect(await outcome({}, 'passphrase')).toBe('MANIFEST')
  })
})

describe('what a client knows', async () => {
  const parties = await partiesOf('x25519')
  const story = await tellStory(parties)
  const stored = storedOf(story)
  const [first, second, third] = story as [Manifest, Manifest, Manifest]
  const head = story.at(-1) as Manifest
  const { accountId } = first
  const outcome = (chain: readonly Uint8Array[], at: Manifest, known = {}) =>
    outcomeOf(() => verifyChain(chain, { pin: pinOf(at), ...known }))
  /** A history that is another from the third manifest on. */
  const fork = async () => {
    const other = await signManifest(rotated(after(second)), parties.alice)
    return [...stored.slice(0, 2), other.stored]
  }

  test.each(story.map((it) => [it.counter, it] as const))(
    'a pin at %d',
    async (_counter, pinned) => {
      const chain = await verifyChain(stored, { accountId, pin: pinOf(pinned) })
      expect(chain.pin).toEqual(pinOf(head))
      expect(await outcome(stored.slice(0, pinned.counter + 1), pinned)).toBe('none')
    },
  )

  test('a chain that ends before the pin is ROLLBACK', async () => {
    expect(await outcome(stored.slice(0, -1), head)).toBe('ROLLBACK')
    expect(await outcome([], first)).toBe('ROLLBACK')
  })

  test('another manifest in the place of the pin is FORK', async () => {
    const other = await fork()
    expect(await outcome(other, second)).toBe('none')
    expect(await outcome(other, third)).toBe('FORK')
    expect(await outcome(other, head)).toBe('ROLLBACK')
  })

  test('a first device that founds the account once more is FORK', async () => {
    // The id is the same: without a pin this would go through.
    const again = await signManifest({ ...first, commitment: someDigest() }, parties.alice)
    expect(await outcome([again.stored], first)).toBe('FORK')
    expect(await outcome([again.stored], again, { accountId })).toBe('none')
  })

  test('what is no chain is MANIFEST, whatever the pin', async () => {
    const bad = await signManifest(after(head, { devices: [] }), parties.carol)
    expect(await outcome([...(await fork()), bad.stored], head)).toBe('MANIFEST')
    expect(await outcome([...stored, bad.stored], first)).toBe('MANIFEST')
  })

  test('a chain of another account is MANIFEST', async () => {
    expect(await outcome(stored, first, { accountId: someDigest() })).toBe('MANIFEST')
  })

  test.each([
    ['the first is left out', (all: readonly Uint8Array[]) => all.slice(1)],
    ['one is left out', (all: readonly Uint8Array[]) => all.filter((_, i) => i !== 2)],
    [
      'one stands twice',
      (all: readonly Uint8Array[]) => all.flatMap((it, i) => (i === 2 ? [it, it] : [it])),
    ],
    ['two are exchanged', ([a, b, c, d]: readonly Uint8Array[]) => [a, c, b, d]],
  ])('%s: MANIFEST', async (_name, change) => {
    expect(await outcome(change(stored) as Uint8Array[], first)).toBe('MANIFEST')
  })

  test('of a body that was signed twice, either is the manifest', async () => {
    const rsa = await partiesOf('rsa')
    const [founded, next] = await tellStory(rsa)
    // RSA-PSS is randomized.
    const again = await signManifest(next as Manifest, rsa.alice)
    expect(again.stored).not.toEqual(next?.stored)
    const chain = [(founded as Manifest).stored, again.stored]
    expect(await outcome(chain, next as Manifest)).toBe('none')
  })

  test('is copied before anything else happens', async () => {
    const [digest, id] = [first.digest.slice(), accountId.slice()]
    const bytes = stored.map((it) => it.slice())
    const verifying = verifyChain(bytes.slice(0, 1), { accountId: id, pin: { counter: 0, digest } })
    for (const it of [digest, id, bytes[0] as Uint8Array]) it.fill(0)
    expect((await verifying).has(first.digest)).toBe(true)
  })

  test('comes from the programmer', async () => {
    const pin = pinOf(first)
    const misuse = (known: unknown, chain: unknown = stored) =>
      misuseOf(() => verifyChain(chain as Uint8Array[], known as { pin: typeof pin }))
    expect(await misuse({ pin }, 'chain')).toContain('manifests')
    expect(await misuse({ pin }, ['chain'])).toContain('stored')
    expect(await misuse({})).toContain('known.pin')
    expect(await misuse(undefined)).toContain('known')
    expect(await misuse({ pin: { ...pin, counter: -1 } })).toContain('known.pin.counter')
    expect(await misuse({ pin: { ...pin, counter: 0.5 } })).toContain('known.pin.counter')
    expect(await misuse({ pin: { counter: 0, digest: new Uint8Array(31) } })).toContain('digest')
    expect(await misuse({ pin: { counter: 0 } })).toContain('known.pin.digest')
    expect(await misuse({ pin, accountId: 'a' })).toContain('known.accountId')
  })
})

describe('a chain', async () => {
  const parties = await partiesOf('x25519')
  const story = await tellStory(parties)
  const [first] = story as [Manifest]
  const head = story.at(-1) as Manifest
  const chain = await verifyChain(storedOf(story), { pin: pinOf(first) })

  test('tells account, head and pin', () => {
    expect(chain.manifests).toEqual(story)
    expect([chain.accountId, chain.head]).toEqual([first.accountId, head])
    expect(chain.pin).toEqual({ counter: 6, digest: head.digest })
  })

  test('tells devices and slots of the head', () => {
    const states = (['alice', 'bob', 'carol', 'dave'] as const).map(
      (it) => chain.device(IDS[it])?.state,
    )
    expect(states).toEqual(['revoked', 'active', 'active', undefined])
    expect(chain.slot(IDS.recovery)?.handlers).toEqual([IDS.bob, IDS.carol])
    expect(chain.slot(IDS.passphrase)).toBeUndefined()
    expect(chain.slot(IDS.bob)).toBeUndefined()
  })

  test('tells whose keys they are, of those that are gone, too', () => {
    for (const name of ['alice', 'carol', 'passphrase', 'passkey'] as const) {
      expect(chain.identity(IDS[name])?.fingerprint).toEqual(parties[name].public.fingerprint)
    }
    expect(chain.identity(IDS.dave)).toBeUndefined()
  })

  test('tells commitments', () => {
    expect(chain.commitment(0)).toEqual(first.commitment)
    expect(chain.commitment(3)).toEqual(head.commitment)
    expect(chain.commitment(4)).toBeUndefined()
    expect(chain.commitment(-1)).toBeUndefined()
  })

  test('tells which manifests it has', () => {
    expect(story.every(({ digest }) => chain.has(digest))).toBe(true)
    expect(chain.has(someDigest())).toBe(false)
    expect(chain.has(new Uint8Array())).toBe(false)
  })

  test('tells in which generations a device was active', () => {
    const generations = (name: 'alice' | 'bob' | 'carol' | 'dave') =>
      [0, 1, 2, 3, 4].filter((generation) => chain.wasActive(IDS[name], generation))
    expect(generations('alice')).toEqual([0, 1])
    expect(generations('bob')).toEqual([0, 1, 2, 3])
    expect(generations('carol')).toEqual([3])
    expect(generations('dave')).toEqual([])
  })

  test('is continued after its head, and does not change', async () => {
    const next = await signManifest(rotated(after(head)), parties.bob)
    const longer = await chain.extend([next.stored])
    expect(longer.pin).toEqual(pinOf(next))
    expect(chain.pin).toEqual(pinOf(head))
    expect((await chain.extend([])).pin).toEqual(chain.pin)
  })

  test('is not continued by anything else', async () => {
    const outcome = async (stored: Uint8Array) => outcomeOf(() => chain.extend([stored]))
    const before = story[STORY.carolJoined] as Manifest
    const { stored } = await signManifest(rotated(after(before)), parties.carol)
    expect(await outcome(stored)).toBe('MANIFEST')
    expect(await outcome(head.stored)).toBe('MANIFEST')
    expect(await outcome(first.stored)).toBe('MANIFEST')
  })

  test('takes in nothing of what it refused', async () => {
    const devices = [...head.devices, deviceOf(parties, 'dave')]
    const bad = await signManifest(after(head, { devices, slots: [] }), parties.bob)
    expect(await outcomeOf(() => chain.extend([bad.stored]))).toBe('MANIFEST')
    expect(chain.identity(IDS.dave)).toBeUndefined()
    const good = await signManifest(after(head, { devices }), parties.bob)
    expect((await chain.extend([good.stored])).device(IDS.dave)?.state).toBe('active')
  })
})

describe.each(SUITES)('%s: any byte of any manifest', async (suite) => {
  const story = await tellStory(await partiesOf(suite))
  const chains = await chainsOf(story)
  const pin = pinOf(story[0] as Manifest)

  test('counts', async () => {
    const change = fc.record({
      index: fc.nat(story.length - 1),
      position: fc.nat(),
      mask: fc.integer({ min: 1, max: 255 }),
    })
    const property = fc.asyncProperty(change, async ({ index, position, mask }) => {
      const bytes = (story[index] as Manifest).stored.slice()
      const at = position % bytes.length
      bytes[at] = (bytes[at] as number) ^ mask
      const read = () => chains[index - 1]?.extend([bytes]) ?? verifyChain([bytes], { pin })
      expect(['FORMAT', 'VERSION', 'LIMIT', 'MANIFEST']).toContain(await outcomeOf(read))
    })
    await fc.assert(property, { numRuns: 200 })
  })

  test('is read wherever it lies', async () => {
    const { stored, digest } = story[STORY.carolJoined] as Manifest
    const shared = new Uint8Array(new SharedArrayBuffer(stored.length + 7), 5, stored.length)
    shared.set(stored)
    const read = await readManifest(shared)
    expect([read.digest, read.stored]).toEqual([digest, stored])
    expect(read.stored.buffer).toBeInstanceOf(ArrayBuffer)
  })
})
