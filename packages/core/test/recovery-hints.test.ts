import { type BadReason, combineShares, encodeShare, SharesError } from '@zkeb/core/recovery'
import { expect, test } from 'vitest'
import { errorOf } from '../../../test/support/outcome'
import { AT, makeSet, spoil, withByte } from '../../../test/support/shares'

const { setId, share } = await makeSet(3, 5)
const older = await makeSet(3, 5)
const lines = encodeShare(share(4)).split('\n')
const mistyped = lines.map((line, i) => (i === 2 ? '03 HELLO' : line)).join('\n')
const newer = withByte(share(3), AT.version, 2)

async function errorWith(shares: readonly (Uint8Array | string)[]): Promise<SharesError> {
  const error = await errorOf(() => combineShares(shares, { setId }))
  if (error instanceof SharesError) return error
  throw error ?? new Error('not refused')
}

test.each<[string, readonly (Uint8Array | string)[], string]>([
  ['nothing', [], 'give the shares of the kits, as bytes or as text'],
  ['too few', [share(1)], '2 more of this set are needed'],
  [
    'a line that is mistyped, and too few for it',
    [mistyped, share(1), share(2)],
    'look at line 3 of the 1st given again: there is never an O, I or B, nor a 1 behind the number',
  ],
  [
    'lines of two that are mistyped',
    [mistyped, share(1), lines.slice(0, 5).join('\n')],
    'look at line 3 of the 1st given and lines 6, 7 of the 3rd given again: there is never an O, I or B, nor a 1 behind the number',
  ],
  [
    'no line',
    [share(1), lines.map((line) => line.slice(3)).join('\n')],
    'no numbered lines found in the 2nd given: begin every line with its number and a space',
  ],
  [
    'no share',
    [new Uint8Array(7), share(1), share(2)],
    'the 1st given is no share: give its bytes, its numbered lines or what its QR code holds, whole',
  ],
  [
    'a newer one, and a foreign one',
    [newer, older.share(1), share(1)],
    'update the package to read the 1st given',
  ],
  [
    'a foreign one',
    [share(1), share(2), older.share(3)],
    'leave the 3rd given (share 3) out: from an older or newer kit, or another account; 1 more of this set is needed',
  ],
  [
    'foreign ones among enough',
    [older.share(5), share(1), share(2), older.share(3), share(3)],
    'leave the 1st given (share 5) and the 4th given (share 3) out: from an older or newer kit, or another account',
  ],
  [
    'only foreign ones',
    [older.share(1), older.share(2)],
    'no share is of this set: check the setId',
  ],
  [
    'an altered one, and a foreign one',
    [share(1), spoil(share(2)), older.share(3), share(4)],
    'leave the 2nd given (share 2) out, or read it anew: not what its dealer made; 1 more of this set is needed',
  ],
  [
    'one twice',
    [share(1), share(2), share(1)],
    'leave the 3rd given (share 1) out: given before; 1 more of this set is needed',
  ],
])('the hint leads on: %s', async (_name, shares, hint) => {
  expect((await errorWith(shares)).hint).toBe(hint)
})

test('the message says which kit, as far as it is known', async () => {
  expect((await errorWith([])).message).toBe('no shares were given')
  const list = [share(1), older.share(4), mistyped, ...Array(8).fill(share(1)), spoil(share(5))]
  const { message } = await errorWith(list)
  const again = Array.from({ length: 8 }, (_, i) => `the ${i + 4}th given (share 1): duplicate`)
  expect(message.split('; ')).toEqual([
    '1 good of 3 needed',
    'the 2nd given (share 4): foreign',
    'the 3rd given: format in line 3',
    ...again,
    'the 12th given (share 5): altered',
  ])
})

test('is told from other errors by its code: the name stays', async () => {
  const { name, code } = await errorWith([])
  expect([name, code]).toEqual(['ZkebError', 'SHARES'])
})

test('lines are reported where they were read, none where there is none', async () => {
  const faults: [BadReason, readonly number[] | undefined][] = []
  for (const input of [mistyped, 'hello', new Uint8Array(7)]) {
    const [bad] = (await errorWith([input])).report.bad
    if (bad) faults.push([bad.reason, bad.lines])
  }
  expect(faults).toEqual([
    ['format', [3]],
    ['format', []],
    ['format', undefined],
  ])
})
