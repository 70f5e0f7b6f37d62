/** Attacks that pass an envelope off as from, or to, somebody else. */

import { type Identity, open, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { headerDigest, wrapContext } from '../../packages/core/src/envelope/header'
import { forge, signedMessageOf } from '../support/forge'
import { malloryOf, peopleOf, SUITES } from '../support/identities'
import { outcomeOf } from '../support/outcome'

describe.each(SUITES)('suite %s', async (suite) => {
  const { alice, bob, carol } = await peopleOf(suite)
  const mallory = await malloryOf(suite)
  const envelope = await seal('I owe you 100', { to: bob.public, from: alice })
  const opened = (as: Identity, from: Identity, it: unknown) =>
    outcomeOf(() => open(it as never, { as, from: from.public }))

  /** What any recipient learns: the content key. */
  async function contentKey(reader: Identity, of = envelope) {
    const [{ encryptedKey, fingerprint }] = of.recipients
    const context = wrapContext(of.id, alice.public.signing.fingerprint, fingerprint)
    const cek = await reader.decrypter.unwrap(encryptedKey, context)
    if (!cek) throw new Error('the reader is no recipient')
    return Uint8Array.from(cek)
  }

  /** The content key wrapped for somebody new, in the place of the first stanza. */
  async function rewrapped(to: Identity, cek: Uint8Array) {
    const { fingerprint } = to.public.encryption
    const context = wrapContext(envelope.id, alice.public.signing.fingerprint, fingerprint)
    return { fingerprint, encryptedKey: await to.public.encryption.wrap(cek, context) }
  }

  describe('surreptitious forwarding: Bob passes what Alice wrote to him on to Carol', () => {
    test('wrapped for Carol, under the signature of Alice: SIGNATURE', async () => {
      const forwarded = { ...envelope, recipients: [await rewrapped(carol, await contentKey(bob))] }
      expect(await opened(carol, alice, forwarded)).toBe('SIGNATURE')
    })

    test('as a further recipient: SIGNATURE', async () => {
      const added = await rewrapped(carol, await contentKey(bob))
      expect(
        await opened(carol, alice, { ...envelope, recipients: [...envelope.recipients, added] }),
      ).toBe('SIGNATURE')
    })

    test("under Bob's fingerprint, with the key wrapped for Carol: SIGNATURE", async () => {
      const [{ fingerprint }] = envelope.recipients
      const { encryptedKey } = await rewrapped(carol, await contentKey(bob))
      const forwarded = { ...envelope, recipients: [{ fingerprint, encryptedKey }] }
      expect(await opened(carol, alice, forwarded)).toBe('SIGNATURE')
    })
  })

  describe('strip and re-sign', () => {
    test('by an outsider, everything else as it was: Bob, who trusts Mallory as well, gets OPEN', async () => {
      const h = await headerDigest({ ...envelope, metadataBytes: undefined } as never, {
        sender: mallory.public.signing.fingerprint,
        associatedData: undefined,
      })
      const message = await signedMessageOf(h, envelope.content)
      const stolen = { ...envelope, signature: await mallory.signer.sign(message) }
      expect(await opened(bob, mallory, stolen)).toBe('OPEN')
      expect(await opened(bob, alice, stolen)).toBe('SIGNATURE')
    })

    test("by an outsider over Alice's header: SIGNATURE for either", async () => {
      const h = await headerDigest({ ...envelope, metadataBytes: undefined } as never, {
        sender: alice.public.signing.fingerprint,
        associatedData: undefined,
      })
      const message = await signedMessageOf(h, envelope.content)
      const stolen = { ...envelope, signature: await mallory.signer.sign(message) }
      expect(await opened(bob, mallory, stolen)).toBe('SIGNATURE')
      expect(await opened(bob, alice, stolen)).toBe('SIGNATURE')
      const genuine = { ...envelope, signature: await alice.signer.sign(message) }
      expect(await opened(bob, alice, genuine)).toBe('none')
    })

    test('by a recipient, who knows the key, with the content as Alice sealed it: OPEN', async () => {
      const group = await seal('x', { to: [bob.public, carol.public], from: alice })
      const h = await headerDigest({ ...group, metadataBytes: undefined } as never, {
        sender: bob.public.signing.fingerprint,
        associatedData: undefined,
      })
      const message = await signedMessageOf(h, group.content)
      const claimed = { ...group, signature: await bob.signer.sign(message) }
      expect(await opened(carol, bob, claimed)).toBe('OPEN')
      expect(await opened(carol, alice, claimed)).toBe('SIGNATURE')
    })

    test('by a recipient who seals other content under the same key: SIGNATURE for Alice', async () => {
      const cek = await contentKey(bob)
      const { envelope: replaced } = await forge({
        from: bob,
        to: [bob.public],
        id: envelope.id,
        createdAt: envelope.createdAt,
        cek,
        claimedSender: alice.public,
        wrap: async () => envelope.recipients[0].encryptedKey,
        plaintext: new TextEncoder().encode('I owe you 900'),
      })
      expect(await opened(bob, alice, replaced)).toBe('SIGNATURE')
      expect(await opened(bob, alice, { ...replaced, signature: envelope.signature })).toBe(
        'SIGNATURE',
      )
    })
  })

  describe('the signature of one envelope on another', () => {
    test('SIGNATURE', async () => {
      const second = await seal('I owe you 100', { to: bob.public, from: alice })
      expect(await opened(bob, alice, { ...envelope, signature: second.signature })).toBe(
        'SIGNATURE',
      )
    })

    test('a signature over something else, that the sender gave away: SIGNATURE', async () => {
      for (const text of ['', envelope.id, JSON.stringify(envelope.toJSON())]) {
        const signature = await alice.signer.sign(new TextEncoder().encode(text))
        expect(await opened(bob, alice, { ...envelope, signature })).toBe('SIGNATURE')
      }
    })

    test('the encryption key does not sign', async () => {
      const crossed = {
        ...alice.public,
        signing: { ...alice.public.signing, fingerprint: alice.public.encryption.fingerprint },
      }
      expect(await outcomeOf(() => open(envelope, { as: bob, from: crossed }))).toBe('SIGNATURE')
    })
  })

  test('the forge makes what honest senders make, or these attacks would prove nothing', async () => {
    const { envelope: honest } = await forge({
      from: alice,
      to: [bob.public],
      associatedData: 'ad',
    })
    const opening = { as: bob, from: alice.public }
    expect((await open(honest, { ...opening, associatedData: 'ad' })).text()).toBe('hello')
    expect(await outcomeOf(() => open(honest, opening))).toBe('SIGNATURE')
    const real = await seal('hello', { from: alice, to: bob.public })
    for (const name of ['algorithm', 'keyAlgorithm', 'signatureAlgorithm'] as const) {
      expect(honest[name]).toBe(real[name])
    }
  })
})
