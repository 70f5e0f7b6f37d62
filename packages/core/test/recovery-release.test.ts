import { encode, type Identity, inspect } from '@zkeb/core'
import { openShare, receiveShare, releaseCode, releaseShare, sealShare } from '@zkeb/core/recovery'
import { describe, expect, test } from 'vitest'
import { peopleOf, personOf, SUITES } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { AT, faultOf, makeSet, spoil } from '../../../test/support/shares'

const set = await makeSet(2, 3)
const { setId, share } = set
const accountId = new Uint8Array(32).fill(7)
const otherAccount = new Uint8Array(32).fill(8)

/** A guardian's hands: counts how often the private key was used. */
function watched(identity: Identity) {
  const uses = { count: 0 }
  const decrypter: Identity['decrypter'] = {
    unwrap: (wrapped, context) => {
      uses.count++
      return identity.decrypter.unwrap(wrapped, context)
    },
  }
  return { uses, guardian: { public: identity.public, signer: identity.signer, decrypter } }
}

describe.each(SUITES)('suite %s', async (suite) => {
  const { alice: owner, bob: guardian, carol: requester, dave: other } = await peopleOf(suite)
  const expected = { from: owner.public, accountId, setId, index: 2 }
  const envelope = await sealShare(share(2), { to: guardian.public, from: owner, accountId })
  const code = await releaseCode(requester.public)
  const releasing = { ...expected, as: guardian, to: requester.public, code }

  test('a guardian opens a sealed share, in every shape', async () => {
    for (const input of [envelope, encode(envelope), JSON.stringify(envelope)]) {
      expect(await openShare(input, { ...expected, as: guardian })).toEqual(share(2))
    }
    expect(inspect(envelope).recipients.length).toBe(1)
  })

  test('a guardian releases it, and the one who asked receives it', async () => {
    const typed = `  ${code.toUpperCase().replaceAll(' ', '  \n')} `
    const release = await releaseShare(envelope, { ...releasing, code: typed })
    const receiving = { ...expected, as: requester, guardian: guardian.public }
    expect(await receiveShare(envelope, release, receiving)).toEqual(share(2))
    expect(await receiveShare(encode(envelope), JSON.stringify(release), receiving)).toEqual(
      share(2),
    )
    const outcome = (change: object) =>
      outcomeOf(() => receiveShare(envelope, release, { ...receiving, ...change }))
    expect(await outcome({ guardian: other.public })).toBe('SIGNATURE')
    expect(await outcome({ from: other.public })).toBe('SIGNATURE')
    expect(await outcome({ as: other })).toBe('NOT_RECIPIENT')
    expect(await outcome({ accountId: otherAccount })).toBe('SIGNATURE')
    expect(await outcome({ setId: new Uint8Array(16) })).toBe('SIGNATURE')
    expect(await outcome({ index: 1 })).toBe('SIGNATURE')
  })

  test('a release for one share opens no other', async () => {
    const release = await releaseShare(envelope, releasing)
    const third = await sealShare(share(3), { to: guardian.public, from: owner, accountId })
    const receiving = { ...expected, index: 3, as: requester, guardian: guardian.public }
    expect(await outcomeOf(() => receiveShare(third, release, receiving))).toBe('SIGNATURE')
  })

  test.each<[string, object]>([
    ['another owner', { from: other.public }],
    ['another account', { accountId: otherAccount }],
    ['another set', { setId: new Uint8Array(16) }],
    ['another number', { index: 1 }],
  ])('%s is refused by guardians', async (_name, change) => {
    const opening = { ...expected, as: guardian, ...change }
    expect(await outcomeOf(() => openShare(envelope, opening))).toBe('SIGNATURE')
    expect(await outcomeOf(() => releaseShare(envelope, { ...releasing, ...change }))).toBe(
      'SIGNATURE',
    )
  })

  test('who is not the guardian releases nothing', async () => {
    expect(await outcomeOf(() => releaseShare(envelope, { ...releasing, as: other }))).toBe(
      'NOT_RECIPIENT',
    )
  })

  test('the code of another identity is refused before a private key is used', async () => {
    const { uses, guardian: as } = watched(guardian)
    const attempt = (change: object) =>
      outcomeOf(() => releaseShare(envelope, { ...releasing, as, ...change }))
    expect(await attempt({ to: other.public })).toBe('CODE')
    expect(await attempt({ code: await releaseCode(other.public) })).toBe('CODE')
    expect(await attempt({ code: code.split(' ').slice(0, 9).join(' ') })).toBe('CODE')
    expect(await attempt({ code: '' })).toBe('CODE')
    // An identity that only claims the fingerprint: the code is of the keys that are granted to.
    const claims = { ...other.public, fingerprint: requester.public.fingerprint }
    expect(await attempt({ to: claims })).toBe('CODE')
    const half = { ...requester.public, encryption: other.public.encryption }
    expect(await attempt({ to: half })).toBe('CODE')
    expect(uses.count).toBe(0)
    expect(await attempt({})).toBe('none')
    expect(uses.count).toBe(2)
  })
})

