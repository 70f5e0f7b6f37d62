import type { Manifest } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import {
  after,
  deviceOf,
  edit,
  IDS,
  partiesOf,
  STORY,
  slotOf,
  someDigest,
  tellStory,
} from '../../../test/support/chains'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { readManifest, signManifest } from '../src/account/manifest'
import { uuidToBytes } from '../src/bytes'
import { pae, readPae } from '../src/encoding/pae'

const parties = await partiesOf('x25519')
const story = await tellStory(parties)
const manifest = story[STORY.slotsAdded] as Manifest

/** Where the pieces of the encodings are. */
const STORED = { body: 0, signer: 1, signature: 2 }
const BODY = {
  label: 0,
  accountId: 1,
  nonce: 2,
  counter: 3,
  predecessor: 4,
  generation: 5,
  commitment: 6,
  slots: 7,
  devices: 8,
  revocations: 9,
}
const SLOT = { id: 0, kind: 1, parameters: 2, suite: 3, sealed: 6, handlers: 7 }
const DEVICE = { id: 0, suite: 1, state: 4, sealed: 5 }

type Pieces = Uint8Array[]
type Change = (pieces: Pieces) => Pieces

const text = (value: string) => new TextEncoder().encode(value)
const piecesOf = (bytes: Uint8Array) => readPae(bytes, 'it', { min: 0, max: 1000 })
/** Another encoding, with its pieces changed. */
const within = (bytes: Uint8Array, change: Change) => pae(change(piecesOf(bytes)))
const put =
  (index: number, value: Uint8Array): Change =>
  (pieces) =>
    pieces.map((piece, i) => (i === index ? value : piece))
const inside =
  (index: number, change: Change): Change =>
  (pieces) =>
    pieces.map((piece, i) => (i === index ? within(piece, change) : piece))

const inBody = (change: Change) => inside(STORED.body, change)
const inSlot = (change: Change) => inBody(inside(BODY.slots, inside(0, change)))
const inDevice = (change: Change) => inBody(inside(BODY.devices, inside(0, change)))
const inRevocation = (change: Change) => inBody(inside(BODY.revocations, inside(0, change)))

const change = (how: Change, { stored } = manifest) =>
  outcomeOf(() => readManifest(within(stored, how)))

