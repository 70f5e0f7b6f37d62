/** The binary form, byte by byte. */

import { decode, encode, open, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people, person } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, carol } = await people('alice', 'carol')
const bob = await person('bob', { encryption: 'bób' })
const envelope = await seal('hello', {
  to: [bob.public, carol.public],
  from: alice,
  metadata: { b: 1, a: 2 },
  now: 0x0102_0304_05,
  expiresAt: 0x0102_0304_06,
})
const binary = encode(envelope)

/** Written from the layout in the specification, and from nothing in the code. */
function layOut(
  metadata = '{"a":2,"b":1}',
  labels = [Buffer.from('bób'), undefined] as const,
): Buffer {
  const u = (bytes: number, value: number) =>
    Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex')
  const present = (...parts: Uint8Array[]) => Buffer.concat([u(1, 1), ...parts])
  const header = Buffer.concat([
    u(1, 1),
    Buffer.from(envelope.id.replaceAll('-', ''), 'hex'),
    u(8, envelope.createdAt),
    present(u(8, envelope.expiresAt ?? 0)),
    u(1, 0),
    present(u(2, metadata.length), Buffer.from(metadata)),
    envelope.iv,
    u(2, 2),
    ...envelope.recipients.flatMap(({ fingerprint, encryptedKey }, i) => {
      const label = labels[i]
      return [
        label ? present(u(1, label.length), label) : u(1, 0),
        fingerprint,
        u(2, encryptedKey.length),
        encryptedKey,
      ]
    }),
  ])
  const { content, signature } = envelope
  return Buffer.concat([
    Buffer.from('ZKE1'),
    u(4, header.length),
    header,
    u(4, content.length),
    content,
    u(2, signature.length),
    signature,
  ])
}

const outcome = (bytes: Uint8Array) => outcomeOf(() => decode(bytes))

test('is laid out as specified', () => {
  expect(Buffer.from(binary).toString('hex')).toBe(layOut().toString('hex'))
})

test('cut anywhere: FORMAT', async () => {
  for (let length = 0; length < binary.length; length++) {
    expect(await outcome(binary.slice(0, length)), `${length} bytes`).toBe('FORMAT')
  }
})

test.each([1, 2, 100])('%d bytes after the end: FORMAT', async (extra) => {
  expect(await outcome(Buffer.concat([binary, new Uint8Array(extra)]))).toBe('FORMAT')
})

describe('beginnings', () => {
  test.each([
    ['ZKE2', 'VERSION'],
    ['ZKE0', 'VERSION'],
    ['ZKEx', 'VERSION'],
    ['ZKS1', 'FORMAT'],
    ['zke1', 'FORMAT'],
    ['%PDF', 'FORMAT'],
    ['PK\u0003\u0004', 'FORMAT'],
    ['{"ve', 'FORMAT'],
    ['\0\0\0\0', 'FORMAT'],
  ])('%j: %s', async (magic, code) => {
    expect(await outcome(Buffer.concat([Buffer.from(magic), binary.subarray(4)]))).toBe(code)
    expect(await outcome(Buffer.from(magic))).toBe(code)
  })
})

describe('metadata is there in one spelling only', () => {
  test.each([
    '{"b":1,"a":2}',
    '{"a":2, "b":1}',
    '{"a":2,"b":1}\n',
    '{"a":2,"\\u0062":1}',
    '{"a":2,"a":2,"b":1}',
    '{"a":2,"b":1.0}',
    '[]',
    'null',
    '"x"',
    '',
    '{',
    '\ufeff{"a":2,"b":1}',
  ])('%s: FORMAT', async (metadata) => {
    expect(await outcome(layOut(metadata))).toBe('FORMAT')
  })

  test('as is, it opens', async () => {
    expect((await open(layOut(), { as: bob, from: alice.public, now: 0 })).text()).toBe('hello')
  })
})

describe('labels', () => {
  test.each([
    ['empty', Buffer.alloc(0)],
    ['not UTF-8', Buffer.from([0xff])],
    ['UTF-8 of a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['an overlong form', Buffer.from([0xc1, 0x81])],
    ['U+0000', Buffer.from([0x61, 0])],
  ])('%s: FORMAT', async (_name, label) => {
    expect(await outcome(layOut(undefined, [label, undefined] as never))).toBe('FORMAT')
  })

  test('a byte-order mark is kept, and so authenticated', async () => {
    const label = Buffer.from('\ufeffbób')
    const altered = layOut(undefined, [label, undefined] as never)
    expect(decode(altered).recipients[0].receiverPublicKeyId).toBe('\ufeffbób')
    expect(await outcomeOf(() => open(altered, { as: bob, from: alice.public, now: 0 }))).toBe(
      'SIGNATURE',
    )
  })
})

test('a presence byte other than 0 and 1: FORMAT', async () => {
  const expires = 8 + 1 + 16 + 8
  for (let value = 2; value < 256; value++) {
    const changed = Uint8Array.from(binary)
    changed[expires] = value
    expect(await outcome(changed)).toBe('FORMAT')
  }
})

test('a time beyond the year 9999: FORMAT', async () => {
  for (const time of [253_402_300_800_000n, 2n ** 53n, 2n ** 64n - 1n]) {
    const changed = Uint8Array.from(binary)
    new DataView(changed.buffer).setBigUint64(8 + 1 + 16, time)
    expect(await outcome(changed)).toBe('FORMAT')
  }
})

test('every suite number but those there are: SUITE_NOT_ALLOWED', async () => {
  // The lengths of other suites are not these.
  const known: Record<number, string> = { 1: 'none', 2: 'FORMAT', 3: 'FORMAT' }
  for (let suite = 0; suite < 256; suite++) {
    const changed = Uint8Array.from(binary)
    changed[8] = suite
    expect(await outcome(changed)).toBe(known[suite] ?? 'SUITE_NOT_ALLOWED')
  }
})
