/** Keys in a KMS or HSM: asynchronous, remote, and sometimes down. */

import {
  type Decrypter,
  generateIdentity,
  grant,
  type Identity,
  open,
  readGrant,
  type Signer,
  seal,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people } from '../../../test/support/identities'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'

const rsa = await people('alice', 'bob', 'carol')
const make = () => generateIdentity({ suite: 'x25519' })
const x25519 = { alice: await make(), bob: await make(), carol: await make() }

/** A service that holds the private keys of an identity: it answers later, and fails where it is told to. */
function remote({ public: own, decrypter, signer }: Identity) {
  const state = { calls: 0, down: undefined as Error | undefined }
  const answer = async <T>(work: () => Promise<T>): Promise<T> => {
    state.calls++
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (state.down) throw state.down
    return work()
  }
  const unwrap: Decrypter['unwrap'] = (...args) => answer(() => decrypter.unwrap(...args))
  const sign: Signer['sign'] = (message) => answer(() => signer.sign(message))
  return { state, public: own, decrypter: { unwrap }, signer: { sign } }
}

describe.each([
  ['rsa', rsa],
  ['x25519', x25519],
] as const)('%s', (_suite, { alice, bob, carol }) => {
  test('seals and opens', async () => {
    const [far, reader] = [remote(alice), remote(bob)]
    const envelope = await seal('x', { to: bob.public, from: far })
    expect((await open(envelope, { as: reader, from: alice.public })).text()).toBe('x')
    expect([far.state.calls, reader.state.calls]).toEqual([1, 1])
  })

  test('grants', async () => {
    const far = remote(bob)
    const envelope = await seal('x', { to: bob.public, from: alice })
    const json = await grant(envelope, { as: far, to: carol.public, from: alice.public })
    const options = { as: carol, from: alice.public, grant: readGrant(json, { from: bob.public }) }
    expect((await open(envelope, options)).text()).toBe('x')
    expect(far.state.calls).toBe(2)
  })

  test('that is down: its own error comes through, untouched', async () => {
    const [far, reader] = [remote(alice), remote(bob)]
    far.state.down = new Error('signer is down')
    const failed = () => seal('x', { to: bob.public, from: far })
    expect(await errorOf(failed)).toBe(far.state.down)
    const envelope = await seal('x', { to: bob.public, from: alice })
    reader.state.down = new Error('decrypter is down')
    const opening = { as: reader, from: alice.public }
    expect(await errorOf(() => open(envelope, opening))).toBe(reader.state.down)
    const granting = { as: reader, to: carol.public, from: alice.public }
    expect(await errorOf(() => grant(envelope, granting))).toBe(reader.state.down)
    reader.state.down = undefined
    expect((await open(envelope, opening)).text()).toBe('x')
  })

  test('that does not open it: OPEN, as for every other wrong key', async () => {
    const as = { public: bob.public, decrypter: { unwrap: async () => undefined } }
    const envelope = await seal('x', { to: bob.public, from: alice })
    expect(await outcomeOf(() => open(envelope, { as, from: alice.public }))).toBe('OPEN')
  })

  test('that signs with another key: refused at opening', async () => {
    const from = { public: alice.public, signer: carol.signer }
    const envelope = await seal('x', { to: bob.public, from })
    expect(await outcomeOf(() => open(envelope, { as: bob, from: alice.public }))).toBe('SIGNATURE')
  })
})

describe('no more is needed', () => {
  const { alice, bob } = x25519
  const { suite, encryption, signing } = bob.public

  test('of a recipient than suite and encryption key', async () => {
    const envelope = await seal('x', { to: { suite, encryption }, from: alice })
    expect((await open(envelope, { as: bob, from: alice.public })).text()).toBe('x')
  })

  test('of a sender than suite, signing key and signer', async () => {
    const from = { public: { suite, signing }, signer: bob.signer }
    const envelope = await seal('x', { to: alice.public, from })
    expect((await open(envelope, { as: alice, from: bob.public })).text()).toBe('x')
  })

  test('of a reader than the fingerprint and a decrypter', async () => {
    const { fingerprint } = encryption
    const as = { public: { encryption: { fingerprint } }, decrypter: bob.decrypter }
    const envelope = await seal('x', { to: bob.public, from: alice })
    expect((await open(envelope, { as, from: alice.public })).text()).toBe('x')
  })

  test('and where it is missing, the argument is named', async () => {
    const envelope = await seal('x', { to: bob.public, from: alice })
    const attempts: readonly (readonly [string, () => unknown])[] = [
      ['to', () => seal('x', { to: { suite, signing } as never, from: alice })],
      ['from.public', () => seal('x', { to: bob.public, from: { ...alice, public: {} as never } })],
      ['from', () => seal('x', { to: bob.public, from: alice.public as never })],
      ['as', () => open(envelope, { as: bob.public as never, from: alice.public })],
      [
        'as.public',
        () => open(envelope, { as: { ...bob, public: {} as never }, from: alice.public }),
      ],
      ['from', () => open(envelope, { as: bob, from: { suite, signing } as never })],
    ]
    for (const [name, work] of attempts) {
      expect(await misuseOf(work)).toMatch(new RegExp(`^${name}: `))
    }
  })
})
