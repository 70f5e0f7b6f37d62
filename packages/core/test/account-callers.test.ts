/** What callers do to their own objects while they wait, and what they hand in by mistake. */
import {
  createAccount,
  inspectSlot,
  requestEnrolment,
  type SlotSecret,
  unlockAccount,
  verifyChain,
} from '@zkeb/core/account'
import { describe, expect, test, vi } from 'vitest'
import { AccountServer } from '../../../test/support/account-server'
import { amend, enrol, found, newDevice, passkey, recovery } from '../../../test/support/accounts'
import { bytesToHex } from '../../../test/support/bytes'
import { foundedBy, partiesOf, slotOf } from '../../../test/support/chains'
import { relabelled } from '../../../test/support/hostile-server'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'
import { signManifest } from '../src/account/manifest'
import { writeRevocationList } from '../src/account/revocation-list'
import { backend } from '../src/crypto/current'

const uuid = (i: number) => `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`
const zeros = { recovery: new Uint8Array(32) }

describe('secrets wiped while they are in use', () => {
  test('of a new account: no slot of zeros comes of it', async () => {
    const device = await newDevice()
    const secrets = [recovery(1), recovery(2)]
    const creating = createAccount({ device, slots: secrets })
    for (const { recovery: secret } of secrets) secret.fill(0)
    const { record } = new AccountServer((await creating).change)
    expect(await outcomeOf(() => unlockAccount(record, zeros))).toBe('OPEN')
    for (const it of [1, 2]) {
      expect(await outcomeOf(() => unlockAccount(record, recovery(it)))).toBe('none')
    }
  })

  test('of new slots', async () => {
    const { account, server } = await found()
    const secrets = [recovery(1), recovery(2)]
    const amending = account.amend({ addSlots: secrets })
    for (const { recovery: secret } of secrets) secret.fill(0)
    server.write((await amending).change)
    expect(await outcomeOf(() => unlockAccount(server.record, zeros))).toBe('OPEN')
    expect(await outcomeOf(() => unlockAccount(server.record, recovery(2)))).toBe('none')
  })

  test('of unlocking; and stored slots overwritten', async () => {
    const { server } = await found([recovery(1), recovery(2)])
    const { record } = server
    const slots = record.slots.map((slot) => new Uint8Array(slot))
    const secret = recovery(2)
    const unlocking = unlockAccount({ ...record, slots }, secret)
    secret.recovery.fill(0)
    for (const slot of slots) slot.fill(0)
    expect(await outcomeOf(() => unlocking)).toBe('none')
    // What is the caller's is not wiped for it.
    const mine = recovery(1)
    await unlockAccount(record, mine)
    expect(mine).toEqual(recovery(1))
  })

  test('lists of backups changed while a device is revoked', async () => {
    const { account: first, server } = await found([recovery(1)])
    const { account, enrolled } = await enrol(server, first, await newDevice())
    const accepted = [{ id: uuid(1), digest: new Uint8Array(32).fill(1) }]
    const evil = { id: uuid(2), digest: new Uint8Array(32).fill(2) }
    const { deviceId } = enrolled
    const amending = account.amend({
      revokeDevices: [{ deviceId, accepted }],
      addSlots: [recovery(2)],
    })
    accepted[0]?.digest.fill(9)
    accepted.push(evil)
    const list = (await amending).account.revocationList(deviceId)
    const good = { id: uuid(1), digest: new Uint8Array(32).fill(1) }
    expect([list?.size, list?.includes(good), list?.includes(evil)]).toEqual([1, true, false])
  })
})

test('a secret that is no object is misuse, and the error does not quote it', async () => {
  const { server, account } = await found([recovery(1)])
  const device = await newDevice()
  for (const secret of ['hunter2', new Uint8Array(32), 4711, null, undefined, ['hunter2']]) {
    const given = secret as unknown as SlotSecret
    for (const work of [
      () => unlockAccount(server.record, given),
      () => createAccount({ device, slots: [given] }),
      () => account.amend({ addSlots: [given] }),
    ]) {
      const message = await misuseOf(work)
      expect(message).toMatch(/^secret:/)
      expect(message).not.toMatch(/hunter2|4711/)
    }
  }
})

test('a passkey may be a method, of an object with a prototype', async () => {
  class Passkey {
    async passkey(input: Uint8Array) {
      return input.slice(-32)
    }
  }
  const { server } = await found([new Passkey(), recovery(1)])
  expect(await outcomeOf(() => unlockAccount(server.record, new Passkey()))).toBe('none')
})

test('more slots than an account can have ask no passkey', async () => {
  const { server } = await found([passkey(1), recovery(1)])
  const [slot] = server.record.slots.filter((it) => inspectSlot(it).kind === 'passkey')
  const many = Array.from({ length: 33 }, (_, i) =>
    relabelled(slot as Uint8Array, { id: Uint8Array.of(i, ...new Uint8Array(15)) }),
  )
  const asked = vi.fn(async () => new Uint8Array(32))
  const unlocking = (slots: Uint8Array[]) =>
    outcomeOf(() => unlockAccount({ ...server.record, slots }, { passkey: asked }))
  expect(await unlocking(many)).toBe('LIMIT')
  expect(asked).not.toHaveBeenCalled()
  expect(await unlocking(many.slice(1))).toBe('OPEN')
  expect(asked).toHaveBeenCalledTimes(32)
})

