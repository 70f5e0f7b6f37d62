import { isZkebError } from '@zkeb/core'
import {
  checkShares,
  combineShares,
  createRecoverySet,
  encodeShare,
  inspectShare,
} from '@zkeb/core/recovery'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../../../test/support/bytes'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'
import { AT, faultOf, makeSet, reportOf, spoil, withByte } from '../../../test/support/shares'

const set = await makeSet(3, 5, { epoch: 7 })
const { setId, secret, share } = set
const PAIRS = Array.from({ length: 15 }, (_, i) => i + 2).flatMap((total) =>
  Array.from({ length: total - 1 }, (_, i) => [i + 2, total] as const),
)

describe('a set', () => {
  test.each(PAIRS)('%i of %i: any t shares give the secret', async (threshold, total) => {
    const { shares, ...made } = await createRecoverySet({ threshold, shares: total })
    expect([shares.length, made.secret.length, made.setId.length]).toEqual([total, 32, 16])
    const report = await checkShares(shares, { setId: made.setId })
    expect(report).toMatchObject({ have: total, need: threshold, recovers: true, bad: [] })
    for (const some of [shares.slice(0, threshold), shares.slice(-threshold).reverse()]) {
      expect(await combineShares(some)).toEqual(made.secret)
    }
    const few = shares.slice(1, threshold)
    expect(await checkShares(few)).toMatchObject({ have: threshold - 1, recovers: false })
  })

  test('is another one each time', async () => {
    const again = await makeSet(3, 5, { epoch: 7 })
    expect(again.secret).not.toEqual(secret)
    expect(again.setId).not.toEqual(setId)
    expect(again.share(1).slice(AT.y, AT.depth)).not.toEqual(share(1).slice(AT.y, AT.depth))
  })

  test.each([
    [undefined, /^shares/],
    [{ threshold: 1, shares: 5 }, /^threshold/],
    [{ threshold: 6, shares: 5 }, /^threshold/],
    [{ threshold: 2.5, shares: 5 }, /^threshold/],
    [{ threshold: 2, shares: 17 }, /^shares/],
    [{ threshold: 2, shares: 1 }, /^shares/],
    [{ threshold: 2, shares: '3' }, /^shares/],
    [{ threshold: 2, shares: 3, epoch: -1 }, /^epoch/],
    [{ threshold: 2, shares: 3, epoch: 2 ** 32 }, /^epoch/],
    [{ threshold: 2, shares: 3, suite: 1 }, /suite/],
  ])('%j is misuse', async (options, message) => {
    expect(await misuseOf(() => createRecoverySet(options as never))).toMatch(message)
  })
})

describe('one share', () => {
  test('says what it is, and how far that is proven', async () => {
    const summary = { threshold: 3, total: 5, epoch: 7, index: 2, setId }
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(share(2))))
    expect(await inspectShare(share(2))).toEqual({ ...summary, digest, proven: 'consistent' })
    const pinned = await inspectShare(encodeShare(share(2)), { setId })
    expect(pinned).toEqual({ ...summary, digest, proven: 'pinned' })
  })

  test('tells its reason, its claimed number and epoch', async () => {
    const other = await makeSet(3, 5, { epoch: 8 })
    const foreign = { position: 0, reason: 'foreign', index: 2, epoch: 8 }
    expect(await faultOf(() => inspectShare(other.share(2), { setId }))).toEqual(foreign)
    const altered = { position: 0, reason: 'altered', index: 2, epoch: 7 }
    expect(await faultOf(() => inspectShare(spoil(share(2)), { setId }))).toEqual(altered)
    const report = await reportOf(() => inspectShare(spoil(share(2)), { setId }))
    expect(report).toMatchObject({ proven: 'pinned', have: 0, need: undefined, recovers: false })
  })

  test.each([
    ['a setId that is there and undefined', { setId: undefined }, /^setId/],
    ['a setId of 15 bytes', { setId: setId.slice(1) }, /^setId/],
    ['a setId as text', { setId: bytesToHex(setId) }, /^setId/],
    ['an unknown option', { setID: setId }, /setID/],
    ['a setId that is no option', setId, /^options: \{ setId \}/],
    ['text that is no option', bytesToHex(setId), /^options: \{ setId \}/],
    ['null', null, /^options: \{ setId \}/],
  ])('%s is misuse', async (_name, options, message) => {
    expect(await misuseOf(() => inspectShare(share(1), options as never))).toMatch(message)
    expect(await misuseOf(() => combineShares([share(1)], options as never))).toMatch(message)
  })
})

