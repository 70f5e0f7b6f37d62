import {
  encode,
  fingerprintToHex,
  inspect,
  open,
  type ReaderHint,
  type SenderHint,
  seal,
  verify,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people, person } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { bob, carol, mallory } = await people('bob', 'carol', 'mallory')
const alice = await person('alice', { signing: 'alice-2026' })
const envelope = await seal('hello', {
  to: [bob.public, carol.public],
  from: alice,
  metadata: { kind: 'note' },
  associatedData: 'ad',
  now: 1_000,
  expiresAt: 9_000,
})
const options = { from: alice.public, associatedData: 'ad', now: 2_000 }

describe('verify', () => {
  test('tells what the signature proves, with no private key', async () => {
    expect(await verify(envelope, options)).toEqual({
      id: envelope.id,
      createdAt: new Date(1_000),
      expiresAt: new Date(9_000),
      metadata: { kind: 'note' },
      sender: alice.public,
    })
  })

  test('takes every shape', async () => {
    for (const shape of [envelope, envelope.toJSON(), JSON.stringify(envelope), encode(envelope)]) {
      expect((await verify(shape, options)).id).toBe(envelope.id)
    }
  })

  test.each([
    ['another sender', { from: mallory.public }, 'SIGNATURE'],
    ['other associated data', { associatedData: 'da' }, 'SIGNATURE'],
    ['no associated data', { associatedData: undefined }, 'SIGNATURE'],
    ['too late', { now: 9_000 }, 'EXPIRED'],
    ['in time', { now: 8_999 }, 'none'],
  ])('%s', async (_name, change, outcome) => {
    expect(await outcomeOf(() => verify(envelope, { ...options, ...change } as never))).toBe(
      outcome,
    )
  })

  test('a signing key alone is not enough: the sender is the key, not the encryption key', async () => {
    const mixed = { ...mallory.public, signing: alice.public.signing }
    expect((await verify(envelope, { ...options, from: mixed })).sender).toBe(mixed)
  })
})

describe('a resolver', () => {
  test('is told id and label, and its answer is trusted', async () => {
    const hints: SenderHint[] = []
    const from = async (hint: SenderHint) => {
      hints.push(hint)
      return alice.public
    }
    const opened = await open(envelope, { ...options, as: bob, from })
    expect(opened.sender).toBe(alice.public)
    expect(hints).toEqual([{ id: envelope.id, senderPrivateKeyId: 'alice-2026' }])
  })

  test('gets no label where there is none', async () => {
    const plain = await seal('x', { to: bob.public, from: carol })
    const hints: SenderHint[] = []
    await verify(plain, {
      from: (hint) => {
        hints.push(hint)
        return carol.public
      },
    })
    expect(hints).toEqual([{ id: plain.id }])
  })

  test.each([undefined, null])('that finds %s: SIGNER_UNKNOWN', async (nobody) => {
    for (const from of [() => nobody, async () => nobody]) {
      expect(await outcomeOf(() => verify(envelope, { ...options, from }))).toBe('SIGNER_UNKNOWN')
      expect(await outcomeOf(() => open(envelope, { ...options, as: bob, from }))).toBe(
        'SIGNER_UNKNOWN',
      )
    }
  })

  test('that finds somebody else: SIGNATURE', async () => {
    const from = () => mallory.public
    expect(await outcomeOf(() => verify(envelope, { ...options, from }))).toBe('SIGNATURE')
  })

  test('that fails: its own error comes through', async () => {
    const from = () => Promise.reject(new Error('database down'))
    await expect(verify(envelope, { ...options, from })).rejects.toThrow('database down')
  })
})

describe('a resolver of readers', () => {
  test('is told id and recipients, and its answer opens', async () => {
    const hints: ReaderHint[] = []
    const as = async (hint: ReaderHint) => {
      hints.push(hint)
      return carol
    }
    expect((await open(envelope, { ...options, as })).text()).toBe('hello')
    expect(hints.length).toBe(1)
    expect(hints[0]?.id).toBe(envelope.id)
    expect(hints[0]?.recipients.map(({ fingerprint }) => fingerprint)).toEqual(
      envelope.recipients.map(({ fingerprint }) => fingerprint),
    )
  })

  test.each([undefined, null])('that finds %s: NOT_RECIPIENT', async (nobody) => {
    for (const as of [() => nobody, async () => nobody]) {
      expect(await outcomeOf(() => open(envelope, { ...options, as }))).toBe('NOT_RECIPIENT')
    }
  })

  test('that finds somebody else: NOT_RECIPIENT', async () => {
    expect(await outcomeOf(() => open(envelope, { ...options, as: () => mallory }))).toBe(
      'NOT_RECIPIENT',
    )
  })

  test('that finds no reader at all: TypeError', async () => {
    for (const it of [5, {}, bob.public]) {
      expect(await outcomeOf(() => open(envelope, { ...options, as: () => it as never }))).toBe(
        'TypeError',
      )
    }
  })

  test('is asked only once signature and expiry are good', async () => {
    let asked = 0
    const as = () => {
      asked++
      return bob
    }
    expect(await outcomeOf(() => open(envelope, { ...options, as, from: mallory.public }))).toBe(
      'SIGNATURE',
    )
    expect(await outcomeOf(() => open(envelope, { ...options, as, now: 9_000 }))).toBe('EXPIRED')
    expect(asked).toBe(0)
    expect(await outcomeOf(() => open(envelope, { ...options, as }))).toBe('none')
    expect(asked).toBe(1)
  })
})

describe('inspect', () => {
  test('reads every shape alike', () => {
    const summary = {
      version: 'zkeb/envelope/v1',
      suite: 'rsa',
      id: envelope.id,
      createdAt: new Date(1_000),
      expiresAt: new Date(9_000),
      senderPrivateKeyId: 'alice-2026',
      recipients: envelope.recipients.map(({ fingerprint }) => ({
        fingerprint: fingerprintToHex(fingerprint),
      })),
      metadata: { kind: 'note' },
      signed: true,
      plaintextBytes: 5,
    }
    for (const shape of [envelope, envelope.toJSON(), JSON.stringify(envelope), encode(envelope)]) {
      expect(inspect(shape)).toEqual(summary)
    }
  })

  test('authenticates nothing, and says so by design', async () => {
    const altered = { ...envelope, createdAt: 5 }
    expect(inspect(altered).createdAt).toEqual(new Date(5))
    expect(await outcomeOf(() => verify(altered, options))).toBe('SIGNATURE')
  })

  test.each([0, 1, 16_383, 16_384, 16_385, 40_000])(
    'tells that %d bytes are in it',
    async (size) => {
      const sealed = await seal(new Uint8Array(size), { to: bob.public, from: alice })
      expect(inspect(sealed).plaintextBytes).toBe(size)
    },
  )

  test('refuses as decode does', async () => {
    expect(await outcomeOf(() => inspect('x'))).toBe('FORMAT')
    expect(await outcomeOf(() => inspect({ ...envelope, algorithm: 'x' }))).toBe(
      'SUITE_NOT_ALLOWED',
    )
  })
})
