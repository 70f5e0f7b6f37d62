/** Attack: a server, alone or with a device that was revoked, swaps what it keeps of backups. */
import { optional, type SuiteName, sealContent } from '@zkeb/core'
import {
  type BackupRow,
  openBackup,
  openBackupRange,
  openBackupStream,
  sealBackup,
  sealBackupStream,
  verifyBackup,
} from '@zkeb/core/backup'
import { describe, expect, test } from 'vitest'
import { type AccountSetup, accountOf, manifestDigest } from '../support/backup-accounts'
import { forgeRow, mutateBits, sealPieces } from '../support/backups'
import { inBatches, patternBytes } from '../support/bytes'
import { peopleOf } from '../support/identities'
import { outcomeOf } from '../support/outcome'
import { flow, flowUntilError, read } from '../support/streams'

const LAPTOP = '00000000-0000-4000-8000-000000000001'
const PHONE = '00000000-0000-4000-8000-000000000002'
const userId = '11111111-1111-4111-8111-111111111111'
const otherUser = '11111111-1111-4111-8111-111111111112'
const NOW = 1_790_000_000_000
const SEALED_CHUNK = 16_400

describe.each(['rsa', 'x25519', 'pq'] satisfies SuiteName[])('%s', async (suite) => {
  const { alice, bob, carol } = await peopleOf(suite)
  const setup = {
    generation: 1,
    devices: {
      [LAPTOP]: { identity: alice, active: [0, 1] },
      [PHONE]: { identity: bob, active: [0, 1] },
    },
  } satisfies AccountSetup
  const laptop = await accountOf(LAPTOP, setup)
  const phone = await accountOf(PHONE, setup)
  const opening = { as: phone, userId, now: NOW }
  const content = patternBytes(40)
  const seal = (more: object = {}) =>
    sealBackup(content, { as: laptop, userId, name: 'a', now: NOW, ...more })
  const outcome = (row: BackupRow, more: object = {}) =>
    outcomeOf(() => openBackup(row, { ...opening, ...more }))
  const mine = await seal()
  /** A column of another backup of the same account in the place of ours. */
  const withColumns = async (...names: (keyof BackupRow)[]) => {
    const other = await seal({ name: 'b', now: NOW + 1, expiresAt: NOW + 99 })
    return { ...mine, ...Object.fromEntries(names.map((name) => [name, other[name]])) }
  }
  const CONTENT = ['ciphertext', 'nonce', 'auth_tag', 'size_bytes', 'content_digest'] as const

  test('none of it: it opens', async () => {
    expect(await outcome(mine)).toBe('none')
  })

  test('names', async () => {
    expect(await outcome(await withColumns('backup_name_hash'))).toBe('SIGNATURE')
  })

  test('devices', async () => {
    expect(await outcome({ ...mine, device_id: PHONE })).toBe('SIGNATURE')
    const unknown = '00000000-0000-4000-8000-000000000009'
    expect(await outcome({ ...mine, device_id: unknown })).toBe('SIGNER_UNKNOWN')
  })

  test('metadata', async () => {
    expect(await outcome(await withColumns('encrypted_metadata'))).toBe('SIGNATURE')
  })

  test('versions: the content of another one, with and without its signature', async () => {
    expect(await outcome(await withColumns(...CONTENT))).toBe('SIGNATURE')
    expect(await outcome(await withColumns(...CONTENT, 'signature'))).toBe('SIGNATURE')
  })

  test.each([
    'id',
    'created_at',
    'expires_at',
    'ciphertext',
    'auth_tag',
    'content_digest',
    'signature',
  ] as const)('%s alone', async (name) => {
    expect(await outcome(await withColumns(name))).toBe('SIGNATURE')
  })

  test('the nonce alone', async () => {
    expect(await outcome(await withColumns('nonce'))).toBe('OPEN')
  })

  test('rows between users', async () => {
    expect(await outcome(mine, { userId: otherUser })).toBe('SIGNATURE')
  })

  test('rows between accounts, even of the same devices', async () => {
    const as = await accountOf(PHONE, { ...setup, seed: 'other' })
    expect(await outcome(mine, { as })).toBe('SIGNATURE')
  })

  test('generations', async () => {
    expect(await outcome({ ...mine, key_generation: 0 })).toBe('SIGNATURE')
    expect(await outcome({ ...mine, key_generation: 2 })).toBe('SIGNER_UNKNOWN')
  })

  test('a suite that is not the device’s', async () => {
    const crypto_suite = suite === 'rsa' ? 'x25519' : 'rsa'
    expect(['SIGNATURE', 'FORMAT']).toContain(await outcome({ ...mine, crypto_suite }))
  })

  test('a device in its own name cannot take over the head of another', async () => {
    const forgery = { account: phone, userId, plaintext: patternBytes(40) }
    expect(await outcome(await forgeRow(mine, { ...forgery, by: bob }))).toBe('SIGNATURE')
    expect(await outcome(await forgeRow(mine, { ...forgery, by: carol }))).toBe('SIGNATURE')
    expect(await outcome(await forgeRow(mine, { ...forgery, by: alice }))).toBe('none')
  })

  describe('a device that was revoked', async () => {
    const before = await seal({ as: await accountOf(LAPTOP, { ...setup, generation: 0 }) })
    const { digest } = await verifyBackup(before, opening)
    const revoked = (accepted?: NonNullable<AccountSetup['accepted']>) =>
      accountOf(PHONE, {
        ...setup,
        devices: { ...setup.devices, [LAPTOP]: { identity: alice, active: [0], state: 'revoked' } },
        ...(accepted && { accepted }),
      })
    const list = { [LAPTOP]: [[before.id, digest]] } as const

    test('what was accepted before opens, and says so', async () => {
      const opened = await openBackup(before, { ...opening, as: await revoked(list) })
      expect(opened.device).toEqual({ id: LAPTOP, state: 'revoked' })
    })

    test('what it writes now is refused', async () => {
      expect(await outcome(mine, { as: await revoked(list) })).toBe('SIGNER_UNKNOWN')
    })

    test('what it writes now, of an earlier time and generation, is refused', async () => {
      const as = await accountOf(LAPTOP, { ...setup, generation: 0 })
      const backdated = await seal({ as, now: NOW - 1e9 })
      expect(await outcome(backdated, { as: await revoked(list) })).toBe('SIGNER_UNKNOWN')
    })

    test('what it writes now under an accepted id is refused', async () => {
      const as = await accountOf(LAPTOP, { ...setup, generation: 0 })
      const again = await seal({ as, id: before.id })
      expect(await outcome(again, { as: await revoked(list) })).toBe('SIGNER_UNKNOWN')
    })

    test('without its list nothing is accepted', async () => {
      expect(await outcome(before, { as: await revoked() })).toBe('SIGNER_UNKNOWN')
    })
  })

  test('a device that is only in another generation', async () => {
    const devices = { ...setup.devices, [LAPTOP]: { identity: alice, active: [0] } }
    const as = await accountOf(PHONE, { ...setup, devices })
    expect(await outcome(mine, { as })).toBe('SIGNER_UNKNOWN')
  })

  test('a writer who knew another chain: FORK', async () => {
    const as = await accountOf(LAPTOP, { ...setup, manifests: ['genesis', 'hidden'] })
    const row = await seal({ as })
    expect(await outcome(row)).toBe('FORK')
    expect(await outcomeOf(() => verifyBackup(row, opening))).toBe('FORK')
    const fresh = await accountOf(PHONE, { ...setup, manifests: ['genesis', 'hidden', 'third'] })
    expect(await outcome(row, { as: fresh })).toBe('none')
  })
})

