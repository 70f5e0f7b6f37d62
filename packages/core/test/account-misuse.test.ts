/** What newcomers do by mistake: the error names it, and leads to the answer. */
import {
  type Account,
  type AccountChange,
  type AccountRecord,
  type Amendments,
  answerEnrolment,
  applyChange,
  createAccount,
  openAccount,
  requestEnrolment,
  unlockAccount,
} from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { amend, enrol, found, newDevice, recovery } from '../../../test/support/accounts'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'

const device = await newDevice()
const first = await found([recovery(1)], { device })
const { server } = first
const { account, enrolled } = await enrol(server, first.account, await newDevice())
const { deviceId } = enrolled
const { record } = server
const unlocked = await unlockAccount(record, recovery(1))
const hintOf = async (work: () => unknown) => ((await errorOf(work)) as { hint?: string }).hint

describe('amendments that are none', () => {
  test.each([
    [undefined, /^amendments: nothing to change$/],
    [{}, /^amendments: nothing to change$/],
    [{ addSlots: [], slotSuite: 'pq', rotate: false }, /^amendments: nothing to change$/],
    [{ addSlots: recovery(2) }, /^addSlots: an array$/],
    [{ addDevices: device.public }, /^addDevices: an array$/],
    [{ addDevices: [undefined] }, /^addDevices: a public identity$/],
    [{ revokeDevices: { deviceId, accepted: [] } }, /^revokeDevices: an array$/],
    [{ revokeDevices: [deviceId] }, /^revokeDevices: .*\{ deviceId, accepted \}/],
    [{ revokeDevices: [{ deviceId }] }, /^revokeDevices: .*\{ deviceId, accepted \}/],
    [{ revokeDevices: [null] }, /^revokeDevices: .*\{ deviceId, accepted \}/],
    [{ revokeDevices: [{ deviceId, accepted: [null] }] }, /^id: a UUID/],
    [{ removeSlots: unlocked.slotId }, /^removeSlots: an array$/],
    [{ wakeSlots: unlocked.slotId }, /^wakeSlots: an array$/],
    [{ rotate: 'no' }, /^rotate: true or false$/],
  ])('%#', async (amendments, message) => {
    expect(await misuseOf(() => account.amend(amendments as never as Amendments))).toMatch(message)
  })

  test('slots of a new account', async () => {
    const slots = recovery(1) as never
    expect(await misuseOf(() => createAccount({ device, slots }))).toBe('slots: an array')
  })
})

describe('a revocation that would lock everybody out who has lost their devices', () => {
  // It has handled the one slot there is.
  const revokeDevices = [{ deviceId: first.account.deviceId, accepted: [] }]

  test('is refused, where nothing says so', async () => {
    expect(await misuseOf(() => enrolled.amend({ revokeDevices }))).toMatch(
      /^revokeDevices: no slot would be left .* addSlots/,
    )
  })

  test.each([
    ['another slot comes', { addSlots: [recovery(2)] }, 1],
    ['it is said', { removeSlots: [unlocked.slotId] }, 0],
  ])('goes where %s', async (_name, more, left) => {
    const { account: next } = await enrolled.amend({ revokeDevices, ...more })
    expect(next.slots.length).toBe(left)
  })

  test('a slot that sleeps is none; one that is woken is', async () => {
    const own = await found([recovery(1)])
    const other = await enrol(own.server, own.account, await newDevice())
    const both = await amend(own.server, other.enrolled, { addSlots: [recovery(2)] })
    const { account: joined } = await (await unlockAccount(own.server.record, recovery(1))).join(
      await newDevice(),
    )
    const sleeping = both.slots.find(({ parameters }) => parameters[0] === 2)?.id ?? ''
    const revoking = { revokeDevices: [{ deviceId: own.account.deviceId, accepted: [] }] }
    expect(await misuseOf(() => joined.amend(revoking))).toMatch(/^revokeDevices: no slot/)
    const { account: next } = await joined.amend({ ...revoking, wakeSlots: [sleeping] })
    expect(next.slots.map(({ sealed }) => Boolean(sealed))).toEqual([true])
  })
})

describe('a device that is not an active one is told what helps', async () => {
  const lost = await newDevice()
  const start = await found([recovery(1)], { device: lost })
  const { account: joined, change } = await (
    await unlockAccount(start.server.record, recovery(1))
  ).join(await newDevice())
  start.server.write(change)
  const open = (device: Account['device'], by = start) => {
    const { accountId, pin } = by.account
    return openAccount(by.server.record, { device, accountId, pin })
  }

  test('one that is unconfirmed; and is confirmed', async () => {
    expect(await outcomeOf(() => open(lost))).toBe('NOT_RECIPIENT')
    expect(await hintOf(() => open(lost))).toMatch(/active device .*chain\.identity\(id\)/)
    const again = await unlockAccount(start.server.record, recovery(1))
    expect(await misuseOf(() => again.join(lost))).toMatch(
      /^device: .*unconfirmed.*chain\.identity\(id\)/,
    )
    const known = joined.chain.identity(start.account.deviceId)
    const { change: confirming } = await joined.amend({ addDevices: known ? [known] : [] })
    const whole = { ...start.server.record }
    const confirmed = applyChange(whole, confirming)
    const { accountId, pin } = joined
    const opened = await openAccount(confirmed, { device: lost, accountId, pin })
    expect(opened.deviceId).toBe(start.account.deviceId)
  })

  test('one that was never added', async () => {
    const stranger = await newDevice()
    expect(await outcomeOf(() => open(stranger))).toBe('NOT_RECIPIENT')
    expect(await hintOf(() => open(stranger))).toBe(
      'not added yet? The active device calls amend({ addDevices }), then fetch the record again',
    )
  })

  test('one that is active, and one that was revoked', async () => {
    expect(await misuseOf(() => unlocked.join(device))).toMatch(/^device: .*openAccount/)
    const own = await found([recovery(1)])
    const both = await enrol(own.server, own.account, await newDevice())
    const revoked = { deviceId: both.enrolled.deviceId, accepted: [] }
    await amend(own.server, both.account, { revokeDevices: [revoked] })
    const gone = both.enrolled.device
    expect(await hintOf(() => open(gone, own))).toMatch(/revoked.*new identity/)
    const unlocking = await unlockAccount(own.server.record, recovery(1))
    expect(await misuseOf(() => unlocking.join(gone))).toMatch(/^device: .*new identity/)
  })
})

