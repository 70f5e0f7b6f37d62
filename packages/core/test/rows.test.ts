/** Rows: times, metadata and recipients as databases give them, and rows edited out of shape. */

import { type EnvelopeRow, fromRow, open, type RecipientRow, seal, toRow } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people, person } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, carol } = await people('alice', 'carol')
const bob = await person('bob', { encryption: 'bob-1' })
const sealed = await seal('hello', {
  to: [bob.public, carol.public],
  from: alice,
  metadata: { b: 1, a: 'x' },
  now: 1_700_000_000_123,
  expiresAt: 253_402_300_799_999,
})
const rows = toRow(sealed)

const withRow = (change: Partial<Record<keyof EnvelopeRow, unknown>>) => ({
  ...rows,
  envelope: { ...rows.envelope, ...change } as EnvelopeRow,
})
const outcome = (change: Partial<Record<keyof EnvelopeRow, unknown>>) =>
  outcomeOf(() => open(fromRow(withRow(change)), { as: bob, from: alice.public }))
const outcomeOfRecipients = (recipients: readonly unknown[]) =>
  outcomeOf(() => fromRow({ ...rows, recipients: recipients as RecipientRow[] }))

test('columns are those of the tables', () => {
  expect(rows.envelope).toMatchObject({
    id: sealed.id,
    algorithm: 'AES-256-GCM',
    key_algorithm: 'RSA-OAEP',
    signature_algorithm: 'RSA-PSS',
    receiver_public_key_id: 'bob-1',
    sender_private_key_id: null,
    created_at: '2023-11-14T22:13:20.123Z',
    expires_at: '9999-12-31T23:59:59.999Z',
  })
  expect(JSON.parse(rows.envelope.metadata ?? '')).toEqual({ b: 1, a: 'x' })
  expect(Buffer.from(rows.envelope.auth_tag, 'base64')).toEqual(
    Buffer.from(sealed.content.slice(-16)),
  )
  expect(
    rows.recipients.map(({ position, encrypted_key }) => [position, encrypted_key === null]),
  ).toEqual([
    [0, true],
    [1, false],
  ])
})

describe('times', () => {
  test.each(['2023-11-14T22:13:20.123Z', '2023-11-14T22:13:20.123000Z'])(
    '%s opens',
    async (time) => {
      expect(await outcome({ created_at: time })).toBe('none')
    },
  )

  test.each([
    '2023-11-14T22:13:20.123001Z',
    '2023-11-14T22:13:20.123999Z',
    '2023-11-14T22:13:20Z',
    '2023-11-14T22:13:20.12Z',
    '2023-11-14T22:13:20.1230Z',
    '2023-11-14T22:13:20.123000000Z',
    '2023-11-14 22:13:20.123+00',
    '2023-11-14T22:13:20.123',
    '2023-11-14T23:13:20.123+01:00',
    '2023-13-14T22:13:20.123Z',
    '2023-02-29T22:13:20.123Z',
    'infinity',
    '',
    null,
    new Date(1_700_000_000_123),
    1_700_000_000_123,
  ])('%s: FORMAT', async (time) => {
    expect(await outcome({ created_at: time })).toBe('FORMAT')
  })

  test('one millisecond more is another envelope: SIGNATURE', async () => {
    expect(await outcome({ created_at: '2023-11-14T22:13:20.124Z' })).toBe('SIGNATURE')
    expect(await outcome({ expires_at: '9999-12-31T23:59:59.998Z' })).toBe('SIGNATURE')
  })

  test('the first and the last moment come back', async () => {
    const envelope = await seal('x', {
      to: bob.public,
      from: alice,
      now: 0,
      expiresAt: 253_402_300_799_999,
    })
    const back = fromRow(toRow(envelope))
    expect([back.createdAt, back.expiresAt]).toEqual([0, 253_402_300_799_999])
  })
})

describe('metadata', () => {
  test.each(['{"a":"x","b":1}', ' {"b": 1, "a": "x"}\n', '{"\\u0062":1,"a":"\\u0078"}'])(
    '%s opens',
    async (text) => {
      expect(await outcome({ metadata: text })).toBe('none')
    },
  )

  test.each([
    ['{"a":"x","b":1.0}', 'FORMAT'],
    ['{"a":"x","b":1,"b":1}', 'FORMAT'],
    ['{"a":"x","b":9007199254740992}', 'FORMAT'],
    ['{"a":"x"', 'FORMAT'],
    ['null', 'FORMAT'],
    ['[]', 'FORMAT'],
    ['', 'FORMAT'],
    [{ a: 'x', b: 1 }, 'FORMAT'],
    ['{"a":"x\\u0000","b":1}', 'FORMAT'],
    ['{"a":"\\ud800","b":1}', 'FORMAT'],
    ['{"a":"x","b":2}', 'SIGNATURE'],
    ['{}', 'SIGNATURE'],
    [null, 'SIGNATURE'],
    [`{"a":"${'x'.repeat(17_000)}"}`, 'LIMIT'],
  ])('%s: %s', async (metadata, code) => {
    expect(await outcome({ metadata })).toBe(code)
  })
})

describe('rows of recipients', () => {
  const [first, second] = rows.recipients

  test('come in any order', async () => {
    expect(await outcomeOfRecipients([second, first])).toBe('none')
  })

  test.each([
    ['none', []],
    ['only the second', [second]],
    ['the first twice', [first, first]],
    ['a hole', [first, { ...second, position: 2 }]],
    ['a position that is text', [first, { ...second, position: '1' }]],
    ['a negative position', [{ ...first, position: -1 }, second]],
    [
      'positions exchanged',
      [
        { ...first, position: 1 },
        { ...second, position: 0 },
      ],
    ],
    [
      'a wrapped key at position 0',
      [{ ...first, encrypted_key: rows.envelope.encrypted_key }, second],
    ],
    ['no wrapped key at position 1', [first, { ...second, encrypted_key: null }]],
    [
      'a label that differs from the envelope',
      [{ ...first, receiver_public_key_id: 'bob-2' }, second],
    ],
    ['no label, where the envelope has one', [{ ...first, receiver_public_key_id: null }, second]],
    ['an empty label', [first, { ...second, receiver_public_key_id: '' }]],
    ['a short fingerprint', [first, { ...second, fingerprint: second?.fingerprint.slice(1) }]],
    ['a fingerprint as text', [first, { ...second, fingerprint: '\\x00' }]],
    ['a fingerprint that is missing', [first, { ...second, fingerprint: undefined }]],
    ["the primary's fingerprint", [first, { ...second, fingerprint: first?.fingerprint }]],
  ])('%s: FORMAT', async (_name, recipients) => {
    expect(await outcomeOfRecipients(recipients)).toBe('FORMAT')
  })

  test('that are no list: FORMAT', async () => {
    expect(await outcomeOf(() => fromRow({ ...rows, recipients: undefined } as never))).toBe(
      'FORMAT',
    )
  })
})

test.each(Object.keys(rows.envelope))('column %s of another type: FORMAT', async (column) => {
  for (const value of [5, true, {}, [], new Uint8Array(12)]) {
    expect(await outcome({ [column]: value }), String(value)).toBe('FORMAT')
  }
})

test('a row that is empty: FORMAT', async () => {
  expect(await outcomeOf(() => fromRow({ envelope: {}, recipients: [] } as never))).toBe('FORMAT')
})
