/** Attack: a single bit of an envelope is turned, on the wire or on the disk. */

import { encode, inspect, open, seal, verify } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { flipBit, inBatches } from '../support/bytes'
import { peopleOf, personOf } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const REFUSALS = [
  'FORMAT',
  'VERSION',
  'SUITE_NOT_ALLOWED',
  'LIMIT',
  'TRUNCATED',
  'SIGNATURE',
  'OPEN',
]

/** Not pq: its 40,000 bits take minutes, and its parts are those of x25519 and more of the same. */
describe.each(['rsa', 'x25519'] as const)('suite %s', async (suite) => {
  const { bob, carol } = await peopleOf(suite)
  const alice = await personOf(suite, 'alice', { encryption: 'alice-e', signing: 'alice-s' })
  const opening = { as: bob, from: alice.public }

  const ENVELOPES = {
    'the smallest envelope': await seal('', { to: bob.public, from: alice }),
    'an envelope with every field': await seal('hello', {
      to: [bob.public, carol.public],
      from: alice,
      metadata: { a: 1 },
      expiresAt: Date.now() + 3_600_000,
    }),
  }

  describe.each(Object.entries(ENVELOPES))('%s', (_name, envelope) => {
    const binary = encode(envelope)
    const bits = Array.from({ length: binary.length * 8 }, (_, i) => i)

    test('every single bit of its binary form: refused, with one of our codes', async () => {
      const counts = new Map<string, number>()
      await inBatches(bits, 256, async (bit) => {
        const code = await outcomeOf(() => open(flipBit(binary, bit), opening))
        if (!REFUSALS.includes(code)) expect.fail(`bit ${bit}: ${code}`)
        counts.set(code, (counts.get(code) ?? 0) + 1)
      })
      expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(bits.length)
      // Only the nonce, which the signature does not cover, is first noticed at opening.
      expect(counts.get('OPEN')).toBe(96)
      expect(await outcomeOf(() => open(binary, opening))).toBe('none')
    })

    test('every single bit but those of the nonce: refused by verify() as well', async () => {
      const nonce = Buffer.from(binary).indexOf(envelope.iv)
      const passed: number[] = []
      await inBatches(bits, 256, async (bit) => {
        const altered = flipBit(binary, bit)
        if ((await outcomeOf(() => verify(altered, opening))) === 'none') passed.push(bit >> 3)
      })
      const bytes = [...new Set(passed)].sort((a, b) => a - b)
      expect(bytes).toEqual(Array.from({ length: 12 }, (_, i) => nonce + i))
      expect(() => inspect(binary)).not.toThrow()
    })
  })

  test('every single bit of every Base64 column of the JSON form: refused', async () => {
    const json = ENVELOPES['the smallest envelope'].toJSON()
    const columns = ['encryptedData', 'authTag', 'iv', 'encryptedKey', 'signature'] as const
    for (const column of columns) {
      const bytes = new Uint8Array(Buffer.from(json[column], 'base64'))
      const bits = Array.from({ length: bytes.length * 8 }, (_, i) => i)
      await inBatches(bits, 256, async (bit) => {
        const value = Buffer.from(flipBit(bytes, bit)).toString('base64')
        const code = await outcomeOf(() => open({ ...json, [column]: value }, opening))
        expect(code, `${column}, bit ${bit}`).toBe(column === 'iv' ? 'OPEN' : 'SIGNATURE')
      })
    }
  })

  test('every character of the JSON text exchanged for another: refused', async () => {
    const text = JSON.stringify(ENVELOPES['an envelope with every field'])
    const positions = Array.from({ length: text.length }, (_, i) => i)
    await inBatches(positions, 256, async (i) => {
      const other = String.fromCharCode(text.charCodeAt(i) ^ 1)
      const altered = text.slice(0, i) + other + text.slice(i + 1)
      const code = await outcomeOf(() => open(altered, opening))
      if (!REFUSALS.includes(code)) expect.fail(`character ${i}: ${code}`)
    })
  })
})
