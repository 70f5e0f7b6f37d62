/** Backups in rows: what goes in comes out, and what is not as it was written is refused. */
import {
  type BackupRow,
  backupNameHashes,
  openBackup,
  type SealBackupOptions,
  sealBackup,
  verifyBackup,
} from '@zkeb/core/backup'
import { describe, expect, test } from 'vitest'
import { accountOf, manifestDigest } from '../../../test/support/backup-accounts'
import { bytesToHex, patternBytes } from '../../../test/support/bytes'
import { peopleOf, SUITES } from '../../../test/support/identities'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'

const LAPTOP = '00000000-0000-4000-8000-000000000001'
const PHONE = '00000000-0000-4000-8000-000000000002'
const userId = '11111111-1111-4111-8111-111111111111'
const NOW = 1_790_000_000_000

describe.each(SUITES)('%s', async (suite) => {
  const { alice, bob } = await peopleOf(suite)
  const setup = {
    generation: 1,
    devices: {
      [LAPTOP]: { identity: alice, active: [0, 1] },
      [PHONE]: { identity: bob, active: [0, 1] },
    },
    manifests: ['genesis', 'second'],
  }
  const laptop = await accountOf(LAPTOP, setup)
  const phone = await accountOf(PHONE, setup)
  const sealing = { as: laptop, userId, name: 'Fotos/Z\u00fcrich', now: NOW }
  const opening = { as: phone, userId, now: NOW }

  test.each([0, 1, 100, 16_383, 16_384, 100_000])(
    '%d bytes, opened by another device',
    async (n) => {
      const content = patternBytes(n)
      const row = await sealBackup(content, sealing)
      const opened = await openBackup(row, opening)
      expect(bytesToHex(opened.bytes)).toBe(bytesToHex(content))
      expect(opened).toMatchObject({ id: row.id, name: sealing.name, size: n, generation: 1 })
      expect(opened.createdAt).toEqual(new Date(NOW))
      expect(opened.device).toEqual({ id: LAPTOP, state: 'active' })
      expect(opened.manifest).toEqual(await manifestDigest('second'))
    },
  )

  test('every field comes back; what is absent is absent', async () => {
    const clock = Uint8Array.of(1, 2, 3)
    const first = await openBackup(await sealBackup(patternBytes(9), sealing), opening)
    for (const name of ['clock', 'predecessor', 'metadata', 'expiresAt']) {
      expect(first).not.toHaveProperty(name)
    }
    const given = {
      id: '22222222-2222-4222-8222-222222222222',
      metadata: { kind: 'film', tags: ['x'] },
      clock,
      predecessor: first.digest,
      expiresAt: NOW + 5,
    }
    const row = await sealBackup(patternBytes(9), { ...sealing, ...given })
    const second = await openBackup(row, opening)
    expect(second).toMatchObject({ ...given, expiresAt: new Date(NOW + 5) })
    expect(await outcomeOf(() => openBackup(row, { ...opening, now: NOW + 5 }))).toBe('EXPIRED')
  })

  test('the row is as the table has it, and holds nothing in the clear', async () => {
    const row = await sealBackup(patternBytes(1000), sealing)
    expect(Object.keys(row).sort()).toEqual([
      'auth_tag',
      'backup_name_hash',
      'ciphertext',
      'content_digest',
      'created_at',
      'crypto_suite',
      'device_id',
      'encrypted_metadata',
      'expires_at',
      'id',
      'key_generation',
      'nonce',
      'object_ref',
      'signature',
      'size_bytes',
    ])
    expect([row.crypto_suite, row.key_generation, row.object_ref]).toEqual([suite, 1, null])
    expect(row.size_bytes).toBe(row.ciphertext.length + row.auth_tag.length)
    // Padmé: 1000 is padded to 1024.
    expect(row.size_bytes).toBe(56 + 1024 + 16)
    const all = Object.values(row).map((it) => (it instanceof Uint8Array ? Buffer.from(it) : it))
    expect(all.join().includes('Fotos')).toBe(false)
  })

  test('opening twice, verifying without content', async () => {
    const row = await sealBackup(patternBytes(5), sealing)
    const { bytes, ...opened } = await openBackup(row, opening)
    expect(await verifyBackup(row, opening)).toEqual(opened)
  })
})

const { alice, bob } = await peopleOf('x25519')
const setup = {
  generation: 1,
  devices: {
    [LAPTOP]: { identity: alice, active: [0, 1] },
    [PHONE]: { identity: bob, active: [0, 1] },
  },
}
const laptop = await accountOf(LAPTOP, setup)
const opening = { as: await accountOf(PHONE, setup), userId, now: NOW }
const sealing = { as: laptop, userId, name: 'notes', now: NOW }
const row = await sealBackup(patternBytes(50), sealing)

