/** Attack: a server carries the messages of an enrolment, and puts its own identity, account or manifest in their place. */
import type { Identity } from '@zkeb/core'
import { answerEnrolment, openAccount, requestEnrolment } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { found } from '../support/accounts'
import { someDigest } from '../support/chains'
import { written } from '../support/hostile-server'
import { malloryOf, peopleOf, SUITES } from '../support/identities'
import { outcomeOf } from '../support/outcome'

describe.each(SUITES)('%s', async (suite) => {
  const { alice, bob, carol } = await peopleOf(suite)
  const mallory = await malloryOf(suite)
  const { account, server } = await found([], { device: alice })
  const { accountId, pin } = account
  /** As the server would like it to be. */
  const place = (device: Identity, changes: object = {}) => ({ device, accountId, pin, ...changes })

  /** Somebody in the middle answers the new device as `lies` say, and asks the old one in its own name. */
  async function between(lies: Parameters<typeof answerEnrolment>[1]) {
    const asking = await requestEnrolment(bob.public)
    const asOther = await requestEnrolment(mallory.public)
    const answering = await answerEnrolment(asOther.request, account)
    const toNew = await answerEnrolment(asking.request, lies)
    const seenByNew = await asking.accept(toNew.answer)
    const seenByOther = await asOther.accept(answering.answer)
    const seenByOld = await answering.accept(seenByOther.reveal)
    await toNew.accept(seenByNew.reveal)
    return { old: seenByOld.words, new: seenByNew.words }
  }

  test('nothing changed: the words are the same', async () => {
    const asking = await requestEnrolment(bob.public)
    const answering = await answerEnrolment(asking.request, account)
    const { reveal, words } = await asking.accept(answering.answer)
    expect((await answering.accept(reveal)).words).toBe(words)
    expect(words.split(' ').length).toBe(6)
  })

  test.each([
    ['its own identity to both', place(mallory)],
    ['its own identity to the old device alone', place(alice)],
    ['its own identity, and an account of its own', place(mallory, { accountId: someDigest() })],
    ['the old device with another account', place(alice, { accountId: someDigest() })],
    ['another active device', place(carol)],
  ])('%s: other words', async (_name, lies) => {
    const words = await between(lies)
    expect(words.new).not.toBe(words.old)
  })

  test.each([
    ['the old device’s identity', place(mallory)],
    ['the account', place(alice, { accountId: someDigest() })],
    ['the newest manifest', place(alice, { pin: { counter: 0, digest: someDigest() } })],
    ['how new it is', place(alice, { pin: { ...pin, counter: 1 } })],
    ['the nonce alone', place(alice)],
  ])('the new device’s own request, %s swapped in the answer: other words', async (_name, lies) => {
    const asking = await requestEnrolment(bob.public)
    const answering = await answerEnrolment(asking.request, account)
    const { answer } = await answerEnrolment(asking.request, lies)
    const { reveal, words } = await asking.accept(answer)
    expect((await answering.accept(reveal)).words).not.toBe(words)
  })

  test('its own identity under the new device’s commitment: SIGNATURE', async () => {
    const asking = await requestEnrolment(bob.public)
    const own = await requestEnrolment(mallory.public)
    const mixed = new Uint8Array([...own.request.slice(0, -32), ...asking.request.slice(-32)])
    const answering = await answerEnrolment(mixed, account)
    const { reveal } = await asking.accept(answering.answer)
    expect(await outcomeOf(() => answering.accept(reveal))).toBe('SIGNATURE')
    // And no second guess.
    expect(await outcomeOf(() => answering.accept(reveal))).toBe('REPLAYED')
  })

  test('a second answer, once it has seen the nonce, even at the same time: REPLAYED', async () => {
    const asking = await requestEnrolment(bob.public)
    const one = await answerEnrolment(asking.request, account)
    const two = await answerEnrolment(asking.request, place(mallory))
    const both = [asking.accept(one.answer), asking.accept(two.answer)]
    const codes = await Promise.all(both.map((it) => outcomeOf(() => it)))
    expect(codes.sort()).toEqual(['REPLAYED', 'none'])
    expect(await outcomeOf(() => asking.accept(one.answer))).toBe('REPLAYED')
  })

  test('messages of one exchange in another', async () => {
    const asking = await requestEnrolment(bob.public)
    const again = await requestEnrolment(bob.public)
    const answering = await answerEnrolment(asking.request, account)
    const { reveal } = await again.accept(answering.answer)
    expect(await outcomeOf(() => answering.accept(reveal))).toBe('SIGNATURE')
    expect(await outcomeOf(() => answering.accept(asking.request))).toBe('FORMAT')
    expect(await outcomeOf(() => asking.accept(asking.request))).toBe('FORMAT')
    expect(await outcomeOf(() => answerEnrolment(answering.answer, account))).toBe('FORMAT')
  })

  test('what was compared binds the new device: another chain, or an older one, is refused', async () => {
    const later = await account.amend({ rotate: true })
    const record = written(server.record, later.change)
    const asking = await requestEnrolment(bob.public)
    const answering = await answerEnrolment(asking.request, later.account)
    const accepted = await asking.accept(answering.answer)
    const { device } = await answering.accept(accepted.reveal)
    const added = await later.account.amend({ addDevices: [device] })
    const open = (served: typeof record) =>
      outcomeOf(() => openAccount(served, { ...accepted, device: bob }))
    expect(await open(written(record, added.change))).toBe('none')
    expect(await open(record)).toBe('NOT_RECIPIENT')
    expect(await open(server.record)).toBe('ROLLBACK')
    const forked = await account.amend({ addDevices: [bob.public] })
    expect(await open(written(server.record, forked.change))).toBe('FORK')
    const other = await found([], { device: mallory })
    expect(await open(other.server.record)).toBe('MANIFEST')
  })
})
