/** Attacks with more than one key: one ciphertext that means something else to each reader. */
import { createDecipheriv } from 'node:crypto'
import { open, openContent, type PublicIdentity, sealContent } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { flipBit, patternBytes } from '../support/bytes'
import { FORGED_ID, forge, wrapFor } from '../support/forge'
import { collide, deriveContentKey, type GcmKey } from '../support/gcm-collision'
import { people } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const [keyForBob, keyForCarol] = [patternBytes(32), patternBytes(64).slice(32)]
const wrap = wrapFor(FORGED_ID, alice.public.signing.fingerprint)
const wrapEach = (_cek: unknown, to: PublicIdentity) =>
  wrap(to === bob.public ? keyForBob : keyForCarol, to)

/** What plain GCM, without a commitment, says. */
function openPlainGcm({ key, nonce }: GcmKey, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
}

describe('two-key attack: one content that is valid AES-GCM under two content keys', () => {
  const salt = patternBytes(24)
  const derived = (h: Uint8Array) =>
    [deriveContentKey(keyForBob, salt, h), deriveContentKey(keyForCarol, salt, h)] as const

  test('the collision is real: plain AES-GCM opens it under both', () => {
    const [one, two] = derived(new Uint8Array(32))
    const sealed = collide(one, two)
    const [first, second] = [openPlainGcm(one, sealed), openPlainGcm(two, sealed)]
    expect(first.length).toBe(16)
    expect(first.equals(second)).toBe(false)
    expect(() => openPlainGcm(one, flipBit(sealed, 0))).toThrow()
  })

  const attack = (committedTo: 0 | 1) =>
    forge({
      from: alice,
      to: [bob.public, carol.public],
      cek: keyForBob,
      salt,
      wrap: wrapEach,
      content: (_message, h) => {
        const keys = derived(h)
        const parts = [salt, keys[committedTo].commitment, collide(...keys)]
        return Uint8Array.from(Buffer.concat(parts))
      },
      iv: () => Uint8Array.from(derived(new Uint8Array(32))[0].nonce),
    })

  test.each([0, 1] as const)(
    'the commitment lets only one of the two keys pass (%d)',
    async (committedTo) => {
      const { envelope, h } = await attack(committedTo)
      const keys = [keyForBob, keyForCarol].map((inputKey) => ({ inputKey, context: h }))
      const [own, others] = committedTo === 0 ? keys : [...keys].reverse()
      if (!own || !others) throw new Error('two keys')
      expect((await openContent(own, envelope.content)).length).toBe(16)
      expect(await outcomeOf(() => openContent(others, envelope.content))).toBe('OPEN')
    },
  )

  test.each([0, 1] as const)(
    'in an envelope: only one of the two readers opens it (%d)',
    async (committedTo) => {
      const { envelope, h } = await attack(committedTo)
      const iv = Uint8Array.from(derived(h)[committedTo].nonce)
      const outcomes = await Promise.all(
        [bob, carol].map((as) =>
          outcomeOf(() => open({ ...envelope, iv }, { as, from: alice.public })),
        ),
      )
      expect(outcomes).toEqual(committedTo === 0 ? ['none', 'OPEN'] : ['OPEN', 'none'])
    },
  )
})

test('another content key wrapped for the second recipient: OPEN for that one', async () => {
  const { envelope } = await forge({
    from: alice,
    to: [bob.public, carol.public],
    cek: keyForBob,
    wrap: wrapEach,
  })
  const outcome = (as: typeof bob) => outcomeOf(() => open(envelope, { as, from: alice.public }))
  expect(await outcome(bob)).toBe('none')
  expect(await outcome(carol)).toBe('OPEN')
})

describe('by a malicious sender, who signs what is altered: OPEN', () => {
  const forged = (change: object) =>
    outcomeOf(async () => {
      const { envelope } = await forge({ from: alice, to: [bob.public], ...change })
      return open(envelope, { as: bob, from: alice.public })
    })
  const flip = (byte: number) => ({ content: (m: Uint8Array) => flipBit(m, 8 * byte) })

  test('nothing altered: it opens', async () => {
    expect(await forged({})).toBe('none')
  })

  test.each([
    ['salt', flip(0)],
    ['commitment, its first bit', flip(24)],
    ['commitment, its last byte', flip(55)],
    ['ciphertext', flip(56)],
    ['tag', { content: (m: Uint8Array) => flipBit(m, 8 * m.length - 1) }],
    ['iv, its first bit', { iv: (iv: Uint8Array) => flipBit(iv, 0) }],
    ['iv, its last bit', { iv: (iv: Uint8Array) => flipBit(iv, 95) }],
    ['iv of zeros', { iv: () => new Uint8Array(12) }],
  ])('%s', async (_name, change) => {
    expect(await forged(change)).toBe('OPEN')
  })

  test('content of another envelope under the same key: its context differs', async () => {
    const cek = patternBytes(32)
    const { message } = await sealContent(
      { inputKey: cek, context: new Uint8Array(32) },
      patternBytes(5),
    )
    expect(await forged({ cek, content: () => message })).toBe('OPEN')
  })

  test('content key of zeros, and of nothing: no way round the commitment', async () => {
    expect(await forged({ cek: new Uint8Array(32) })).toBe('none')
    expect(
      await forged({ wrap: (_: unknown, to: PublicIdentity) => wrap(new Uint8Array(0), to) }),
    ).toBe('OPEN')
  })
})
