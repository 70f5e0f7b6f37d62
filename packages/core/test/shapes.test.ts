/** Every shape of an envelope turns into every other, and nothing is lost. */

import {
  decode,
  type Envelope,
  type EnvelopeInput,
  encode,
  fromRow,
  open,
  seal,
  toRow,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { people, person } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const labelled = await person('dave', { encryption: 'dave-enc', signing: 'dave-sig' })

const metadata = {
  z: [1, { ł: null }],
  a: '🎉\u2028"\\',
  é: -9007199254740991,
  nested: { b: {}, a: [] },
}
const CASES = {
  small: await seal('x', { to: bob.public, from: alice }),
  empty: await seal('', { to: bob.public, from: alice }),
  full: await seal(patternBytes(40_000), {
    to: [bob.public, carol.public, labelled.public],
    from: labelled,
    metadata,
    expiresAt: 253_402_300_799_999,
  }),
  'whole chunks': await seal(patternBytes(32_768), {
    to: [labelled.public, bob.public],
    from: alice,
    metadata: {},
    now: 0,
    expiresAt: 1,
  }),
} as const

/** The same JSON value with the keys of every object turned round, as jsonb and other languages do. */
function reorder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reorder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, child]) => [key, reorder(child)]))
}

const parsed = (envelope: EnvelopeInput): unknown => JSON.parse(JSON.stringify(decode(envelope)))

const SHAPES: Record<string, (envelope: EnvelopeInput) => EnvelopeInput> = {
  object: (envelope) => decode(envelope),
  'plain object': (envelope) => ({ ...decode(envelope) }),
  'cloned object': (envelope) => structuredClone({ ...decode(envelope) }),
  'json text': (envelope) => JSON.stringify(decode(envelope)),
  'json text, indented': (envelope) => JSON.stringify(decode(envelope), null, '\t'),
  'json text, keys re-ordered': (envelope) => JSON.stringify(reorder(parsed(envelope))),
  'json, parsed': (envelope) => parsed(envelope) as EnvelopeInput,
  'json, parsed, keys re-ordered': (envelope) => reorder(parsed(envelope)) as EnvelopeInput,
  binary: (envelope) => encode(envelope),
  'binary in a Buffer': (envelope) => Buffer.from(encode(envelope)),
  rows: (envelope) => fromRow(toRow(envelope)),
  'rows, through JSON': (envelope) => fromRow(rowsThroughJson(envelope)),
  'rows, as PostgreSQL gives them': (envelope) => fromRow(rowsOfPostgres(envelope)),
}

function rowsThroughJson(input: EnvelopeInput) {
  const { envelope, recipients } = toRow(input)
  return {
    envelope: JSON.parse(JSON.stringify(envelope)) as typeof envelope,
    recipients: [...recipients].reverse(),
  }
}

/** jsonb in its own order and spacing, times with six digits, bytea as Buffers, any order of rows. */
function rowsOfPostgres(input: EnvelopeInput) {
  const { envelope, recipients } = toRow(input)
  const stored = envelope.metadata === null ? null : reorder(JSON.parse(envelope.metadata))
  const micro = (time: string) => time.replace('Z', '000Z')
  return {
    envelope: {
      ...envelope,
      metadata: stored === null ? null : JSON.stringify(stored, null, 1),
      created_at: micro(envelope.created_at),
      expires_at: envelope.expires_at && micro(envelope.expires_at),
      status: 'stored',
    },
    recipients: recipients
      .map((row) => ({ ...row, fingerprint: Buffer.from(row.fingerprint) }))
      .reverse(),
  }
}

const shapes = Object.keys(SHAPES)
const change = (shape: string, envelope: EnvelopeInput): EnvelopeInput => {
  const convert = SHAPES[shape]
  if (!convert) throw new Error(shape)
  return convert(envelope)
}

describe.each(Object.entries(CASES))('%s', (_name, envelope: Envelope) => {
  const reference = Buffer.from(encode(envelope))

  test.each(shapes)('%s → every other shape → binary: the same bytes', (first) => {
    for (const second of shapes) {
      const result = encode(change(second, change(first, envelope)))
      expect(reference.equals(result), `${first} → ${second}`).toBe(true)
    }
  })

  test.each(shapes)('%s holds the same JSON', (shape) => {
    expect(parsed(change(shape, envelope))).toEqual(parsed(envelope))
  })
})

test.each(shapes)('%s opens', async (shape) => {
  const envelope = change(shape, CASES.full)
  for (const reader of [bob, carol, labelled]) {
    const opened = await open(envelope, { as: reader, from: labelled.public })
    expect(Buffer.compare(opened.bytes, patternBytes(40_000))).toBe(0)
    expect(opened.metadata).toEqual(metadata)
  }
})

test('a decoded envelope is frozen, and writes itself as JSON', () => {
  const envelope = decode(encode(CASES.full))
  expect(Object.isFrozen(envelope)).toBe(true)
  expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope.toJSON())
  expect(Object.keys(envelope)).not.toContain('toJSON')
})

test('decoding authenticates nothing, and opening does', async () => {
  const altered = { ...CASES.small, createdAt: 5 }
  expect(await outcomeOf(() => encode(altered))).toBe('none')
  expect(await outcomeOf(() => open(altered, { as: bob, from: alice.public }))).toBe('SIGNATURE')
})