describe('a manifest', () => {
  test.each(story.map((it) => [it.counter, it] as const))(
    '%d is read as it was signed',
    async (_counter, it) => {
      expect(await readManifest(it.stored)).toEqual(it)
      expect(await change((pieces) => pieces, it)).toBe('none')
    },
  )

  test('is the same in whatever order its lists come', async () => {
    const { slots, devices } = manifest
    const content = { ...manifest, slots: [...slots].reverse(), devices: [...devices].reverse() }
    const again = await signManifest(content, parties.bob)
    expect(again.digest).toEqual(manifest.digest)
    expect(again.slots.map(({ id }) => id)).toEqual([IDS.passphrase, IDS.recovery, IDS.passkey])
  })

  test('is not what was altered later', async () => {
    const stored = manifest.stored.slice()
    const reading = readManifest(stored)
    stored.fill(0)
    expect(await reading).toEqual(manifest)
  })

  test.each<[string, Change]>([
    ['no piece', () => []],
    ['a piece more', (pieces) => [...pieces, text('')]],
    ['a short fingerprint', put(STORED.signer, new Uint8Array(31))],
    ['no body', put(STORED.body, text(''))],
    ['a piece more in the body', inBody((pieces) => [...pieces, text('')])],
    ['a piece less in the body', inBody((pieces) => pieces.slice(0, -1))],
    ['another label', inBody(put(BODY.label, text('zkeb/envelope/v1')))],
    ['a label that is shorter', inBody(put(BODY.label, text('zkeb/manifest')))],
    ['a short account id', inBody(put(BODY.accountId, new Uint8Array(31)))],
    ['an empty option', inBody(put(BODY.nonce, text('')))],
    ['an option that is neither', inBody(put(BODY.nonce, Uint8Array.of(2)))],
    ['absent, and more', inBody(put(BODY.nonce, Uint8Array.of(0, 0)))],
    ['a short nonce', inBody(put(BODY.nonce, new Uint8Array(32).fill(1)))],
    ['a long predecessor', inBody(put(BODY.predecessor, new Uint8Array(34).fill(1)))],
    ['a short counter', inBody(put(BODY.counter, new Uint8Array(4)))],
    ['a long generation', inBody(put(BODY.generation, new Uint8Array(9)))],
    ['a long commitment', inBody(put(BODY.commitment, new Uint8Array(33)))],
    ['slots that are no list', inBody(put(BODY.slots, text('slots')))],
    ['devices that are cut', inBody(put(BODY.devices, pae([text('a')]).slice(0, -1)))],
    ['slots in another order', inBody(inside(BODY.slots, (it) => [...it].reverse()))],
    ['devices in another order', inBody(inside(BODY.devices, (it) => [...it].reverse()))],
    ['a slot twice', inBody(inside(BODY.slots, (it) => [it[0] as Uint8Array, ...it]))],
    ['a device twice', inBody(inside(BODY.devices, (it) => [it[0] as Uint8Array, ...it]))],
    [
      'a device twice, in two states',
      inBody(
        inside(BODY.devices, ([first, ...more]) => [
          first as Uint8Array,
          within(first as Uint8Array, put(DEVICE.state, text('revoked'))),
          ...more,
        ]),
      ),
    ],
    ['a piece more in a slot', inSlot((pieces) => [...pieces, text('')])],
    ['a short id of a slot', inSlot(put(SLOT.id, new Uint8Array(15)))],
    ['another kind', inSlot(put(SLOT.kind, text('password')))],
    ['a kind in capitals', inSlot(put(SLOT.kind, text('Passphrase')))],
    ['a kind that is no text', inSlot(put(SLOT.kind, Uint8Array.of(0xff)))],
    ['a slot of suite rsa', inSlot(put(SLOT.suite, text('rsa')))],
    ['no suite', inSlot(put(SLOT.suite, text('')))],
    ['a short digest of a slot', inSlot(put(SLOT.sealed, new Uint8Array(32).fill(1)))],
    ['half a handler', inSlot(put(SLOT.handlers, new Uint8Array(24)))],
    ['a handler twice', inSlot(put(SLOT.handlers, new Uint8Array(32)))],
    [
      'handlers in another order',
      inSlot(
        put(SLOT.handlers, new Uint8Array([...uuidToBytes(IDS.bob), ...uuidToBytes(IDS.alice)])),
      ),
    ],
    ['a piece more in a device', inDevice((pieces) => [...pieces, text('')])],
    ['a long id of a device', inDevice(put(DEVICE.id, new Uint8Array(17)))],
    ['another suite', inDevice(put(DEVICE.suite, text('x448')))],
    ['another state', inDevice(put(DEVICE.state, text('trusted')))],
    ['no state', inDevice(put(DEVICE.state, text('')))],
    ['a long digest of a device', inDevice(put(DEVICE.sealed, new Uint8Array(34).fill(1)))],
  ])('is FORMAT with %s', async (_name, how) => {
    expect(await change(how)).toBe('FORMAT')
  })

  test.each<[string, Change]>([
    ['a piece more in a revocation', inRevocation((pieces) => [...pieces, text('')])],
    ['a short id of a revocation', inRevocation(put(0, new Uint8Array(15)))],
    ['a short digest of a list', inRevocation(put(1, new Uint8Array(31)))],
    ['a revocation twice', inBody(inside(BODY.revocations, ([it]) => [it, it] as Pieces))],
  ])('is FORMAT with %s', async (_name, how) => {
    expect(await change(how, story[STORY.aliceRevoked])).toBe('FORMAT')
  })

  test.each([0, 1, 8, 100, 500])(
    'is FORMAT when it ends after %d bytes, or has one too many',
    async (length) => {
      expect(await outcomeOf(() => readManifest(manifest.stored.slice(0, length)))).toBe('FORMAT')
      const more = new Uint8Array([...manifest.stored, 0])
      expect(await outcomeOf(() => readManifest(more))).toBe('FORMAT')
    },
  )

  test('is VERSION with another version, whatever comes after it', async () => {
    const version = (label: string) => put(BODY.label, text(label))
    expect(await change(inBody(version('zkeb/manifest/v2')))).toBe('VERSION')
    expect(await change(inBody(version('zkeb/manifest/v10')))).toBe('VERSION')
    expect(await change(inBody(version('zkeb/manifest/')))).toBe('VERSION')
    expect(await change(inBody(() => [text('zkeb/manifest/v2'), text('')]))).toBe('VERSION')
  })

  test('is read only when it is bytes', async () => {
    for (const it of [undefined, 'text', [1], new ArrayBuffer(8), new Uint16Array(8)]) {
      expect(await misuseOf(() => readManifest(it as never))).toContain('stored')
    }
  })
})

