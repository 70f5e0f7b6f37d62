/** Attack: a server, and a device that was revoked, swap and re-sign the backups of a true account. */
import { unlockAccount } from '@zkeb/core/account'
import {
  type BackupReader,
  type BackupRow,
  type BackupWriter,
  openBackup,
  sealBackup,
  verifyBackup,
} from '@zkeb/core/backup'
import { describe, expect, test } from 'vitest'
import { amend, enrol, found, recovery } from '../support/accounts'
import { forgeRow } from '../support/backups'
import { patternBytes } from '../support/bytes'
import { written } from '../support/hostile-server'
import { malloryOf, peopleOf, SUITES } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const userId = '11111111-1111-4111-8111-111111111111'
const otherUser = '11111111-1111-4111-8111-111111111112'
const content = patternBytes(40)

describe.each(SUITES)('%s', async (suite) => {
  const people = await peopleOf(suite)
  const mallory = await malloryOf(suite)
  const { account: first, server } = await found([recovery(1)], { device: people.alice })
  const { account: second, enrolled: phone0 } = await enrol(server, first, people.bob)
  const both = await enrol(server, second, people.carol)
  const [laptop0, thief] = [both.account, both.enrolled]

  const seal = (as: BackupWriter, name: string) => sealBackup(content, { as, userId, name })
  const open = (row: BackupRow, as: BackupReader, user = userId) =>
    outcomeOf(() => openBackup(row, { as, userId: user }))

  const old = await seal(laptop0, 'notes')
  const other = await seal(phone0, 'photos')
  const stolen = await seal(thief, 'accepted')
  const { digest } = await verifyBackup(stolen, { as: laptop0, userId })
  const beforeRevocation = server.record
  const laptop1 = await amend(server, laptop0, {
    revokeDevices: [{ deviceId: thief.deviceId, accepted: [{ id: stolen.id, digest }] }],
  })
  const laptop = await amend(server, laptop1, { addSlots: [recovery(2)] })
  const phone = await phone0.refresh(server.record)
  const now = await seal(laptop, 'notes')
  const sealed = [old, other, stolen, now]

  test('the truth opens, on every device and by a slot', async () => {
    const unlocked = await unlockAccount(server.record, recovery(1))
    for (const as of [laptop, phone, unlocked]) {
      for (const row of sealed) expect(await open(row, as)).toBe('none')
    }
    const [opened] = [await openBackup(stolen, { as: phone, userId })]
    expect(opened.device).toEqual({ id: thief.deviceId, state: 'revoked' })
  })

  test('swapped between names', async () => {
    const newer = await seal(laptop, 'photos')
    expect(await open({ ...now, backup_name_hash: newer.backup_name_hash }, phone)).toBe(
      'SIGNATURE',
    )
    const { encrypted_metadata } = newer
    expect(await open({ ...now, encrypted_metadata }, phone)).toBe('SIGNATURE')
    expect(await open({ ...newer, id: now.id }, phone)).toBe('SIGNATURE')
  })

  test('swapped between devices', async () => {
    for (const row of [old, now]) {
      expect(await open({ ...row, device_id: phone.deviceId }, phone)).toBe('SIGNATURE')
      expect(await open({ ...row, device_id: thief.deviceId }, phone)).toBe('SIGNER_UNKNOWN')
    }
    expect(await open({ ...stolen, device_id: laptop.deviceId }, phone)).toBe('SIGNATURE')
  })

  test('swapped between generations', async () => {
    expect(await open({ ...old, key_generation: 1 }, phone)).toBe('SIGNATURE')
    expect(await open({ ...now, key_generation: 0 }, phone)).toBe('SIGNATURE')
    expect(await open({ ...now, key_generation: 2 }, phone)).toBe('SIGNER_UNKNOWN')
    expect(await open({ ...stolen, key_generation: 1 }, phone)).toBe('SIGNER_UNKNOWN')
  })

  test('swapped between users and accounts', async () => {
    expect(await open(now, phone, otherUser)).toBe('SIGNATURE')
    const elsewhere = await found([], { device: people.alice })
    expect(await open(now, elsewhere.account)).toBe('SIGNER_UNKNOWN')
    // Even under the id that the same device has there.
    const row = { ...old, device_id: elsewhere.account.deviceId }
    expect(await open(row, elsewhere.account)).toBe('SIGNATURE')
  })

  describe('signed by a device that was revoked', () => {
    const forgery = { account: thief, userId, plaintext: content }
    const asThief = { device_id: thief.deviceId }

    test('a row of an old generation anew, in its own name or that of another', async () => {
      for (const row of [old, other, stolen]) {
        const own = await forgeRow(row, { ...forgery, by: people.carol, columns: asThief })
        expect(await open(own, phone)).toBe('SIGNER_UNKNOWN')
        const columns = { device_id: laptop.deviceId }
        const theirs = await forgeRow(row, { ...forgery, by: people.carol, columns })
        expect(await open(theirs, phone)).toBe('SIGNATURE')
      }
    })

    test('dated back to when it was active', async () => {
      const row = await sealBackup(content, { as: thief, userId, name: 'notes', now: 1e12 })
      expect(await open(row, laptop0)).toBe('none')
      expect(await open(row, phone)).toBe('SIGNER_UNKNOWN')
    })

    test('under the id of one that is accepted', async () => {
      const row = await sealBackup(content, { as: thief, userId, name: 'accepted', id: stolen.id })
      expect(await open(row, laptop0)).toBe('none')
      expect(await open(row, phone)).toBe('SIGNER_UNKNOWN')
    })

    test('in a generation that it was never in', async () => {
      const row = await forgeRow(stolen, { ...forgery, by: people.carol })
      expect(await open({ ...row, key_generation: 1 }, phone)).toBe('SIGNER_UNKNOWN')
    })

    test('what was accepted, when the server holds the list back', async () => {
      const as = await phone.refresh({ ...server.record, revocationLists: [] })
      expect(await open(stolen, as)).toBe('SIGNER_UNKNOWN')
      for (const row of [old, other, now]) expect(await open(row, as)).toBe('none')
    })

    test('NOT DETECTED by who is not told of the revocation, until it sees what others wrote since', async () => {
      const row = await seal(thief, 'since')
      const unlocked = await unlockAccount(beforeRevocation, recovery(1))
      expect(await open(row, unlocked)).toBe('none')
      expect(await open(now, unlocked)).toBe('SIGNER_UNKNOWN')
    })
  })

  test('NOT REFUSED of a device that is unconfirmed since another joined: it is named so', async () => {
    const unlocked = await unlockAccount(server.record, recovery(1))
    const { account } = await unlocked.join(people.dave)
    const row = await seal(phone, 'since')
    const opened = await openBackup(row, { as: account, userId })
    expect(opened.device).toEqual({ id: phone.deviceId, state: 'unconfirmed' })
    const columns = { key_generation: account.generation }
    const forgery = { by: people.bob, account, userId, plaintext: content, columns }
    expect(await open(await forgeRow(row, forgery), account)).toBe('SIGNER_UNKNOWN')
  })

  test('a writer’s manifest held back: FORK, from a true chain and from a forked one', async () => {
    // Its generation is known, its manifest is not.
    const { change } = await laptop1.amend({ addSlots: [recovery(3)] })
    const early = await phone0.refresh(withoutLast(server.record))
    expect(await open(now, early)).toBe('FORK')
    const forked = await early.refresh(written(withoutLast(server.record), change))
    expect(await open(now, forked)).toBe('FORK')
    expect(await outcomeOf(() => verifyBackup(now, { as: forked, userId }))).toBe('FORK')
    expect(await open(now, await early.refresh(server.record))).toBe('none')
  })

  test('of the server’s own making', async () => {
    const forgery = { account: laptop, userId, plaintext: content }
    expect(await open(await forgeRow(now, { ...forgery, by: mallory }), phone)).toBe('SIGNATURE')
    const columns = { device_id: crypto.randomUUID() }
    const row = await forgeRow(now, { ...forgery, by: mallory, columns })
    expect(await open(row, phone)).toBe('SIGNER_UNKNOWN')
  })
})

function withoutLast<R extends { readonly manifests: readonly Uint8Array[] }>(record: R): R {
  return { ...record, manifests: record.manifests.slice(0, -1) }
}