describe('enrolment', async () => {
  test('an identity in the place of its public half', async () => {
    const asking = () => requestEnrolment(device as never)
    expect(await misuseOf(asking)).toBe('device: a public identity, i.e. identity.public')
  })

  test('an account that was unlocked only does not answer', async () => {
    const { request } = await requestEnrolment(device.public)
    for (const it of [unlocked, undefined]) {
      expect(await misuseOf(() => answerEnrolment(request, it as never))).toMatch(
        /^account: .* join\(\)/,
      )
    }
  })

  test('messages as text', async () => {
    const asking = await requestEnrolment(device.public)
    const answering = await answerEnrolment(asking.request, account)
    for (const work of [
      () => answerEnrolment('AAAA' as never, account),
      () => asking.accept('AAAA' as never),
      () => answering.accept('AAAA' as never),
    ]) {
      expect(await misuseOf(work)).toMatch(/Uint8Array.*text/)
    }
  })
})

describe('a record that is none', () => {
  const [key] = record.keys
  test.each([
    ['manifests[0]', { manifests: [JSON.parse(JSON.stringify(record.manifests[0]))] }],
    ['slots[1]', { slots: [...record.slots, 'AAAA'] }],
    ['keys[0].sealed', { keys: [{ ...key, sealed: {} }] }],
    ['keys[0].sealed', { keys: [null] }],
    ['wraps[0].wrapped', { wraps: [{ generation: 0 }] }],
    ['revocationLists[0].list', { revocationLists: [{ deviceId }] }],
  ])('%s', async (path, wrong) => {
    const given = { ...record, ...wrong } as AccountRecord
    const { accountId, pin } = account
    for (const work of [
      () => openAccount(given, { device, accountId, pin }),
      () => unlockAccount(given, recovery(1)),
      () => applyChange(given, first as never),
    ]) {
      expect(await misuseOf(work)).toBe(
        `record.${path}: a Uint8Array (JSON.parse does not give bytes back)`,
      )
    }
  })
})

describe('changes that cannot be written', () => {
  test('account and change together, or none', async () => {
    const changed = await createAccount({ device })
    for (const given of [changed, undefined, { manifest: {} }]) {
      const writing = () => applyChange(undefined, given as unknown as AccountChange)
      expect(await misuseOf(writing)).toMatch(/^change:/)
    }
  })

  test('of two at once the second is CONFLICT; made anew it goes', async () => {
    const [one, two] = await Promise.all([
      account.amend({ rotate: true }),
      enrolled.amend({ addSlots: [recovery(5)] }),
    ])
    const after = applyChange(record, one.change)
    expect(await outcomeOf(() => applyChange(after, two.change))).toBe('CONFLICT')
    expect(await hintOf(() => applyChange(after, two.change))).toMatch(/refresh\(record\)/)
    const again = await (await enrolled.refresh(after)).amend({ addSlots: [recovery(5)] })
    expect(applyChange(after, again.change).manifests.length).toBe(after.manifests.length + 1)
  })

  test('a gap is misuse', async () => {
    const { change } = await account.amend({ rotate: true })
    expect(await misuseOf(() => applyChange(undefined, change))).toMatch(/^record:/)
  })
})

describe('refusals say what to do', () => {
  const known = { device, accountId: account.accountId, pin: account.pin }
  const opening = (given: AccountRecord, more = {}) =>
    hintOf(() => openAccount(given, { ...known, ...more }))

  test('a wrong secret', async () => {
    expect(await hintOf(() => unlockAccount(record, recovery(9)))).toBe(
      'wrong passphrase, recovery secret or passkey, or the slot was altered',
    )
  })

  test('chains that are old, or others', async () => {
    const manifests = record.manifests.slice(0, -1)
    expect(await opening({ ...record, manifests })).toMatch(/fetch the record again/)
    const pin = { ...account.pin, digest: new Uint8Array(32) }
    expect(await opening(record, { pin })).toMatch(/write nothing/)
    expect(await opening(record, { accountId: new Uint8Array(32) })).toMatch(/accountId/)
    expect(await opening({ ...record, manifests: record.manifests.slice(1) })).toMatch(
      /fetch the record again/,
    )
  })

  test('a sealed key that is missing', async () => {
    expect(await opening({ ...record, keys: [] })).toMatch(/fetch the record again/)
  })

  test.each(['x', 'ab'.repeat(32), new Uint8Array(31), undefined])('a secret of %o', async (it) => {
    const unlocking = () => unlockAccount(record, { recovery: it as Uint8Array })
    expect(await misuseOf(unlocking)).toBe('recovery: a Uint8Array of 32 bytes')
  })
})
