/** Which backups of a device are accepted when it is revoked, and what is told of the others. */
import { type Account, unlockAccount } from '@zkeb/core/account'
import {
  type AcceptedBackupsOptions,
  acceptedBackups,
  type BackupRow,
  type BackupWriter,
  openBackup,
  sealBackup,
  sealBackupStream,
  verifyBackup,
} from '@zkeb/core/backup'
import { describe, expect, test } from 'vitest'
import { amend, enrol, found, newDevice, recovery } from '../../../test/support/accounts'
import { patternBytes } from '../../../test/support/bytes'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'
import { flow } from '../../../test/support/streams'

const userId = '11111111-1111-4111-8111-111111111111'
const write = (as: Account, name: string, id?: string) =>
  sealBackup(patternBytes(50), { as, userId, name, ...(id && { id }) })
const hintOf = async (work: () => unknown) => ((await errorOf(work)) as { hint?: string }).hint

async function twoDevices() {
  const first = await found([recovery(1)])
  const { account, enrolled } = await enrol(first.server, first.account, await newDevice())
  const options = { as: account, userId, deviceId: enrolled.deviceId }
  return { server: first.server, account, phone: enrolled, options }
}

describe('of a device that is to be revoked', async () => {
  const { server, account, phone, options } = await twoDevices()
  const [mine, theirs, altered] = await Promise.all([
    write(account, 'mine'),
    write(phone, 'theirs'),
    write(phone, 'altered').then((row) => ({ ...row, created_at: '2020-01-01T00:00:00.000Z' })),
  ])
  const uploading = sealBackupStream({ as: phone, userId, name: 'film', size: 20_000 })
  const object = await flow(patternBytes(20_000), uploading)
  const film = await uploading.row

  test('its own are listed, in the content or an object; they open afterwards, others never', async () => {
    expect(object.length).toBeGreaterThan(20_000)
    const { accepted, refused } = await acceptedBackups([mine, theirs, film, altered], options)
    expect(accepted.map(({ id }) => id)).toEqual([theirs.id, film.id])
    expect(refused.map(({ row, error }) => [row, error.code])).toEqual([[altered, 'SIGNATURE']])
    const revoked = [{ deviceId: phone.deviceId, accepted }]
    const after = await amend(server, account, { revokeDevices: revoked })
    for (const row of [theirs, film]) {
      expect((await verifyBackup(row, { as: after, userId })).device.state).toBe('revoked')
    }
    const late = await write(phone, 'late')
    const opening = () => openBackup(late, { as: after, userId })
    expect(await outcomeOf(opening)).toBe('SIGNER_UNKNOWN')
    expect(await hintOf(opening)).toMatch(/did not list.*refreshing does not help/)
    const { accountId, pin } = after
    const withheld = { ...server.record, revocationLists: [] }
    const without = await account.refresh(withheld)
    expect([without.accountId, without.pin]).toEqual([accountId, pin])
    const reading = () => verifyBackup(theirs, { as: without, userId })
    expect(await hintOf(reading)).toMatch(/list .* refresh/)
    expect(await misuseOf(() => acceptedBackups([theirs], { ...options, as: after }))).toMatch(
      /^deviceId:/,
    )
  })

  test('the content may be left out, but not be another', async () => {
    const head = { ...theirs, ciphertext: theirs.ciphertext.subarray(0, 56) }
    const other = theirs.ciphertext.slice()
    other[60] = (other[60] ?? 0) ^ 1
    const rows = [head, { ...theirs, ciphertext: other }]
    const { accepted, refused } = await acceptedBackups(rows, options)
    expect(accepted.map(({ id }) => id)).toEqual([theirs.id])
    expect(refused.map(({ error }) => error.code)).toEqual(['SIGNATURE'])
  })

  test('a row twice counts once; two backups of one id do not keep the device', async () => {
    const twin = await write(phone, 'twin', theirs.id)
    const { accepted, refused } = await acceptedBackups([theirs, { ...theirs }, twin], options)
    expect(accepted.map(({ id }) => id)).toEqual([theirs.id])
    expect(refused.map(({ row, error }) => [row, error.code])).toEqual([[twin, 'FORMAT']])
  })

  test('rows that do not say whose they are, are told', async () => {
    const camel = { ...theirs, device_id: undefined, deviceId: phone.deviceId }
    const rows = [camel, null, { ...theirs, device_id: 5 }] as unknown as BackupRow[]
    const { accepted, refused } = await acceptedBackups(rows, options)
    expect(accepted).toEqual([])
    expect(refused.map(({ error }) => error.code)).toEqual(['FORMAT', 'FORMAT', 'FORMAT'])
  })

  test.each([
    [undefined, {}, /^rows:/],
    ['x', {}, /^rows:/],
    [[], { deviceId: 'x' }, /^deviceId:/],
    [[], { deviceId: userId }, /^deviceId:/],
    [[], { userId: 'x' }, /^userId:/],
    [[], { as: undefined }, /^as:/],
    [[], { device: 'x' }, /^no option device/],
  ])('misuse is named: %o, %o', async (rows, wrong, message) => {
    const given = { ...options, ...wrong } as unknown as AcceptedBackupsOptions
    expect(await misuseOf(() => acceptedBackups(rows as BackupRow[], given))).toMatch(message)
  })
})

test('hints of SIGNER_UNKNOWN, and of an account that only reads', async () => {
  const { server, account } = await found([recovery(1)])
  const other = await found()
  const row = await write(account, 'x')
  expect(await hintOf(() => verifyBackup(row, { as: other.account, userId }))).toBe(
    'refresh the account; if that does not help, this is another account’s backup',
  )
  const unlocked = await unlockAccount(server.record, recovery(1))
  const as = unlocked as unknown as BackupWriter
  for (const work of [
    () => sealBackup(new Uint8Array(1), { as, userId, name: 'x' }),
    () => sealBackupStream({ as, userId, name: 'x', size: 1 }),
  ]) {
    expect(await misuseOf(work)).toBe('as: an unlocked account only reads: join() first')
  }
})
