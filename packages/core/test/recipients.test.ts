import { decode, encode, open, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people, person } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, bob, carol, dave } = await people('alice', 'bob', 'carol', 'dave')
const readers = [bob, carol, dave]

describe('several recipients', () => {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const

  test.each(orders)('in the order %d %d %d: everybody opens, others do not', async (...order) => {
    const to = order.map((i) => (readers[i] ?? bob).public)
    const envelope = await seal('x', { to, from: alice })
    for (const reader of readers) {
      const opened = await open(envelope, { as: reader, from: alice.public })
      expect(opened.text()).toBe('x')
    }
    const outsider = { as: alice, from: alice.public }
    expect(await outcomeOf(() => open(envelope, outsider))).toBe('NOT_RECIPIENT')
    expect(envelope.recipients[0].fingerprint).toEqual(to[0]?.encryption.fingerprint)
  })

  test('the primary stands first, the others in the order of their fingerprints', async () => {
    for (const order of orders) {
      const to = order.map((i) => (readers[i] ?? bob).public)
      const { recipients } = await seal('x', { to, from: alice })
      const [, ...others] = recipients.map(({ fingerprint }) =>
        Buffer.from(fingerprint).toString('hex'),
      )
      expect(others).toEqual([...others].sort())
    }
  })

  test('each has a wrapped key of its own', async () => {
    const { recipients } = await seal('x', { to: readers.map((r) => r.public), from: alice })
    const keys = recipients.map(({ encryptedKey }) => Buffer.from(encryptedKey).toString('hex'))
    expect(new Set(keys).size).toBe(3)
  })

  test('the sender may be a recipient', async () => {
    const envelope = await seal('x', { to: [bob.public, alice.public], from: alice })
    expect((await open(envelope, { as: alice, from: alice.public })).text()).toBe('x')
  })
})

describe('number', () => {
  test('1024 are taken, 1025 are not', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => {
        const fingerprint = new Uint8Array(32)
        new DataView(fingerprint.buffer).setUint32(0, i)
        return { ...bob.public, encryption: { ...bob.public.encryption, fingerprint } }
      })
    const envelope = await seal('x', { to: many(1024), from: alice })
    expect(envelope.recipients.length).toBe(1024)
    expect(decode(encode(envelope)).recipients.length).toBe(1024)
    expect(await outcomeOf(() => seal('x', { to: many(1025), from: alice }))).toBe('RangeError')
  })
})

describe('labels', () => {
  test('land in the columns and come back', async () => {
    const erin = await person('erin', { encryption: 'erin-enc ✉', signing: 'erin-sig' })
    const long = await person('carol', { encryption: 'ł'.repeat(127), signing: 'x'.repeat(255) })
    const envelope = await seal('x', { to: [erin.public, long.public, bob.public], from: long })
    expect(envelope.senderPrivateKeyId).toBe('x'.repeat(255))
    expect(envelope.recipients[0].receiverPublicKeyId).toBe('erin-enc ✉')
    for (const shape of [envelope, encode(envelope), JSON.stringify(envelope)]) {
      expect((await open(shape, { as: long, from: long.public })).text()).toBe('x')
      expect(encode(shape)).toEqual(encode(envelope))
    }
  })
})
