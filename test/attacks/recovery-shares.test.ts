/** Attacks with recovery shares: what a guardian, a server or a finder of paper could hand in. */
import { grant } from '@zkeb/core'
import {
  checkShares,
  combineShares,
  inspectShare,
  openShare,
  receiveShare,
  recoveryKit,
  releaseCode,
  releaseShare,
  sealShare,
} from '@zkeb/core/recovery'
import { describe, expect, test } from 'vitest'
import { growTree } from '../../packages/core/src/recovery/merkle'
import { confirmOf, leafOf, setIdOf } from '../../packages/core/src/recovery/proof'
import { writeHeader, writeShare } from '../../packages/core/src/recovery/share'
import { inBatches } from '../support/bytes'
import { malloryOf, peopleOf } from '../support/identities'
import { outcomeOf } from '../support/outcome'
import { AT, faultOf, makeSet, reportOf, spoil, withByte } from '../support/shares'

const { shares, setId, share, secret } = await makeSet(3, 5, { epoch: 7 })
const other = await makeSet(3, 5, { epoch: 7 })
const yOf = (bytes: Uint8Array) => Uint8Array.from(bytes.subarray(AT.y, AT.depth))

/** A whole set of an enemy's own making, of these y and this confirm. */
async function invent(ys: readonly Uint8Array[], confirm: Uint8Array, threshold: number) {
  const header = writeHeader({ threshold, total: ys.length, epoch: 7 })
  const parts = ys.map((y, i) => ({ header, index: i + 1, y: Uint8Array.from(y) }))
  const { root, paths } = await growTree(await Promise.all(parts.map(leafOf)))
  const set = { header, confirm: Uint8Array.from(confirm) }
  const id = await setIdOf(set, root)
  return parts.map((part, i) =>
    writeShare({ ...set, ...part, setId: id, path: paths[i] ?? header }),
  )
}

/** Why a share is bad whose byte at `place` has another value. */
function expectedReason(place: number): RegExp {
  if (place === AT.version || place === AT.version + 1) return /^version$/
  // Some other numbers are out of range, some are not.
  const isNumber = [AT.threshold, AT.total, AT.x].includes(place as never)
  if (isNumber) return /^(?:format|altered)$/
  const isForm = place < AT.version || place === AT.length || place === AT.depth
  return isForm ? /^format$/ : /^altered$/
}

async function expectCaught(altered: Uint8Array, place: number, pinned: boolean) {
  const fault = await faultOf(() => inspectShare(altered, pinned ? { setId } : {}))
  expect(fault?.reason).toMatch(expectedReason(place))
  // What it claims to be, and nothing where it could not be read.
  expect(fault?.index).toBe(fault?.reason === 'altered' ? altered[AT.x] : undefined)
}

describe('every change of a share is caught from that share alone', () => {
  test.each([true, false])('every bit of every share; setId pinned: %s', async (pinned) => {
    for (const bytes of shares) {
      const bits = Array.from({ length: bytes.length * 8 }, (_, bit) => bit)
      await inBatches(bits, 64, async (bit) => {
        const place = bit >> 3
        const altered = withByte(bytes, place, (bytes[place] as number) ^ (1 << (bit & 7)))
        await expectCaught(altered, place, pinned)
      })
    }
  })

  test('every other value of every byte', async () => {
    const bytes = share(2)
    for (const place of bytes.keys()) {
      const values = Array.from({ length: 256 }, (_, value) => value)
      const others = values.filter((value) => value !== bytes[place])
      await inBatches(others, 64, async (value) => {
        await expectCaught(withByte(bytes, place, value), place, true)
      })
    }
  })

  test('every length but its own', async () => {
    for (let length = 0; length < 200; length++) {
      if (length === share(1).length) continue
      const bytes = new Uint8Array(length)
      bytes.set(share(1).subarray(0, length))
      expect((await faultOf(() => inspectShare(bytes, { setId })))?.reason).toBe('format')
    }
  })
})