describe('a device that breaks the rules', async () => {
  const { alice } = await peopleOf('x25519')
  const account = await accountOf(LAPTOP, {
    devices: { [LAPTOP]: { identity: alice, active: [0] } },
  })
  const row = await sealBackup(patternBytes(1000), { as: account, userId, name: 'a', now: NOW })
  const forge = async (columns: Partial<BackupRow>, plaintext = patternBytes(1000)) => {
    const forged = await forgeRow(row, { by: alice, account, userId, plaintext, columns })
    return outcomeOf(() => openBackup(forged, { as: account, userId, now: NOW }))
  }
  const u64 = (n: number) => Uint8Array.from([0, 0, 0, 0, 0, 0, n >> 8, n & 255])
  const none = optional(undefined)
  const genesis = await manifestDigest('genesis')
  const label = 'zkeb/backup-meta/v1'
  const good = [label, 'a', u64(1000), none, none, genesis, none] as const
  const replace = (at: number, piece: string | Uint8Array) =>
    good.map((it, i) => (i === at ? piece : it))
  const sealed = async (pieces: readonly (string | Uint8Array)[]) => ({
    encrypted_metadata: await sealPieces(account, { id: row.id, generation: 0 }, pieces),
  })

  test('but for that it opens', async () => {
    expect(await forge(await sealed(good))).toBe('none')
  })

  test.each([
    ['a name that is not the hashed one', replace(1, 'b'), 'FORMAT'],
    ['no name', replace(1, ''), 'FORMAT'],
    ['a name that is not NFC', replace(1, 'u\u0308'), 'FORMAT'],
    ['a name that is not UTF-8', replace(1, Uint8Array.of(0xff)), 'FORMAT'],
    ['a size of 7 bytes', replace(2, new Uint8Array(7)), 'FORMAT'],
    ['a size that is larger than the plaintext', replace(2, u64(1001)), 'FORMAT'],
    ['a size that is not padded like that', replace(2, u64(999)), 'FORMAT'],
    ['a clock without its mark', replace(3, Uint8Array.of(2, 1)), 'FORMAT'],
    ['a predecessor of 31 bytes', replace(4, optional(new Uint8Array(31))), 'FORMAT'],
    ['an absent predecessor with bytes', replace(4, Uint8Array.of(0, 1)), 'FORMAT'],
    ['a manifest of 31 bytes', replace(5, new Uint8Array(31)), 'FORMAT'],
    ['a manifest of another chain', replace(5, new Uint8Array(32)), 'FORK'],
    ['metadata that are not JCS', replace(6, optional('{ }')), 'FORMAT'],
    ['metadata that are no object', replace(6, optional('[]')), 'FORMAT'],
    ['a member twice', replace(6, optional('{"a":1,"a":1}')), 'FORMAT'],
    ['a piece too many', [...good, ''], 'FORMAT'],
    ['a piece too few', good.slice(0, -1), 'FORMAT'],
    ['another version', replace(0, 'zkeb/backup-meta/v2'), 'VERSION'],
    ['another version, of other pieces', ['zkeb/backup-meta/v2'], 'VERSION'],
    ['another label', replace(0, 'zkeb/envelope/v1'), 'FORMAT'],
  ])('%s: %s', async (_name, pieces, code) => {
    expect(await forge(await sealed(pieces))).toBe(code)
  })

  test('metadata of another key, or of another backup', async () => {
    const inputKey = await account.key('zkeb/ak-backup/v1', 0)
    const context = new Uint8Array(1)
    const { message } = await sealContent({ inputKey, context }, new Uint8Array(5))
    expect(await forge({ encrypted_metadata: message })).toBe('OPEN')
    const place = { id: otherUser, generation: 0 }
    const encrypted_metadata = await sealPieces(account, place, good)
    expect(await forge({ encrypted_metadata })).toBe('OPEN')
  })

  test('padding that is not zero', async () => {
    const padded = new Uint8Array(1024)
    expect(await forge({}, padded)).toBe('none')
    padded[1023] = 1
    expect(await forge({}, padded)).toBe('FORMAT')
    padded[1023] = 0
    padded[1000] = 1
    expect(await forge({}, padded)).toBe('FORMAT')
  })
})

