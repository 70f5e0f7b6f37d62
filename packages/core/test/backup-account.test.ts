/** Backups of true accounts: several devices and generations, revocation, a slot alone. */
import { type Account, unlockAccount } from '@zkeb/core/account'
import {
  type BackupRow,
  backupNameHashes,
  openBackup,
  openBackupStream,
  openDeviceName,
  sealBackup,
  sealBackupStream,
  sealDeviceName,
  verifyBackup,
} from '@zkeb/core/backup'
import { expect, test } from 'vitest'
import { amend, enrol, found, newDevice, recovery } from '../../../test/support/accounts'
import { bytesToHex, patternBytes } from '../../../test/support/bytes'
import { outcomeOf } from '../../../test/support/outcome'
import { flow } from '../../../test/support/streams'

const userId = '11111111-1111-4111-8111-111111111111'
const write = (as: Account, name: string, n = 50) =>
  sealBackup(patternBytes(n), { as, userId, name })
const codeOf = (row: BackupRow, as: Account) => outcomeOf(() => openBackup(row, { as, userId }))

test('what one device writes another opens, across generations; lookup by every name hash', async () => {
  const { account, server } = await found([recovery(1)])
  const first = await write(account, 'notes')
  const { account: laptop, enrolled: phone } = await enrol(server, account, await newDevice())
  const rotated = await amend(server, laptop, { rotate: true })
  const second = await write(rotated, 'notes')
  // The phone has not heard of the new generation: to it that is no writer, until it has refreshed.
  expect(await codeOf(second, phone)).toBe('SIGNER_UNKNOWN')
  const fresh = await phone.refresh(server.record)
  for (const row of [first, second]) {
    expect((await openBackup(row, { as: fresh, userId })).bytes).toEqual(patternBytes(50))
  }
  const hashes = (await backupNameHashes(fresh, 'notes')).map(bytesToHex)
  const found_ = [first, second].map((row) => hashes.indexOf(bytesToHex(row.backup_name_hash)))
  expect(found_).toEqual([0, 1])
  const sealing = sealBackupStream({ as: fresh, userId, name: 'disk', size: 40_000 })
  const object = await flow(patternBytes(40_000), sealing)
  const opening = openBackupStream(await sealing.row, { as: rotated, userId })
  expect(Buffer.compare(await flow(object, opening), patternBytes(40_000))).toBe(0)
  const deviceId = fresh.deviceId
  const name = await sealDeviceName('phone', { as: fresh, deviceId })
  expect(await openDeviceName(name, { as: rotated, deviceId })).toBe('phone')
})

test('a backup whose writer knew a manifest that is held back: FORK', async () => {
  const { account, server } = await found()
  const { account: laptop, enrolled: phone } = await enrol(server, account, await newDevice())
  const ahead = await amend(server, laptop, { addSlots: [recovery(2)] })
  const row = await write(ahead, 'notes')
  expect(await codeOf(row, phone)).toBe('FORK')
  expect(await codeOf(row, await phone.refresh(server.record))).toBe('none')
})

test('a revoked device: its accepted backups open, nothing else it writes, whenever it says that was', async () => {
  const { account, server } = await found()
  const { account: laptop, enrolled: thief } = await enrol(server, account, await newDevice())
  const accepted = await write(thief, 'before')
  const { id, digest } = await verifyBackup(accepted, { as: laptop, userId })
  const revokeDevices = [{ deviceId: thief.deviceId, accepted: [{ id, digest }] }]
  const after = await amend(server, laptop, { revokeDevices })
  const opened = await openBackup(accepted, { as: after, userId })
  expect(opened.device).toEqual({ id: thief.deviceId, state: 'revoked' })
  expect(await codeOf(await write(thief, 'after'), after)).toBe('SIGNER_UNKNOWN')
  const backdated = { as: thief, userId, name: 'before', id, now: Date.now() - 1e9 }
  const late = await sealBackup(patternBytes(50), backdated)
  expect(await codeOf(late, after)).toBe('SIGNER_UNKNOWN')
  // And it cannot read what comes after.
  expect(await codeOf(await write(after, 'new'), thief)).toBe('SIGNER_UNKNOWN')
})

test('every device lost: a slot alone reads; who joins by it writes, and the old devices are unconfirmed', async () => {
  const { account, server } = await found([recovery(3)])
  const row = await write(account, 'photos')
  const unlocked = await unlockAccount(server.record, recovery(3))
  expect((await openBackup(row, { as: unlocked, userId })).name).toBe('photos')
  const { account: joined, change } = await unlocked.join(await newDevice())
  server.write(change)
  const opened = await openBackup(row, { as: joined, userId })
  expect(opened.device.state).toBe('unconfirmed')
  const again = await write(joined, 'photos')
  expect((await openBackup(again, { as: joined, userId })).generation).toBe(1)
  // The lost device goes on in the generation it knows: that it was active then is true.
  expect(await codeOf(await write(account, 'late'), joined)).toBe('none')
})

test('another account of the same user', async () => {
  const { account } = await found()
  const { account: other } = await found()
  expect(await codeOf(await write(account, 'x'), other)).toBe('SIGNER_UNKNOWN')
})