describe('limits of a manifest', () => {
  const id = (i: number) => `20000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`
  const many = <E>(count: number, entry: E) =>
    Array.from({ length: count }, (_, i) => ({ ...entry, id: id(i) }))
  const outcome = (changes: object) =>
    outcomeOf(() => signManifest({ ...after(manifest), ...changes }, parties.bob))
  const slot = slotOf(parties, 'passkey', ['bob'])
  const device = deviceOf(parties, 'bob')

  test('slots, devices and revocations', async () => {
    expect(await outcome({ slots: many(32, slot) })).toBe('none')
    expect(await outcome({ slots: many(33, slot) })).toBe('LIMIT')
    expect(await outcome({ devices: many(256, device) })).toBe('none')
    expect(await outcome({ devices: many(257, device) })).toBe('LIMIT')
    const revocations = many(257, { list: someDigest() }).map((it) => ({ ...it, deviceId: it.id }))
    expect(await outcome({ revocations: revocations.slice(1) })).toBe('none')
    expect(await outcome({ revocations })).toBe('LIMIT')
  })

  test('a number of entries that is only claimed', async () => {
    const claim = pae([]).fill(0xff)
    expect(await change(inBody(put(BODY.slots, claim)))).toBe('LIMIT')
    expect(await change(inBody(put(BODY.devices, claim)))).toBe('LIMIT')
  })

  test('parameters', async () => {
    const parameters = (length: number) => ({
      slots: edit(manifest.slots, 'passkey', { parameters: new Uint8Array(length) }),
    })
    expect(await outcome(parameters(0))).toBe('none')
    expect(await outcome(parameters(1024))).toBe('none')
    expect(await outcome(parameters(1025))).toBe('LIMIT')
  })

  test('counter and generation', async () => {
    for (const name of ['counter', 'generation']) {
      expect(await outcome({ [name]: 0xffff_ffff })).toBe('none')
      expect(await outcome({ [name]: 0x1_0000_0000 })).toBe('LIMIT')
      expect(await outcome({ [name]: Number.MAX_SAFE_INTEGER })).toBe('LIMIT')
    }
    expect(await change(inBody(put(BODY.counter, new Uint8Array(8).fill(0xff))))).toBe('LIMIT')
  })

  test('all of it', async () => {
    const padded = (length: number) => {
      const { stored } = manifest
      return change(put(STORED.signature, new Uint8Array(length - stored.length + 64)))
    }
    expect(await padded(2 * 1024 * 1024)).toBe('none')
    expect(await padded(2 * 1024 * 1024 + 1)).toBe('LIMIT')
  })

  test('all of the largest together', async () => {
    const { alice, passkey } = await partiesOf('pq')
    const pq = await partiesOf('pq')
    const devices = many(256, deviceOf(pq, 'alice'))
    const handlers = devices.map((it) => it.id)
    const parameters = new Uint8Array(1024)
    const slots = many(32, { ...slotOf(pq, 'passkey', ['alice']), handlers, parameters })
    const revocations = devices.map((it) => ({ deviceId: it.id, list: someDigest() }))
    const content = { ...after(manifest), slots, devices, revocations }
    expect(passkey.suite).toBe('pq')
    expect((await signManifest(content, alice)).stored.length).toBeLessThan(2 * 1024 * 1024)
  })
})