describe('bits and chunks', async () => {
  const { alice, bob } = await peopleOf('x25519')
  const setup = {
    devices: {
      [LAPTOP]: { identity: alice, active: [0] },
      [PHONE]: { identity: bob, active: [0] },
    },
  }
  const laptop = await accountOf(LAPTOP, setup)
  const opening = { as: await accountOf(PHONE, setup), userId, now: NOW }
  const sealing = { as: laptop, userId, name: 'a', now: NOW }

  test('every single bit of a small row is refused', async () => {
    const row = await sealBackup(patternBytes(3), { ...sealing, expiresAt: NOW + 9 })
    const mutations = [...mutateBits(row)]
    expect(mutations.length).toBeGreaterThan(3000)
    const passed: string[] = []
    await inBatches(mutations, 64, async ([name, changed]) => {
      const code = await outcomeOf(() => openBackup(changed, opening))
      const refused = ['SIGNATURE', 'OPEN'].includes(code)
      if (!refused) passed.push(`${name}: ${code}`)
    })
    expect(passed).toEqual([])
  })

  const content = patternBytes(3 * 16_384 + 50)
  const upload = sealBackupStream({ ...sealing, size: content.length, padding: false })
  const object = await flow(content, upload)
  const row = await upload.row
  const chunk = (i: number) => object.subarray(i * SEALED_CHUNK, (i + 1) * SEALED_CHUNK)
  const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
  const flipped = object.slice()
  flipped[20_000] = (flipped[20_000] ?? 0) ^ 1

  test.each([
    ['as it was', object, ['none']],
    ['a bit of a chunk', flipped, ['SIGNATURE']],
    ['cut by a byte', object.subarray(0, -1), ['SIGNATURE']],
    ['cut after a full chunk', object.subarray(0, 2 * SEALED_CHUNK - 16), ['TRUNCATED']],
    ['without its last chunk', object.subarray(0, 3 * SEALED_CHUNK), ['SIGNATURE']],
    ['empty', new Uint8Array(0), ['SIGNATURE']],
    ['a byte longer', join(object, Uint8Array.of(0)), ['SIGNATURE']],
    ['a chunk longer', join(object, chunk(0)), ['SIGNATURE']],
    ['two chunks exchanged', join(chunk(1), chunk(0), chunk(2), chunk(3)), ['SIGNATURE']],
    ['a chunk twice', join(chunk(0), chunk(0), chunk(2), chunk(3)), ['SIGNATURE']],
    ['the first chunk dropped', join(chunk(1), chunk(2), chunk(3)), ['SIGNATURE']],
  ])('an object %s', async (_name, changed, codes) => {
    const { bytes, error } = await flowUntilError(changed, openBackupStream(row, opening))
    const code = error ? await outcomeOf(() => Promise.reject(error)) : 'none'
    expect(codes).toContain(code)
    if (code !== 'none') expect(bytes.length).toBe(0)
    const range = { ...opening, source: changed, start: 5, end: 9 }
    const whole = await outcomeOf(async () => read((await openBackupRange(row, range)).stream))
    if (code === 'none') expect(whole).toBe('none')
    else expect(['SIGNATURE', 'TRUNCATED', 'FORMAT']).toContain(whole)
  })

  test('another object of the same account', async () => {
    const other = sealBackupStream({ ...sealing, size: content.length, padding: false })
    const swapped = await flow(content, other)
    const { bytes, error } = await flowUntilError(swapped, openBackupStream(row, opening))
    expect([bytes.length, await outcomeOf(() => Promise.reject(error))]).toEqual([0, 'SIGNATURE'])
    const theirs = await other.row
    const salted = { ...row, ciphertext: theirs.ciphertext }
    expect(await outcomeOf(() => verifyBackup(salted, opening))).toBe('SIGNATURE')
  })

  test('a co-device replaces the chunks under the true head: nothing is released but unverified', async () => {
    const { forgeChunks } = await import('../support/backups')
    const lie = content.map((byte) => byte ^ 0xff)
    const forged = await forgeChunks(row, { account: laptop, userId, by: alice, plaintext: lie })
    const { bytes, error } = await flowUntilError(
      forged.object,
      openBackupStream(forged.row, opening),
    )
    expect([bytes.length, await outcomeOf(() => Promise.reject(error))]).toEqual([0, 'SIGNATURE'])
    const options = { ...opening, unverified: true }
    const loose = await flowUntilError(forged.object, openBackupStream(forged.row, options))
    expect(loose.bytes.length).toBeGreaterThan(0)
    expect(await outcomeOf(() => Promise.reject(loose.error))).toBe('SIGNATURE')
  })
})