test('handlers without end are LIMIT, not an overflow of the stack', async () => {
  const parties = await partiesOf('x25519')
  const first = await foundedBy(parties)
  // As many as fit; made by hand, for our own writer would overflow, too.
  const marker = uuid(0xabcdef)
  const slot = { ...slotOf(parties, 'passphrase', []), handlers: [marker] }
  const { stored } = await signManifest({ ...first, slots: [slot] }, parties.alice)
  const manifest = Buffer.from(stored)
  const at = manifest.indexOf(Buffer.from(marker.replaceAll('-', ''), 'hex'))
  const handlers = new Uint8Array(16 * 130_000)
  const view = new DataView(handlers.buffer)
  for (let i = 0; i < 130_000; i++) view.setUint32(16 * i, i)
  const grown = grow(manifest, at, handlers)
  const verifying = () => verifyChain([grown], { pin: { counter: 0, digest: zeros.recovery } })
  expect(await outcomeOf(verifying)).toBe('LIMIT')
})

test('a revocation list of 200000 backups', async () => {
  const digest = new Uint8Array(32)
  const accepted = Array.from({ length: 200_000 }, (_, i) => ({ id: uuid(i), digest }))
  expect((await writeRevocationList(accepted)).list.length).toBe(200_000 * 48)
})

test('an account id that a caller overwrites is the caller’s', async () => {
  const { account } = await found([recovery(1)])
  const [id, key] = [account.accountId.slice(), await account.key('zkeb/ak-backup/v1', 0)]
  account.accountId.fill(0)
  account.pin.digest.fill(0)
  expect(account.accountId).toEqual(id)
  expect(await account.key('zkeb/ak-backup/v1', 0)).toEqual(key)
})

test('two changes at once, of one account', async () => {
  const { account, server } = await found([recovery(1)])
  const [one, two] = await Promise.all([
    account.amend({ rotate: true }),
    account.amend({ rotate: true, addSlots: [recovery(2)] }),
  ])
  expect([server.write(two.change), server.write(one.change)]).toEqual([true, false])
  const opened = await account.refresh(server.record)
  expect(await opened.key('zkeb/ak-backup/v1', 1)).toEqual(
    await two.account.key('zkeb/ak-backup/v1', 1),
  )
  expect(await outcomeOf(() => one.account.refresh(server.record))).toBe('FORK')
  await amend(server, opened, { rotate: true })
})

test('no inspection, clone or text of an account shows a secret', async () => {
  const drawn: Uint8Array[] = []
  const { randomBytes } = backend()
  const spy = vi.spyOn(backend(), 'randomBytes').mockImplementation((length) => {
    const bytes = randomBytes(length)
    drawn.push(bytes.slice())
    return bytes
  })
  const { account, server } = await found([recovery(1)])
  spy.mockRestore()
  const unlocked = await unlockAccount(server.record, recovery(1))
  const asking = await requestEnrolment((await newDevice()).public)
  const { inspect } = await import('node:util')
  const shown = [account, unlocked, asking].flatMap((it) => [
    inspect(it, { showHidden: true, depth: 20, maxArrayLength: null }),
    JSON.stringify(it),
  ])
  shown.push(JSON.stringify(structuredClone({ ...account })))
  expect(drawn.length).toBeGreaterThan(2)
  const { head } = account.chain
  const isPublic = (bytes: Uint8Array) =>
    [head.nonce].some((it) => it && bytesToHex(it) === bytesToHex(bytes))
  for (const bytes of drawn.filter((it) => it.length === 32 && !isPublic(it))) {
    for (const text of shown) {
      expect(text.replace(/\s/g, '')).not.toContain(bytes.subarray(0, 8).join())
      expect(text).not.toContain(bytesToHex(bytes.subarray(0, 8)))
    }
  }
})

test('messages that are no bytes are misuse', async () => {
  const asking = await requestEnrolment((await newDevice()).public)
  expect(await misuseOf(() => asking.accept('answer' as unknown as Uint8Array))).toMatch(
    /Uint8Array/,
  )
  const error = await errorOf(() => inspectSlot('slot' as unknown as Uint8Array))
  expect(error).toBeInstanceOf(TypeError)
})

/** Puts other bytes in the place of 16, and adds the difference to all lengths of pieces around. */
function grow(bytes: Buffer, at: number, by: Uint8Array): Uint8Array {
  const out = Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + 16)])
  const difference = BigInt(by.length - 16)
  const widen = (start: number, end: number, target: number) => {
    // A PAE from `start` to `end`: the piece that holds the target grows; so, within it, do its own pieces.
    const count = Number(bytes.readBigUInt64LE(start))
    let offset = start + 8
    for (let i = 0; i < count; i++) {
      const length = Number(bytes.readBigUInt64LE(offset))
      const first = offset + 8
      if (target >= first && target < first + length) {
        out.writeBigUInt64LE(BigInt(length) + difference, offset)
        if (target > first) widen(first, first + length, target)
      }
      offset = first + length
    }
    if (offset > end) throw new Error('no PAE')
  }
  widen(0, bytes.length, at)
  return out
}