test('names are compared in NFC', async () => {
  const decomposed = await sealBackup(patternBytes(5), { ...sealing, name: 'u\u0308' })
  const hashes = await backupNameHashes(laptop, '\u00fc')
  expect(bytesToHex(decomposed.backup_name_hash)).toBe(bytesToHex(hashes[1] as Uint8Array))
  expect((await openBackup(decomposed, opening)).name).toBe('\u00fc')
})

test('without padding, the size shows', async () => {
  const bare = await sealBackup(patternBytes(1001), { ...sealing, padding: false })
  expect(bare.size_bytes).toBe(56 + 1001 + 16)
  expect((await openBackup(bare, opening)).bytes.length).toBe(1001)
})

test('content in any view, which may be used again at once', async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(20), 4, 8)
  shared.set(patternBytes(8))
  const sealed = sealBackup(shared, sealing)
  shared.fill(0)
  const { bytes } = await openBackup(await sealed, opening)
  expect(bytesToHex(bytes)).toBe(bytesToHex(patternBytes(8)))
  const inside = new Uint8Array(patternBytes(30).buffer, 10, 5)
  const opened = await openBackup(await sealBackup(inside, sealing), opening)
  expect(bytesToHex(opened.bytes)).toBe(bytesToHex(patternBytes(30).subarray(10, 15)))
})

test('a row of Buffers in a larger one, and times as PostgreSQL writes them', async () => {
  const asBuffer = (value: unknown) =>
    value instanceof Uint8Array ? Buffer.concat([Buffer.alloc(3), value]).subarray(3) : value
  const columns = Object.entries(row).map(([name, value]) => [name, asBuffer(value)] as const)
  const fromDatabase = Object.fromEntries(columns) as unknown as BackupRow
  const created_at = row.created_at.replace('Z', '000Z')
  const opened = await openBackup({ ...fromDatabase, created_at, object_ref: 'x' }, opening)
  expect(bytesToHex(opened.bytes)).toBe(bytesToHex(patternBytes(50)))
})

test('a row that changes while it is opened is what it was at first', async () => {
  const ciphertext = row.ciphertext.slice()
  const opened = openBackup({ ...row, ciphertext }, opening)
  ciphertext.fill(0)
  expect(bytesToHex((await opened).bytes)).toBe(bytesToHex(patternBytes(50)))
})

describe('misuse names the argument', () => {
  test.each([
    [{ as: undefined }, 'as: an account'],
    [{ as: { accountId: new Uint8Array(32) } }, 'as: an account'],
    [{ userId: 'x' }, 'userId: a UUID in lower case'],
    [{ id: 'x' }, 'id: a UUID in lower case'],
    [{ name: '' }, 'name: 1 to 1024 bytes of UTF-8'],
    [{ name: 'x'.repeat(1025) }, 'name: 1 to 1024 bytes of UTF-8'],
    [{ name: 'a\0b' }, 'name: text without U+0000 and lone surrogates'],
    [{ name: '\ud800' }, 'name: text without U+0000 and lone surrogates'],
    [{ name: 5 }, 'name: text without U+0000 and lone surrogates'],
    [{ clock: 'x' }, 'clock: bytes'],
    [{ clock: new Uint8Array(8100) }, 'metadata: with name and clock at most 8192 B'],
    [{ predecessor: new Uint8Array(31) }, 'predecessor: a Uint8Array of 32 bytes'],
    [{ padding: 'no' }, 'padding: true or false'],
    [{ metadata: [] }, 'metadata: a JSON object'],
    [{ metadata: { text: 'x'.repeat(9000) } }, 'metadata: with name and clock at most 8192 B'],
    [{ expiresAt: NOW }, 'expiresAt: lies in the past'],
    [{ now: 'x' }, 'now: a Date or Unix milliseconds'],
    [{ nmae: 'x' }, 'no option nmae'],
  ])('sealing with %o', async (wrong, message) => {
    const options = { ...sealing, ...wrong } as unknown as SealBackupOptions
    expect(await misuseOf(() => sealBackup(patternBytes(1), options))).toBe(message)
  })

  test('content and options', async () => {
    expect(await misuseOf(() => sealBackup('x' as never, sealing))).toBe(
      'content: a Uint8Array (text: new TextEncoder().encode(…))',
    )
    expect(await misuseOf(() => openBackup(row, undefined as never))).toBe('as: an account')
    expect(await misuseOf(() => openBackup(row, { ...opening, userId: '' }))).toMatch(/^userId/)
    expect(await misuseOf(() => verifyBackup(row, { ...opening, x: 1 } as never))).toMatch(/no opt/)
    const as = { ...laptop, key: async () => new Uint8Array(31) }
    expect(await misuseOf(() => sealBackup(patternBytes(1), { ...sealing, as }))).toMatch(/^as.key/)
  })

  test('a device that is not active writes nothing', async () => {
    const as = await accountOf(LAPTOP, { devices: { [LAPTOP]: { identity: alice, active: [] } } })
    expect(await outcomeOf(() => sealBackup(patternBytes(1), { ...sealing, as }))).toBe(
      'SIGNER_UNKNOWN',
    )
  })
})