test('x = 0, whose y would be the secret, is refused', async () => {
  const chosen = withByte(share(1), AT.x, 0)
  chosen.fill(0x41, AT.y, AT.depth)
  const report = await reportOf(() => combineShares([chosen, share(2), share(3)]))
  expect(report.bad).toEqual([{ position: 0, reason: 'format' }])
  expect(report).toMatchObject({ have: 2, need: 3, recovers: false })
})

test('too few shares give nothing, whatever they are filled up with', async () => {
  for (const filler of [[], [share(1)], [spoil(share(3))], [other.share(3)]]) {
    const report = await reportOf(() => combineShares([share(1), share(2), ...filler], { setId }))
    expect(report).toMatchObject({ have: 2, need: 3, recovers: false })
  }
})

test('a share given twice counts once', async () => {
  const report = await reportOf(() => combineShares([share(1), share(2), share(2)]))
  expect(report.bad).toEqual([{ position: 2, reason: 'duplicate', index: 2, epoch: 7 }])
})

describe('mixed sets', () => {
  const mixed = [share(1), other.share(2), other.share(3), other.share(4)]

  test('are refused where nothing is pinned, though one of them has a majority', async () => {
    const report = await reportOf(() => combineShares(mixed))
    expect(report).toMatchObject({ have: 0, need: undefined, good: [], bad: [], recovers: false })
    expect(report.sets.map(({ positions }) => positions)).toEqual([[0], [1, 2, 3]])
  })

  test('are told apart by the pinned setId, though it has a minority', async () => {
    const report = await checkShares([...mixed, share(2), share(5)], { setId })
    expect(report.bad.map(({ position, reason }) => [position, reason])).toEqual([
      [1, 'foreign'],
      [2, 'foreign'],
      [3, 'foreign'],
    ])
    expect(report).toMatchObject({ have: 3, need: 3, recovers: true })
  })

  test('of another epoch, too', async () => {
    const next = await makeSet(3, 5, { epoch: 8 })
    const given = [share(1), share(2), share(3), next.share(4)]
    expect((await reportOf(() => combineShares(given))).sets.length).toBe(2)
    const { bad } = await reportOf(() => combineShares(given, { setId }))
    expect(bad).toEqual([{ position: 3, reason: 'foreign', index: 4, epoch: 8 }])
  })
})

describe('a forged share that is whole in itself', () => {
  test('is foreign, and altered where it claims the setId', async () => {
    const ys = shares.map(yOf)
    const forged = await invent([yOf(other.share(1)), ...ys.slice(1)], new Uint8Array(16), 3)
    const [first = new Uint8Array()] = forged
    expect((await faultOf(() => inspectShare(first, { setId })))?.reason).toBe('foreign')
    expect(await inspectShare(first)).toMatchObject({ proven: 'consistent', index: 1 })
    const claims = Uint8Array.from(first)
    claims.set(setId, AT.setId)
    expect((await faultOf(() => inspectShare(claims, { setId })))?.reason).toBe('altered')
    expect((await faultOf(() => inspectShare(claims)))?.reason).toBe('altered')
  })

  test('two guardians who write a smaller threshold get no secret accepted', async () => {
    const confirm = share(1).subarray(AT.confirm, AT.x)
    const forged = await invent([yOf(share(1)), yOf(share(2))], confirm, 2)
    const report = await reportOf(() => combineShares(forged))
    expect(report).toMatchObject({ have: 2, need: 2, bad: [], recovers: false })
    expect(await checkShares(forged, { setId })).toMatchObject({ have: 0, recovers: false })
  })

  test('whoever invents a whole set is found out by the pinned setId alone', async () => {
    const invented = other.shares.slice(0, 3)
    expect(await combineShares(invented)).toEqual(other.secret)
    expect(await outcomeOf(() => combineShares(invented, { setId }))).toBe('SHARES')
  })
})