describe('several shares', () => {
  test('a bad one is refused and named, and the good ones go on without it', async () => {
    const shares = [share(1), spoil(share(2)), share(3), share(5)]
    const report = await reportOf(() => combineShares(shares, { setId }))
    expect(report).toEqual({
      proven: 'pinned',
      have: 3,
      need: 3,
      good: [
        { position: 0, index: 1 },
        { position: 2, index: 3 },
        { position: 3, index: 5 },
      ],
      bad: [{ position: 1, reason: 'altered', index: 2, epoch: 7 }],
      sets: [],
      recovers: true,
    })
    expect(await checkShares(shares, { setId })).toEqual(report)
    const good = report.good.map(({ position }) => shares[position] as Uint8Array)
    expect(await combineShares(good, { setId })).toEqual(secret)
  })

  test('bytes and text together', async () => {
    const shares = [encodeShare(share(1)), share(2), encodeShare(share(3)).toLowerCase()]
    expect(await combineShares(shares, { setId })).toEqual(secret)
  })

  test('several sets are reported with what they say', async () => {
    const other = await makeSet(2, 3)
    const { sets, good, have } = await checkShares([share(1), other.share(1), share(2)])
    expect({ good, have }).toEqual({ good: [], have: 0 })
    expect(sets).toEqual([
      { setId, threshold: 3, total: 5, epoch: 7, positions: [0, 2] },
      { setId: other.setId, threshold: 2, total: 3, epoch: 0, positions: [1] },
    ])
  })

  test('a list that is none is misuse', async () => {
    expect(await misuseOf(() => combineShares(share(1) as never))).toMatch(/^shares/)
    expect(await misuseOf(() => combineShares(share(1) as never, share(2) as never))).toMatch(
      /^shares: an array/,
    )
    expect(await misuseOf(() => combineShares([1] as never))).toMatch(/^shares/)
    expect(await misuseOf(() => combineShares(Array(2)))).toMatch(/^shares/)
    expect(await misuseOf(() => checkShares(Array(257).fill(share(1))))).toMatch(/^shares/)
  })
})

describe('memory', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(200), 7, share(1).length)
  shared.set(share(1))
  const surrounded = new Uint8Array(300).fill(9)
  surrounded.set(share(2), 50)
  const view = surrounded.subarray(50, 50 + share(2).length)

  test('views, shared memory and Buffers are read where they lie, and stay as they are', async () => {
    const shares = [shared, view, Buffer.from(share(4))]
    const before = shares.map(bytesToHex)
    expect(await combineShares(shares, { setId })).toEqual(secret)
    expect(shares.map(bytesToHex)).toEqual(before)
  })

  test('what is proven is what is used: shares that change meanwhile change nothing', async () => {
    const shares = [1, 2, 3].map((x) => Uint8Array.from(share(x)))
    const pinned = Uint8Array.from(setId)
    const combined = combineShares(shares, { setId: pinned })
    for (const bytes of [...shares, pinned]) bytes.fill(0)
    expect(await combined).toEqual(secret)
  })
})

test('the error is one of ours, names places, and holds nothing secret', async () => {
  const error = await errorOf(() => combineShares([share(1), spoil(share(2))]))
  expect(isZkebError(error, 'SHARES')).toBe(true)
  const { message, hint } = error as Error & { hint: string }
  expect(message).toBe('1 good of 3 needed; the 2nd given (share 2): altered')
  expect(hint).not.toBe('')
  const text = JSON.stringify(error) + message + hint
  expect(text).not.toContain(bytesToHex(share(2).slice(AT.y, AT.y + 4)))
})

test('a newer version is told from a bad share', async () => {
  const newer = withByte(share(1), AT.version, 2)
  expect((await faultOf(() => inspectShare(newer)))?.reason).toBe('version')
  expect(await outcomeOf(() => encodeShare(newer))).toBe('SHARES')
})
