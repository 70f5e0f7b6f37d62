/** Attacks on memory and time: everything too large, and lengths that lie. */

import { decode, encode, fromRow, open, seal, toRow } from '@zkeb/core'
import { describe, expect, test, vi } from 'vitest'
import { backend } from '../../packages/core/src/crypto/current'
import { people } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const envelope = await seal('hello', { to: bob.public, from: alice, metadata: { a: 1 } })
const json = envelope.toJSON()
const binary = encode(envelope)
const METADATA = 8 + 1 + 16 + 8 + 1 + 1
const RECIPIENTS = METADATA + 1 + 2 + 7 + 12
const WRAPPED_LENGTH = RECIPIENTS + 2 + 1 + 32
const CONTENT_LENGTH = WRAPPED_LENGTH + 2 + 256

function edit(offset: number, ...bytes: number[]): Uint8Array {
  const edited = Uint8Array.from(binary)
  edited.set(bytes, offset)
  return edited
}

test('content beyond the limit in the object form is refused before it is copied', async () => {
  const content = new Uint8Array(64 * 1024 * 1024 + 1024 * 1024)
  let copies = 0
  const construct = (Target: typeof Uint8Array, [first, ...rest]: [never, never?, never?]) => {
    if (first === content) copies++
    return new Target(first, ...rest)
  }
  vi.stubGlobal('Uint8Array', new Proxy(Uint8Array, { construct }))
  try {
    expect(await outcomeOf(() => decode({ ...envelope, content }))).toBe('LIMIT')
    expect(copies).toBe(0)
  } finally {
    vi.unstubAllGlobals()
  }
})

test.each(['object', 'JSON'])('a hole in the recipients of the %s form is FORMAT', async (form) => {
  const to = [bob.public, alice.public, carol.public]
  const several = await seal('x', { to, from: alice })
  const shape = form === 'JSON' ? several.toJSON() : { ...several }
  const recipients = [...shape.recipients]
  delete recipients[1]
  expect(await outcomeOf(() => decode({ ...shape, recipients } as never))).toBe('FORMAT')
})

describe('lengths that lie in the binary form', () => {
  const view = new DataView(binary.buffer)
  test('stand where this test believes', () => {
    expect(view.getUint8(METADATA)).toBe(1)
    expect(view.getUint16(METADATA + 1)).toBe(7)
    expect(view.getUint16(RECIPIENTS)).toBe(1)
    expect(view.getUint16(WRAPPED_LENGTH)).toBe(256)
    expect(view.getUint32(CONTENT_LENGTH)).toBe(56 + 5 + 16)
  })

  const LIES: readonly (readonly [string, Uint8Array, string])[] = [
    ['header of 4 GiB', edit(4, 255, 255, 255, 255), 'LIMIT'],
    ['header of 2 MiB and a byte', edit(4, 0, 32, 0, 1), 'LIMIT'],
    ['header of 2 MiB', edit(4, 0, 32, 0, 0), 'FORMAT'],
    ['header of nothing', edit(4, 0, 0, 0, 0), 'FORMAT'],
    ['content of 4 GiB', edit(CONTENT_LENGTH, 255, 255, 255, 255), 'LIMIT'],
    ['content of 64 MiB', edit(CONTENT_LENGTH, 4, 0, 0, 0), 'FORMAT'],
    ['content of nothing', edit(CONTENT_LENGTH, 0, 0, 0, 0), 'FORMAT'],
    ['metadata of 64 KiB', edit(METADATA + 1, 255, 255), 'LIMIT'],
    ['metadata of 16 KiB', edit(METADATA + 1, 64, 0), 'FORMAT'],
    ['65 535 recipients', edit(RECIPIENTS, 255, 255), 'LIMIT'],
    ['1025 recipients', edit(RECIPIENTS, 4, 1), 'LIMIT'],
    ['1024 recipients', edit(RECIPIENTS, 4, 0), 'FORMAT'],
    ['no recipients', edit(RECIPIENTS, 0, 0), 'FORMAT'],
    ['wrapped key of 64 KiB', edit(WRAPPED_LENGTH, 255, 255), 'FORMAT'],
    ['signature of 64 KiB', edit(binary.length - 258, 255, 255), 'FORMAT'],
  ]

  /** The longest array that `work` makes by a length alone: more than was sent means that a lie was believed. */
  async function longestArray(work: () => unknown): Promise<number> {
    let longest = 0
    const construct = (Target: typeof Uint8Array, [first, ...rest]: [never, never?, never?]) => {
      if (typeof first === 'number') longest = Math.max(longest, first)
      return new Target(first, ...rest)
    }
    vi.stubGlobal('Uint8Array', new Proxy(Uint8Array, { construct }))
    try {
      await work()
    } finally {
      vi.unstubAllGlobals()
    }
    return longest
  }

  test.each(LIES)('%s: refused, and nothing allocated for it', async (_name, bytes, code) => {
    const longest = await longestArray(async () => {
      expect(await outcomeOf(() => decode(bytes))).toBe(code)
    })
    expect(longest).toBeLessThanOrEqual(bytes.length)
  })

  test('an allocation would be seen', async () => {
    expect(await longestArray(() => encode(envelope))).toBe(binary.length)
  })
})

