/** Attacks on what stands around the content: associated data, metadata, times, sender, recipients. */

import { type Envelope, open, seal, verify } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { malloryOf, peopleOf, personOf, SUITES } from '../support/identities'
import { outcomeOf } from '../support/outcome'

describe.each(SUITES)('suite %s', async (suite) => {
  const { alice, bob, carol, dave } = await peopleOf(suite)
  const mallory = await malloryOf(suite)
  const sealing = {
    to: [bob.public, carol.public, dave.public],
    from: alice,
    associatedData: { record: 1 },
    metadata: { kind: 'a' },
    now: 1_000,
    expiresAt: 5_000,
  }
  const envelope = await seal('hello', sealing)
  const other = await seal('hello', {
    ...sealing,
    now: 1_001,
    expiresAt: 5_001,
    metadata: { kind: 'b' },
  })
  const opening = { from: alice.public, associatedData: { record: 1 }, now: 2_000 }

  async function refusal(altered: object, change: object = {}): Promise<string> {
    const options = { ...opening, ...change } as typeof opening
    const outcomes = new Set<string>()
    for (const as of [bob, carol, dave])
      outcomes.add(await outcomeOf(() => open(altered as Envelope, { ...options, as })))
    outcomes.add(await outcomeOf(() => verify(altered as Envelope, options)))
    return [...outcomes].join()
  }

  const without = (name: keyof Envelope) => {
    const { [name]: _, ...rest } = envelope
    return rest
  }

  test('untouched, it opens', async () => {
    expect(await refusal(envelope)).toBe('none')
  })

  describe('associated data: an envelope moved to another record', () => {
    test.each([
      { record: 2 },
      { record: '1' },
      { record: 1, more: null },
      {},
      null,
      'x',
      undefined,
    ])('%j: SIGNATURE', async (associatedData) => {
      expect(await refusal(envelope, { associatedData })).toBe('SIGNATURE')
    })
  })

  describe('fields exchanged, added or left out: SIGNATURE', () => {
    test.each([
      'id',
      'createdAt',
      'expiresAt',
      'metadata',
      'content',
      'signature',
      'recipients',
    ] as const)('%s of another envelope', async (name) => {
      expect(await refusal({ ...envelope, [name]: other[name] })).toBe('SIGNATURE')
    })

    test.each(['expiresAt', 'metadata'] as const)('%s left out', async (name) => {
      expect(await refusal(without(name))).toBe('SIGNATURE')
    })

    test('metadata emptied, or with a key more', async () => {
      expect(await refusal({ ...envelope, metadata: {} })).toBe('SIGNATURE')
      expect(await refusal({ ...envelope, metadata: { kind: 'a', admin: true } })).toBe('SIGNATURE')
    })

    test('expiry prolonged, and dropped after it passed', async () => {
      expect(await refusal({ ...envelope, expiresAt: 9_000 }, { now: 6_000 })).toBe('SIGNATURE')
      expect(await refusal(without('expiresAt'), { now: 6_000 })).toBe('SIGNATURE')
      expect(await refusal(envelope, { now: 6_000 })).toBe('EXPIRED')
    })

    test('a label added, as another key might be looked up by it', async () => {
      expect(await refusal({ ...envelope, senderPrivateKeyId: 'x' })).toBe('SIGNATURE')
      const labelled = await seal('x', {
        to: bob.public,
        from: await personOf(suite, 'alice', { signing: 'k1' }),
      })
      const from = () => alice.public
      const { senderPrivateKeyId: _, ...unlabelled } = labelled
      for (const altered of [{ ...labelled, senderPrivateKeyId: 'k2' }, unlabelled]) {
        expect(await outcomeOf(() => open(altered as Envelope, { as: bob, from }))).toBe(
          'SIGNATURE',
        )
      }
    })

    test('absent is not empty: pieces cannot slide into each other', async () => {
      const one = await seal('x', { to: bob.public, from: alice, metadata: {} })
      const { metadata: _, ...bare } = one
      expect(await outcomeOf(() => open(bare as Envelope, { as: bob, from: alice.public }))).toBe(
        'SIGNATURE',
      )
    })
  })

  describe('sender', () => {
    test('somebody else is expected: SIGNATURE', async () => {
      expect(await refusal(envelope, { from: mallory.public })).toBe('SIGNATURE')
    })

    test("another's fingerprint on the right key: SIGNATURE", async () => {
      const signing = { ...alice.public.signing, fingerprint: mallory.public.signing.fingerprint }
      expect(await refusal(envelope, { from: { ...alice.public, signing } })).toBe('SIGNATURE')
    })
  })

  describe('recipients', () => {
    const [first, second, third] = envelope.recipients

    test('primary and secondary exchanged: SIGNATURE', async () => {
      const sorted = (...others: (typeof first | undefined)[]) =>
        others.sort((a, b) =>
          Buffer.compare(a?.fingerprint ?? first.fingerprint, b?.fingerprint ?? first.fingerprint),
        )
      expect(await refusal({ ...envelope, recipients: [second, ...sorted(first, third)] })).toBe(
        'SIGNATURE',
      )
      expect(await refusal({ ...envelope, recipients: [third, ...sorted(first, second)] })).toBe(
        'SIGNATURE',
      )
    })

    test('one dropped: SIGNATURE', async () => {
      for (const recipients of [[first, second], [first, third], [first], [second, third]]) {
        expect(await refusal({ ...envelope, recipients })).toBe('SIGNATURE')
      }
    })

    test('one added: SIGNATURE', async () => {
      const added = (await seal('x', { to: mallory.public, from: alice })).recipients[0]
      const [, ...others] = [...envelope.recipients, added].sort((a, b) =>
        a === first ? -1 : b === first ? 1 : Buffer.compare(a.fingerprint, b.fingerprint),
      )
      expect(await refusal({ ...envelope, recipients: [first, ...others] })).toBe('SIGNATURE')
    })

    test('wrapped keys exchanged between two: SIGNATURE', async () => {
      const recipients = [
        { ...first, encryptedKey: second?.encryptedKey },
        { ...second, encryptedKey: first.encryptedKey },
        third,
      ]
      expect(await refusal({ ...envelope, recipients })).toBe('SIGNATURE')
    })

    test('a label given to one, or taken from one: SIGNATURE', async () => {
      const recipients = [{ ...first, receiverPublicKeyId: 'x' }, second, third]
      expect(await refusal({ ...envelope, recipients })).toBe('SIGNATURE')
    })
  })
})
