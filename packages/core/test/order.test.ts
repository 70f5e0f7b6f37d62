/** Several faults at once: the first one, in the order of spec/envelope.md §7, decides. */

import { encode, open, seal, verify } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { forge } from '../../../test/support/forge'
import { people } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, bob, carol, mallory } = await people('alice', 'bob', 'carol', 'mallory')

/** Every fault that an envelope and its opening can have, in the order in which they count. */
const FAULTS = [
  'FORMAT',
  'SUITE_NOT_ALLOWED',
  'SIGNATURE',
  'EXPIRED',
  'NOT_RECIPIENT',
  'OPEN',
] as const
type Fault = (typeof FAULTS)[number]

/** Opens an envelope that has exactly these faults. */
async function openWith(faults: ReadonlySet<Fault>, shape: 'json' | 'object'): Promise<string> {
  const { envelope } = await forge({
    from: alice,
    to: [bob.public],
    createdAt: 1_000,
    expiresAt: 2_000,
    ...(faults.has('OPEN') && { wrap: async () => new Uint8Array(256).fill(1) }),
  })
  const json = { ...envelope.toJSON() } as Record<string, unknown>
  const object = { ...envelope } as Record<string, unknown>
  for (const target of [json, object]) {
    if (faults.has('FORMAT')) target['id'] = 'not a UUID'
    if (faults.has('SUITE_NOT_ALLOWED')) target['algorithm'] = 'A256GCM'
  }
  const options = {
    as: faults.has('NOT_RECIPIENT') ? carol : bob,
    from: faults.has('SIGNATURE') ? mallory.public : alice.public,
    now: faults.has('EXPIRED') ? 2_000 : 1_500,
  }
  return outcomeOf(() => open((shape === 'json' ? json : object) as never, options))
}

/** Every fault alone, and with every later one. */
const PAIRS = FAULTS.flatMap((first, i) => FAULTS.slice(i).map((later) => [first, later] as const))

describe.each(['json', 'object'] as const)('%s form', (shape) => {
  test('no fault', async () => {
    expect(await openWith(new Set(), shape)).toBe('none')
  })

  test.each(PAIRS)('%s before %s', async (first, later) => {
    expect(await openWith(new Set([first, later]), shape)).toBe(first)
  })

  test('all of them at once', async () => {
    expect(await openWith(new Set(FAULTS), shape)).toBe(FAULTS[0])
  })
})

describe('by name', () => {
  const sealing = { to: bob.public, from: alice, now: 1_000, expiresAt: 2_000 }

  test('verify: expired and from somebody else: SIGNATURE', async () => {
    const options = { from: mallory.public, now: 3_000 }
    const envelope = await seal('x', sealing)
    expect(await outcomeOf(() => verify(envelope, options))).toBe('SIGNATURE')
  })

  test('sender unknown and altered: SIGNER_UNKNOWN', async () => {
    const envelope = { ...(await seal('x', sealing)), createdAt: 7 }
    const options = { as: carol, from: () => undefined, now: 3_000 }
    expect(await outcomeOf(() => open(envelope, options))).toBe('SIGNER_UNKNOWN')
  })

  test('another version, and nothing else that fits: VERSION', async () => {
    const json = { version: 'zkeb/envelope/v9', somethingNew: true }
    expect(await outcomeOf(() => open(json as never, { as: bob, from: alice.public }))).toBe(
      'VERSION',
    )
  })

  test('binary: bytes after the end, and an unknown suite: FORMAT', async () => {
    const binary = encode(await seal('x', sealing))
    binary[8] = 99
    expect(await outcomeOf(() => open(binary, { as: bob, from: alice.public }))).toBe(
      'SUITE_NOT_ALLOWED',
    )
    const longer = Uint8Array.of(...binary, 0)
    expect(await outcomeOf(() => open(longer, { as: bob, from: alice.public }))).toBe('FORMAT')
  })

  test('content cut at a chunk, and altered: TRUNCATED before SIGNATURE', async () => {
    const envelope = await seal(new Uint8Array(16_384), sealing)
    const cut = { ...envelope, content: envelope.content.slice(0, 56 + 16_400), createdAt: 7 }
    expect(await outcomeOf(() => open(cut, { as: bob, from: alice.public }))).toBe('TRUNCATED')
  })
})

test('nobody without the signing key reaches the private key', async () => {
  const { envelope } = await forge({ from: mallory, to: [bob.public], claimedSender: alice.public })
  const unwraps: unknown[] = []
  const watched = {
    ...bob,
    decrypter: {
      unwrap: async (...args: Parameters<typeof bob.decrypter.unwrap>) => {
        unwraps.push(args)
        return bob.decrypter.unwrap(...args)
      },
    },
  }
  expect(await outcomeOf(() => open(envelope, { as: watched, from: alice.public }))).toBe(
    'SIGNATURE',
  )
  const expired = await seal('x', { to: bob.public, from: alice, now: 1, expiresAt: 2 })
  expect(await outcomeOf(() => open(expired, { as: watched, from: alice.public }))).toBe('EXPIRED')
  expect(unwraps).toEqual([])
  const good = await seal('x', { to: bob.public, from: alice })
  expect(await outcomeOf(() => open(good, { as: watched, from: alice.public }))).toBe('none')
  expect(unwraps.length).toBe(1)
})
