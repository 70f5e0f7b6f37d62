import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { readRevocationList, writeRevocationList } from '../src/account/revocation-list'
import { backend } from '../src/crypto/current'

const id = (i: number) => `20000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`
const digest = (i: number) => new Uint8Array(32).fill(i)
const backup = (i: number) => ({ id: id(i), digest: digest(i) })
const change = (list: Uint8Array, at: number, mask: number) =>
  list.map((byte, i) => (i === at ? byte ^ mask : byte)) as Uint8Array<ArrayBuffer>
const sha256 = async (list: Uint8Array<ArrayBuffer>) => backend().sha256(list)

describe('a revocation list', () => {
  test.each([0, 1, 2, 3, 8, 100])('of %d backups takes these, and no others', async (count) => {
    const accepted = Array.from({ length: count }, (_, i) => backup(2 * i + 1))
    const { list, digest: pinned } = await writeRevocationList([...accepted].reverse())
    expect([list.length, pinned]).toEqual([48 * count, await sha256(list)])
    const read = await readRevocationList(list, pinned)
    expect(read?.size).toBe(count)
    for (const it of accepted) {
      expect(read?.includes(it)).toBe(true)
      expect(read?.includes({ ...it, digest: digest(0) })).toBe(false)
      expect(read?.includes({ ...it, digest: digest(255) })).toBe(false)
    }
    for (let i = 0; i <= count; i++) expect(read?.includes(backup(2 * i))).toBe(false)
  })

  test('is none where a byte is another', async () => {
    const { list, digest: pinned } = await writeRevocationList([backup(1), backup(2)])
    const property = fc.asyncProperty(
      fc.nat(list.length - 1),
      fc.integer({ min: 1, max: 255 }),
      async (at, mask) => {
        const other = change(list, at, mask)
        expect(await readRevocationList(other, pinned)).toBeUndefined()
      },
    )
    await fc.assert(property)
    expect(await readRevocationList(list.subarray(48), pinned)).toBeUndefined()
  })

  test.each<[string, (list: Uint8Array<ArrayBuffer>) => Uint8Array]>([
    ['not sorted', (list) => Uint8Array.of(...list.subarray(48), ...list.subarray(0, 48))],
    ['a backup twice', (list) => Uint8Array.of(...list.subarray(0, 48), ...list)],
    [
      'a backup twice, of two digests',
      (list) => Uint8Array.of(...list.subarray(0, 48), ...change(list, 16, 1)),
    ],
    ['cut', (list) => list.slice(0, -1)],
  ])('is none, pinned or not, when it is %s', async (_name, how) => {
    const { list } = await writeRevocationList([backup(1), backup(2)])
    const bad = new Uint8Array(how(list))
    expect(await readRevocationList(bad, await sha256(bad))).toBeUndefined()
  })

  test('is not what was altered later', async () => {
    const { list, digest: pinned } = await writeRevocationList([backup(1)])
    const reading = readRevocationList(list, pinned)
    list.fill(0)
    expect((await reading)?.includes(backup(1))).toBe(true)
  })

  test('has a limit', async () => {
    const tooMany = { length: 0x10_0001 } as unknown as ReturnType<typeof backup>[]
    expect(await outcomeOf(() => writeRevocationList(tooMany))).toBe('LIMIT')
    const tooLong = new Uint8Array(48 * 0x10_0000 + 48)
    expect(await readRevocationList(tooLong, await sha256(tooLong))).toBeUndefined()
  })

  test('is of ids and digests', async () => {
    const write = (it: object) =>
      misuseOf(() => writeRevocationList([it as ReturnType<typeof backup>]))
    expect(await write({ ...backup(1), id: 'backup' })).toContain('id')
    expect(await write({ ...backup(1), digest: new Uint8Array(31) })).toContain('digest')
    expect(await misuseOf(() => writeRevocationList([backup(1), backup(1)]))).toContain('twice')
    const text = 'list' as unknown as Uint8Array
    expect(await misuseOf(() => readRevocationList(text, digest(0)))).toContain('stored')
  })
})
