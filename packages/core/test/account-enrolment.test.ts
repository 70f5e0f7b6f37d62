import { answerEnrolment, requestEnrolment } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { peopleOf, personOf, SUITES } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'
import { pae, readPae } from '../src/encoding/pae'

const { alice: device, bob: asked, carol: mallory } = await peopleOf('x25519')
const place = {
  accountId: new Uint8Array(32).fill(1),
  pin: { counter: 3, digest: new Uint8Array(32).fill(2) },
}
const account = { ...place, device }
const replace = (message: Uint8Array, at: number, piece: Uint8Array | string) =>
  pae(readPae(message, 'x', { min: 1, max: 8 }).map((it, i) => (i === at ? piece : it)))

describe.each(SUITES)('a new device of suite %s', (suite) => {
  test.each(SUITES)('and an active one of suite %s show the same six words', async (other) => {
    const [neu, active] = [await personOf(suite, 'alice'), await personOf(other, 'bob')]
    const { request, accept } = await requestEnrolment(neu.public)
    const answering = await answerEnrolment(request, { ...account, device: active })
    const answer = await accept(answering.answer)
    const reveal = await answering.accept(answer.reveal)
    expect(answer.words).toBe(reveal.words)
    expect(answer.words.split(' ').length).toBe(6)
    expect(answer).toMatchObject(place)
    expect(answer.device.fingerprint).toEqual(active.public.fingerprint)
    expect(reveal.device.fingerprint).toEqual(neu.public.fingerprint)
  })
})

test('the words of every enrolment are others', async () => {
  const words = new Set<string>()
  for (let i = 0; i < 4; i++) {
    const { request, accept } = await requestEnrolment(asked.public)
    words.add((await accept((await answerEnrolment(request, account)).answer)).words)
  }
  expect(words.size).toBe(4)
})

/** Somebody in the middle who runs an enrolment of its own with either side. */
async function meetInTheMiddle() {
  const honest = await requestEnrolment(asked.public)
  const towardsActive = await requestEnrolment(mallory.public)
  const active = await answerEnrolment(towardsActive.request, account)
  const theirs = await towardsActive.accept(active.answer)
  const towardsNew = await answerEnrolment(honest.request, { ...account, device: mallory })
  const shownByNew = await honest.accept(towardsNew.answer)
  const shownByActive = await active.accept(theirs.reveal)
  return { shownByNew, shownByActive }
}

describe('somebody in the middle', () => {
  test('who replaces both identities makes the words differ', async () => {
    const { shownByNew, shownByActive } = await meetInTheMiddle()
    expect(shownByActive.device.fingerprint).toEqual(mallory.public.fingerprint)
    expect(shownByNew.device.fingerprint).toEqual(mallory.public.fingerprint)
    expect(shownByNew.words).not.toBe(shownByActive.words)
  })

  test.each([
    [1, 'suite', undefined],
    [4, 'account', new Uint8Array(32).fill(9)],
    [5, 'counter', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2)],
    [6, 'digest', new Uint8Array(32).fill(9)],
    [7, 'nonce', new Uint8Array(32).fill(9)],
  ])('who changes piece %i of the answer, the %s, makes them differ', async (at, _name, piece) => {
    const { request, accept } = await requestEnrolment(asked.public)
    const active = await answerEnrolment(request, account)
    if (!piece) {
      expect(await outcomeOf(() => accept(replace(active.answer, at, 'pq')))).toBe('KEY')
      return
    }
    const answer = await accept(replace(active.answer, at, piece))
    const reveal = await active.accept(answer.reveal)
    expect(answer.words).not.toBe(reveal.words)
  })

  test('who puts another identity under the commitment of the new device is SIGNATURE', async () => {
    const { request, accept } = await requestEnrolment(asked.public)
    const { encryption, signing } = mallory.public
    const forged = replace(replace(request, 2, encryption.encoded), 3, signing.encoded)
    const active = await answerEnrolment(forged, account)
    const { reveal } = await accept((await answerEnrolment(request, account)).answer)
    expect(await outcomeOf(() => active.accept(reveal))).toBe('SIGNATURE')
  })
})

describe('once', () => {
  test('a second answer is REPLAYED, and shows nothing', async () => {
    const { request, accept } = await requestEnrolment(asked.public)
    const first = await answerEnrolment(request, account)
    const second = await answerEnrolment(request, { ...account, device: mallory })
    // At the same time, too: whichever is first.
    const outcomes = [first, second].map(({ answer }) => outcomeOf(() => accept(answer)))
    expect((await Promise.all(outcomes)).sort()).toEqual(['REPLAYED', 'none'])
    expect(await outcomeOf(() => accept(first.answer))).toBe('REPLAYED')
  })

  test('a second reveal is REPLAYED, after a good and after a bad one', async () => {
    const { request, accept } = await requestEnrolment(asked.public)
    const good = await answerEnrolment(request, account)
    const bad = await answerEnrolment(request, account)
    const { reveal } = await accept(good.answer)
    const another = pae(['zkeb/enrol/reveal/v1', new Uint8Array(32)])
    expect(await outcomeOf(() => bad.accept(another))).toBe('SIGNATURE')
    expect(await outcomeOf(() => bad.accept(reveal))).toBe('REPLAYED')
    expect(await outcomeOf(() => good.accept(reveal))).toBe('none')
    expect(await outcomeOf(() => good.accept(reveal))).toBe('REPLAYED')
  })

  test('what is no message at all changes nothing', async () => {
    const { request, accept } = await requestEnrolment(asked.public)
    expect(await outcomeOf(() => accept(request))).toBe('FORMAT')
    const active = await answerEnrolment(request, account)
    expect(await outcomeOf(() => active.accept(active.answer))).toBe('FORMAT')
    const { reveal } = await accept(active.answer)
    expect(await outcomeOf(() => active.accept(reveal))).toBe('none')
  })
})

test('messages that are none', async () => {
  const { request } = await requestEnrolment(asked.public)
  const read = (message: Uint8Array) => outcomeOf(() => answerEnrolment(message, account))
  expect(await read(replace(request, 0, 'zkeb/enrol/request/v2'))).toBe('VERSION')
  expect(await read(new Uint8Array(8193))).toBe('LIMIT')
  expect(await read(replace(request, 2, new Uint8Array(44)))).toBe('KEY')
  const others = [
    new Uint8Array(0),
    request.subarray(1),
    replace(request, 0, 'zkeb/enrol/reveal/v1'),
    replace(request, 1, 'rot13'),
    replace(request, 4, new Uint8Array(31)),
    pae([...readPae(request, 'x', { min: 5, max: 5 }), '']),
  ]
  for (const message of others) expect(await read(message)).toBe('FORMAT')
})