describe('too much of everything', () => {
  const big = { a: 'x'.repeat(16 * 1024 - 7) }
  const rows = toRow(envelope)
  const recipients = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const fingerprint = Buffer.alloc(32)
      fingerprint.writeUInt32BE(i)
      const key = Buffer.alloc(256).toString('base64')
      return { fingerprint: fingerprint.toString('base64'), ...(i > 0 && { encryptedKey: key }) }
    })

  test('metadata of more than 16 KiB: LIMIT', async () => {
    expect(await outcomeOf(() => decode({ ...json, metadata: big }))).toBe('LIMIT')
    expect(await outcomeOf(() => decode({ ...envelope, metadata: big }))).toBe('LIMIT')
    expect(await outcomeOf(() => decode(JSON.stringify({ ...json, metadata: big })))).toBe('LIMIT')
    const edited = { ...rows, envelope: { ...rows.envelope, metadata: JSON.stringify(big) } }
    expect(await outcomeOf(() => fromRow(edited))).toBe('LIMIT')
    const enough = { a: big.a.slice(1) }
    expect(await outcomeOf(() => decode({ ...json, metadata: enough }))).toBe('none')
  })

  test('metadata of more than 32 levels: FORMAT', async () => {
    const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)
    expect(await outcomeOf(() => decode({ ...json, metadata: nested(32) }))).toBe('none')
    expect(await outcomeOf(() => decode({ ...json, metadata: nested(33) }))).toBe('FORMAT')
    expect(await outcomeOf(() => decode(JSON.stringify({ ...json, metadata: nested(32) })))).toBe(
      'none',
    )
    expect(await outcomeOf(() => decode(JSON.stringify({ ...json, metadata: nested(33) })))).toBe(
      'FORMAT',
    )
    expect(await outcomeOf(() => decode({ ...json, metadata: nested(5_000) }))).toBe('FORMAT')
  })

  test('1025 recipients: LIMIT', async () => {
    expect(await outcomeOf(() => decode({ ...json, recipients: recipients(1025) } as never))).toBe(
      'LIMIT',
    )
    expect(await outcomeOf(() => decode({ ...json, recipients: recipients(1024) } as never))).toBe(
      'none',
    )
    const many = recipients(1025).map(({ fingerprint, encryptedKey }, position) => ({
      position,
      fingerprint: Buffer.from(fingerprint, 'base64'),
      encrypted_key: encryptedKey ?? null,
      receiver_public_key_id: null,
    }))
    expect(await outcomeOf(() => fromRow({ ...rows, recipients: many }))).toBe('LIMIT')
  })

  test.each(['x'.repeat(256), 'ł'.repeat(128), '🎉'.repeat(64)])(
    'a label of 256 bytes: FORMAT',
    async (label) => {
      expect(await outcomeOf(() => decode({ ...json, senderPrivateKeyId: label }))).toBe('FORMAT')
      const [first] = json.recipients
      const labelled = {
        receiverPublicKeyId: label,
        recipients: [{ ...first, receiverPublicKeyId: label }],
      }
      expect(await outcomeOf(() => decode({ ...json, ...labelled } as never))).toBe('FORMAT')
    },
  )

  test('content of more than 64 MiB: LIMIT, before it is decoded', async () => {
    const encryptedData = 'A'.repeat(90 * 1024 * 1024)
    const decoder = vi.spyOn(backend(), 'decodeBase64')
    expect(await outcomeOf(() => decode({ ...json, encryptedData }))).toBe('LIMIT')
    const decoded = decoder.mock.calls.map(([text]) => text.length)
    decoder.mockRestore()
    expect(decoded.filter((length) => length > 1024)).toEqual([])
    expect(decoded.length).toBeGreaterThan(0)
  })

  test.each(['authTag', 'iv', 'signature', 'encryptedKey'] as const)(
    '%s of 1 MiB: FORMAT',
    async (column) => {
      const value = 'A'.repeat(1024 * 1024)
      expect(await outcomeOf(() => decode({ ...json, [column]: value }))).toBe('FORMAT')
    },
  )

  test('100 000 unknown members: FORMAT', async () => {
    const extra = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`x${i}`, i]))
    expect(await outcomeOf(() => decode({ ...json, ...extra } as never))).toBe('FORMAT')
  })
})

describe('prototype pollution', () => {
  const hostile = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  )

  test('names in metadata are names, and come back', async () => {
    const sealed = await seal('x', { to: bob.public, from: alice, metadata: hostile })
    for (const shape of [sealed, JSON.stringify(sealed), encode(sealed), fromRow(toRow(sealed))]) {
      const { metadata } = await open(shape, { as: bob, from: alice.public })
      expect(Object.keys(metadata ?? {}).sort()).toEqual(['__proto__', 'constructor'])
      expect(JSON.stringify(metadata)).toBe(JSON.stringify(hostile))
      expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
    }
    expect('polluted' in {}).toBe(false)
  })

  test('an envelope is not read from a prototype', async () => {
    const inherited = Object.create({ ...json }) as typeof json
    expect(await outcomeOf(() => decode(inherited))).toBe('FORMAT')
    const text = `{"__proto__":${JSON.stringify(json)}}`
    expect(await outcomeOf(() => decode(text))).toBe('FORMAT')
    expect(await outcomeOf(() => decode(JSON.parse(text)))).toBe('FORMAT')
  })
})