describe('a dealer whose shares do not fit', () => {
  test('is found out; none of the shares is called bad', async () => {
    const header = writeHeader({ threshold: 3, total: 5, epoch: 7 })
    const confirm = await confirmOf(Uint8Array.from(secret), header)
    const ys = shares.map(yOf)
    const unfit = await invent([yOf(other.share(1)), ...ys.slice(1)], confirm, 3)
    expect(await checkShares(unfit)).toMatchObject({ have: 5, need: 3, bad: [], recovers: false })
    expect(await outcomeOf(() => combineShares(unfit.slice(0, 3)))).toBe('SHARES')
    expect(await combineShares(unfit.slice(1, 4))).toEqual(secret)
  })
})

describe('a server that swaps what it keeps', async () => {
  const { alice: owner, bob, carol, dave: requester } = await peopleOf('x25519')
  const mallory = await malloryOf('x25519')
  const accountId = new Uint8Array(32).fill(1)
  const sealing = { from: owner, accountId }
  const forBob = await sealShare(share(1), { ...sealing, to: bob.public })
  const forCarol = await sealShare(share(2), { ...sealing, to: carol.public })
  const expected = { from: owner.public, accountId, setId, index: 1 }
  const asBob = { ...expected, as: bob }
  const code = await releaseCode(requester.public)

  test('one guardian’s share for another’s', async () => {
    expect(await outcomeOf(() => openShare(forCarol, asBob))).toBe('SIGNATURE')
    expect(await outcomeOf(() => openShare(forCarol, { ...asBob, index: 2 }))).toBe('NOT_RECIPIENT')
  })

  test('a share of its own making, from itself', async () => {
    const own = await sealShare(other.share(1), { from: mallory, accountId, to: bob.public })
    expect(await outcomeOf(() => openShare(own, asBob))).toBe('SIGNATURE')
  })

  test('a share of an earlier set, genuine in its time', async () => {
    const earlier = await sealShare(other.share(1), { ...sealing, to: bob.public })
    expect(await outcomeOf(() => openShare(earlier, asBob))).toBe('SIGNATURE')
  })

  test('its own key for the requester’s', async () => {
    const releasing = { ...expected, as: bob, to: mallory.public, code }
    expect(await outcomeOf(() => releaseShare(forBob, releasing))).toBe('CODE')
  })

  test('a release by another guardian, or for another share', async () => {
    const to = requester.public
    const release = await releaseShare(forBob, { ...expected, as: bob, to, code })
    const receiving = { ...expected, as: requester, guardian: bob.public }
    expect(await receiveShare(forBob, release, receiving)).toEqual(share(1))
    const attempt = (change: object, envelope = forBob) =>
      outcomeOf(() => receiveShare(envelope, release, { ...receiving, ...change }))
    expect(await attempt({ guardian: carol.public })).toBe('SIGNATURE')
    expect(await attempt({ as: mallory })).toBe('NOT_RECIPIENT')
    expect(await attempt({ index: 2 }, forCarol)).toBe('SIGNATURE')
  })

  test('a grant of an envelope that is no share', async () => {
    // Bob grants something else of the owner's: its associated data is not that of a share.
    const { seal } = await import('@zkeb/core')
    const letter = await seal(share(1), { to: bob.public, from: owner })
    const given = await grant(letter, { as: bob, to: requester.public, from: owner.public })
    const receiving = { ...expected, as: requester, guardian: bob.public }
    expect(await outcomeOf(() => receiveShare(letter, given, receiving))).toBe('SIGNATURE')
  })
})

test('HTML in a name stays text', async () => {
  const print = new Uint8Array(32)
  const kit = await recoveryKit(share(1), {
    ...{ accountId: print, ownerFingerprint: print, guardianFingerprint: print, createdAt: 0 },
    ownerName: '</bdi><script>alert(1)</script><img src=x onerror=a>',
    guardianName: '"\' onload=a &lt;script&gt; </style><base href=//x>',
  })
  expect(kit.html).not.toMatch(/<(?:script|img|base)/)
  expect(kit.html.match(/<\/style>/g)?.length).toBe(1)
  expect(kit.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(kit.html).toContain('&amp;lt;script&amp;gt;')
})
