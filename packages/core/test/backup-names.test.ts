/** Hashed names, scopes and device ids; encrypted names of devices; Padmé. */
import {
  backupNameHashes,
  deviceIdHash,
  openDeviceName,
  padmeLength,
  scopeHash,
  sealBackup,
  sealDeviceName,
} from '@zkeb/core/backup'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accountOf } from '../../../test/support/backup-accounts'
import { bytesToHex, flipBit } from '../../../test/support/bytes'
import { peopleOf } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'

const LAPTOP = '00000000-0000-4000-8000-000000000001'
const PHONE = '00000000-0000-4000-8000-000000000002'
const userId = '11111111-1111-4111-8111-111111111111'
const { alice } = await peopleOf('x25519')
const devices = { [LAPTOP]: { identity: alice, active: [0, 1, 2] } }
const before = await accountOf(LAPTOP, { devices })
const after = await accountOf(LAPTOP, { devices, generation: 2 })
const hexes = (hashes: readonly Uint8Array[]) => hashes.map(bytesToHex)

describe('names across generations', () => {
  test('a backup is found under the hash of its generation', async () => {
    const sealing = { userId, name: 'a', now: 1 }
    const old = await sealBackup(new Uint8Array(1), { ...sealing, as: before })
    const young = await sealBackup(new Uint8Array(1), { ...sealing, as: after })
    const hashes = hexes(await backupNameHashes(after, 'a'))
    expect(hashes.length).toBe(3)
    expect(new Set(hashes).size).toBe(3)
    expect(hashes.indexOf(bytesToHex(old.backup_name_hash))).toBe(0)
    expect(hashes.indexOf(bytesToHex(young.backup_name_hash))).toBe(2)
    expect(hexes(await backupNameHashes(before, 'a'))).toEqual(hashes.slice(0, 1))
  })

  test('scopes and device ids have one hash in all of them, and each its own', async () => {
    const of = async (account: typeof after) =>
      hexes([await scopeHash(account, LAPTOP), await deviceIdHash(account, LAPTOP)])
    expect(await of(after)).toEqual(await of(before))
    const [name] = hexes(await backupNameHashes(after, LAPTOP))
    expect(new Set([...(await of(after)), name]).size).toBe(3)
  })

  test('scopes are compared in NFC; misuse names the argument', async () => {
    expect(await scopeHash(after, '\u00fc')).toEqual(await scopeHash(after, 'u\u0308'))
    expect(await misuseOf(() => scopeHash(after, ''))).toMatch(/^scope: /)
    expect(await misuseOf(() => backupNameHashes(after, ''))).toMatch(/^name: /)
    expect(await misuseOf(() => deviceIdHash(after, 'x'))).toMatch(/^deviceId: /)
    expect(await misuseOf(() => deviceIdHash({} as never, LAPTOP))).toMatch(/^as: /)
  })
})

describe('names of devices', () => {
  const place = { as: after, deviceId: LAPTOP }

  test('come back, in a later generation, too', async () => {
    const sealed = await sealDeviceName('Laptop von Zo\u00eb', { as: before, deviceId: LAPTOP })
    expect(sealed.length).toBe(76 + 15)
    expect(await openDeviceName(sealed, place)).toBe('Laptop von Zo\u00eb')
    expect((await sealDeviceName('x'.repeat(255), place)).length).toBe(331)
  })

  test('of another device, another account, a later generation: OPEN', async () => {
    const sealed = await sealDeviceName('x', place)
    const outcome = (more: object) => outcomeOf(() => openDeviceName(sealed, { ...place, ...more }))
    expect(await outcome({})).toBe('none')
    expect(await outcome({ deviceId: PHONE })).toBe('OPEN')
    expect(await outcome({ as: before })).toBe('OPEN')
    const other = await accountOf(LAPTOP, { devices, generation: 2, seed: 'other' })
    expect(await outcome({ as: other })).toBe('OPEN')
  })

  test('every bit of it counts', async () => {
    const sealed = await sealDeviceName('x', place)
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      expect(await outcomeOf(() => openDeviceName(flipBit(sealed, bit), place))).toBe('OPEN')
    }
  })

  test('lengths, and misuse', async () => {
    for (const length of [0, 76, 332]) {
      const sealed = new Uint8Array(length)
      expect(await outcomeOf(() => openDeviceName(sealed, place))).toBe('FORMAT')
    }
    expect(await outcomeOf(() => openDeviceName('x' as never, place))).toBe('FORMAT')
    expect(await misuseOf(() => sealDeviceName('x'.repeat(256), place))).toMatch(/^name: 1 to 255/)
    expect(await misuseOf(() => sealDeviceName('x', { ...place, deviceId: '' }))).toMatch(/^devic/)
  })
})

describe('Padmé', () => {
  /** As the paper's §4 has it, over big integers. */
  function reference(length: bigint): bigint {
    const log = (n: bigint) => BigInt(n.toString(2).length - 1)
    const e = log(length)
    const bits = e - (log(e) + 1n)
    const mask = (1n << bits) - 1n
    return (length + mask) & ~mask
  }

  test('is the paper’s', () => {
    expect([0, 1, 2, 3, 8, 9, 17, 100, 1000, 1025].map(padmeLength)).toEqual([
      0, 1, 2, 3, 8, 10, 18, 104, 1024, 1088,
    ])
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 50 }), (length) => {
        expect(BigInt(padmeLength(length))).toBe(reference(BigInt(length)))
      }),
    )
  })

  test('adds at most 12 %, keeps order, and pads nothing twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 46 }), (length) => {
        const padded = padmeLength(length)
        expect(padded).toBeGreaterThanOrEqual(length)
        expect(padded).toBeLessThanOrEqual(length * 1.12)
        expect(padmeLength(padded)).toBe(padded)
        expect(padmeLength(length + 1)).toBeGreaterThanOrEqual(padded)
      }),
    )
  })

  test('64 MiB, the most a row holds, are as they are', () => {
    expect(padmeLength(64 * 1024 * 1024)).toBe(64 * 1024 * 1024)
  })
})
