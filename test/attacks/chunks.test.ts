/** Attacks on the order and number of chunks. */

import { open, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes'
import { forge } from '../support/forge'
import { people } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const { alice, bob } = await people('alice', 'bob')
const opening = { as: bob, from: alice.public }
const CHUNK = 16_384
const HEAD = 56

/** Three full chunks and a short one. */
const plaintext = patternBytes(3 * CHUNK + 100)

type Chunks = readonly Uint8Array[]
function rearrange(
  message: Uint8Array,
  change: (chunks: Chunks) => Chunks,
): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = []
  for (let i = HEAD; i < message.length; i += CHUNK + 16)
    chunks.push(message.subarray(i, i + CHUNK + 16))
  return Uint8Array.from(Buffer.concat([message.subarray(0, HEAD), ...change(chunks)]))
}

const take = (chunks: Chunks, ...order: readonly number[]): Chunks =>
  order.map((i) => chunks[i] ?? new Uint8Array(0))

/** Name, change, what somebody without the key gets, what a malicious sender who signs it gets. */
const ATTACKS: readonly (readonly [string, (chunks: Chunks) => Chunks, string, string])[] = [
  ['the first dropped', (c) => take(c, 1, 2, 3), 'SIGNATURE', 'OPEN'],
  ['one in the middle dropped', (c) => take(c, 0, 2, 3), 'SIGNATURE', 'OPEN'],
  ['the last dropped', (c) => take(c, 0, 1, 2), 'TRUNCATED', 'TRUNCATED'],
  ['the last two dropped', (c) => take(c, 0, 1), 'TRUNCATED', 'TRUNCATED'],
  ['all but the last dropped', (c) => take(c, 3), 'SIGNATURE', 'OPEN'],
  ['all dropped', () => [], 'FORMAT', 'FORMAT'],
  ['the first twice', (c) => take(c, 0, 0, 1, 2, 3), 'SIGNATURE', 'OPEN'],
  ['the first in the place of the second', (c) => take(c, 0, 0, 2, 3), 'SIGNATURE', 'OPEN'],
  ['the first two exchanged', (c) => take(c, 1, 0, 2, 3), 'SIGNATURE', 'OPEN'],
  ['turned round', (c) => take(c, 2, 1, 0, 3), 'SIGNATURE', 'OPEN'],
  ['the short one twice', (c) => take(c, 0, 1, 2, 3, 3), 'SIGNATURE', 'OPEN'],
  ['a full one as the last', (c) => take(c, 0, 1, 3, 2), 'SIGNATURE', 'OPEN'],
  ['an empty last one', (c) => [...take(c, 0, 1, 2), new Uint8Array(16)], 'SIGNATURE', 'OPEN'],
  [
    'the last one cut',
    (c) => [...take(c, 0, 1, 2), (c[3] ?? (c[0] as Uint8Array)).slice(0, 50)],
    'SIGNATURE',
    'OPEN',
  ],
  [
    'the last one cut within its tag',
    (c) => [...take(c, 0, 1, 2), (c[3] as Uint8Array).slice(0, 15)],
    'FORMAT',
    'FORMAT',
  ],
  [
    'cut within a full one',
    (c) => [...take(c, 0, 1), (c[2] as Uint8Array).slice(0, 9000)],
    'SIGNATURE',
    'OPEN',
  ],
  ['a byte more', (c) => [...c, new Uint8Array(1)], 'SIGNATURE', 'OPEN'],
  ['a chunk of zeros more', (c) => [...c, new Uint8Array(CHUNK + 16)], 'SIGNATURE', 'OPEN'],
]

describe('by somebody without the signing key', async () => {
  const envelope = await seal(plaintext, { to: bob.public, from: alice })
  test.each(ATTACKS)('%s', async (_name, change, expected) => {
    const altered = { ...envelope, content: rearrange(envelope.content, change) }
    expect(await outcomeOf(() => open(altered, opening))).toBe(expected)
  })
})

describe('by a malicious sender, who signs the result', () => {
  test.each(ATTACKS)('%s', async (_name, change, _outside, expected) => {
    const make = () =>
      forge({ from: alice, to: [bob.public], plaintext, content: (m) => rearrange(m, change) })
    const outcome = await outcomeOf(async () => open((await make()).envelope, opening))
    expect(outcome).toBe(expected)
  })

  test('nothing changed: it opens', async () => {
    const { envelope } = await forge({
      from: alice,
      to: [bob.public],
      plaintext,
      content: (m) => rearrange(m, (c) => c),
    })
    expect(Buffer.compare((await open(envelope, opening)).bytes, plaintext)).toBe(0)
  })
})

test('chunks of two messages under one key are not to be mixed', async () => {
  const cek = patternBytes(32)
  const one = await forge({ from: alice, to: [bob.public], plaintext, cek })
  const two = await forge({
    from: alice,
    to: [bob.public],
    plaintext,
    cek,
    wrap: async () => one.envelope.recipients[0].encryptedKey,
    content: (message) => {
      const mixed = Uint8Array.from(message)
      mixed.set(one.envelope.content.subarray(HEAD, HEAD + CHUNK + 16), HEAD)
      return mixed
    },
  })
  expect(await outcomeOf(() => open(two.envelope, opening))).toBe('OPEN')
})