test('rows that went through JSON: the hint says what is lost', async () => {
  const stored = JSON.parse(JSON.stringify(row)) as BackupRow
  for (const [name, value] of Object.entries(row)) {
    if (!(value instanceof Uint8Array)) continue
    const wrong = { ...row, [name]: stored[name as keyof BackupRow] }
    expect(await errorOf(() => verifyBackup(wrong, opening))).toMatchObject({
      code: 'FORMAT',
      message: `${name} is not valid`,
      hint: 'bytes are Uint8Array; JSON does not keep them',
    })
  }
})

describe('rows that are none', () => {
  test.each([
    ['no object', null, 'FORMAT'],
    ['an id that is none', { id: 'x' }, 'FORMAT'],
    ['no device', { device_id: null }, 'FORMAT'],
    ['a name hash of 31 bytes', { backup_name_hash: new Uint8Array(31) }, 'FORMAT'],
    ['ciphertext as text', { ciphertext: 'x' }, 'FORMAT'],
    ['ciphertext a byte short', { ciphertext: row.ciphertext.subarray(1) }, 'FORMAT'],
    ['ciphertext a byte long', { ciphertext: new Uint8Array(row.ciphertext.length + 1) }, 'FORMAT'],
    ['an object', { ciphertext: row.ciphertext.subarray(0, 56) }, 'FORMAT'],
    ['a nonce of 11 bytes', { nonce: new Uint8Array(11) }, 'FORMAT'],
    ['a tag of 15 bytes', { auth_tag: new Uint8Array(15) }, 'FORMAT'],
    ['a signature of 63 bytes', { signature: new Uint8Array(63) }, 'FORMAT'],
    ['another suite', { crypto_suite: 'x448' }, 'SUITE_NOT_ALLOWED'],
    ['no suite', { crypto_suite: null }, 'FORMAT'],
    ['a generation below 0', { key_generation: -1 }, 'FORMAT'],
    ['a generation of 2^32', { key_generation: 2 ** 32 }, 'FORMAT'],
    ['a generation as text', { key_generation: '1' }, 'FORMAT'],
    ['a size as text', { size_bytes: String(row.size_bytes) }, 'FORMAT'],
    ['a size below the smallest', { size_bytes: 71 }, 'FORMAT'],
    ['a size of full chunks', { size_bytes: 56 + 16_400 }, 'TRUNCATED'],
    ['a size beyond every limit', { size_bytes: 2 ** 50 }, 'LIMIT'],
    ['a digest of 33 bytes', { content_digest: new Uint8Array(33) }, 'FORMAT'],
    ['metadata of 71 bytes', { encrypted_metadata: new Uint8Array(71) }, 'FORMAT'],
    ['metadata beyond the limit', { encrypted_metadata: new Uint8Array(8193) }, 'LIMIT'],
    ['a time that is none', { created_at: '2026-02-30T00:00:00.000Z' }, 'FORMAT'],
    ['a Date', { created_at: new Date(NOW) }, 'FORMAT'],
    ['no expiry selected', { expires_at: undefined }, 'FORMAT'],
    ['expiry before creation', { expires_at: row.created_at }, 'FORMAT'],
  ])('%s: %s', async (_name, change, code) => {
    const changed = (change && { ...row, ...change }) as BackupRow
    expect(await outcomeOf(() => openBackup(changed, opening))).toBe(code)
  })

  test('content in a row beyond 64 MiB', async () => {
    const ciphertext = new Uint8Array(56 + 4097 * 16_400 + 84)
    const long = { ...row, ciphertext, size_bytes: ciphertext.length + 16 }
    expect(await outcomeOf(() => openBackup(long, opening))).toBe('LIMIT')
    const much = { length: 64 * 1024 * 1024 + 1 }
    const content = Object.assign(new Uint8Array(much.length))
    expect(await outcomeOf(() => sealBackup(content, sealing))).toBe('LIMIT')
  })
})