describe('sealing', async () => {
  const { alice: owner, bob: guardian } = await peopleOf('x25519')
  const sealing = { to: guardian.public, from: owner, accountId }

  test('refuses a bad share', async () => {
    const fault = await faultOf(() => sealShare(spoil(share(1), AT.path), sealing))
    expect(fault?.reason).toBe('altered')
  })

  test('owner and guardian are of one suite, and the message says what to do', async () => {
    const to = (await personOf('pq', 'bob')).public
    expect(await misuseOf(() => sealShare(share(1), { ...sealing, to }))).toBe(
      "from: give the owner an identity of the guardian's suite, pq",
    )
  })

  test.each<[string, object, RegExp]>([
    ['several guardians', { to: [guardian.public] }, /^to/],
    ['nobody', { to: undefined }, /^to/],
    ['no signer', { from: guardian.public }, /^from/],
    ['unsigned', { from: 'unsigned' }, /^from/],
    ['a short accountId', { accountId: new Uint8Array(16) }, /^accountId/],
    ['an unknown option', { expiresAt: 1 }, /expiresAt/],
  ])('%s: misuse', async (_name, change, message) => {
    const options = { ...sealing, ...change } as never
    expect(await misuseOf(() => sealShare(share(1), options))).toMatch(message)
  })

  test.each<[string, object, RegExp]>([
    ['no setId', { setId: undefined }, /^setId/],
    ['no number', { index: undefined }, /^index/],
    ['number 0', { index: 0 }, /^index/],
    ['no account', { accountId: undefined }, /^accountId/],
    ['no owner', { from: undefined }, /^from/],
    ['an owner that is looked up', { from: () => owner.public }, /^from/],
    ['an unknown option', { x: 1 }, /x/],
  ])('opening with %s: misuse', async (_name, change, message) => {
    const envelope = await sealShare(share(1), sealing)
    const expected = { from: owner.public, accountId, setId, index: 1 }
    const options = { ...expected, as: guardian, ...change } as never
    expect(await misuseOf(() => openShare(envelope, options))).toMatch(message)
  })
})

test('what is forgotten is named', async () => {
  const { alice: owner, bob: guardian, carol: requester } = await peopleOf('x25519')
  const envelope = await sealShare(share(1), { to: guardian.public, from: owner, accountId })
  const expected = { from: owner.public, accountId, setId, index: 1 }
  const code = await releaseCode(requester.public)
  const releasing = { ...expected, as: guardian, to: requester.public, code }
  const release = await releaseShare(envelope, releasing)
  const receiving = { ...expected, as: requester, guardian: guardian.public }
  const misuse = (work: (call: never) => unknown) => misuseOf(() => work(undefined as never))

  for (const second of [receiving, release, undefined]) {
    expect(await misuse((gone) => receiveShare(envelope, second as never, gone))).toMatch(
      /^release, options: /,
    )
  }
  expect(await misuse((gone) => receiveShare(envelope, gone, receiving))).toMatch(/^release/)
  expect(await misuse((gone) => sealShare(share(1), gone))).toMatch(/^to: /)
  expect(await misuse((gone) => openShare(envelope, gone))).toMatch(/^as: /)
  expect(await misuse((gone) => releaseShare(envelope, gone))).toMatch(/^as: /)
  const withPrivate = { ...releasing, to: requester as never }
  expect(await misuseOf(() => releaseShare(envelope, withPrivate))).toMatch(/^to: .*\.public$/)
  // Of a server that has none: no misuse.
  expect(await outcomeOf(() => receiveShare(envelope, null as never, receiving))).toBe('FORMAT')
})

test('a code is ten words, another one for every identity', async () => {
  const { alice, bob } = await peopleOf('x25519')
  expect(await releaseCode(alice.public)).toMatch(/^([a-z]{3,8} ){9}[a-z]{3,8}$/)
  expect(await releaseCode(alice.public)).not.toBe(await releaseCode(bob.public))
  expect(await misuseOf(() => releaseCode(alice as never))).toMatch(/^identity/)
})
