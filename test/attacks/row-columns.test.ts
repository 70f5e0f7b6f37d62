/** Attack: somebody with write access to the database edits an envelope's rows, column by column. */

import { type EnvelopeRow, type EnvelopeRows, fromRow, open, seal, toRow } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people, person } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const { carol } = await people('carol')
const alice = await person('alice', { signing: 'alice-s' })
const bob = await person('bob', { encryption: 'bob-e' })
const bobAgain = await person('bob', { encryption: 'bob-e-2' })

const common = { from: alice, now: 1_700_000_000_000 }
const rows = toRow(
  await seal('hello', {
    ...common,
    to: [bob.public, carol.public],
    metadata: { n: 1 },
    expiresAt: 1_900_000_000_000,
  }),
)
const other = toRow(
  await seal('HELLO', {
    ...common,
    to: [bobAgain.public, carol.public],
    from: await person('alice', { signing: 'alice-s-2' }),
    now: 1_700_000_000_001,
    metadata: { n: 2 },
    expiresAt: 1_900_000_000_001,
  }),
)

type Column = keyof EnvelopeRow
const COLUMNS = [
  'id',
  'encrypted_data',
  'encrypted_key',
  'signature',
  'iv',
  'auth_tag',
  'algorithm',
  'key_algorithm',
  'signature_algorithm',
  'receiver_public_key_id',
  'sender_private_key_id',
  'metadata',
  'created_at',
  'expires_at',
] as const satisfies readonly Column[]
const BASE64: readonly Column[] = ['encrypted_data', 'encrypted_key', 'signature', 'iv', 'auth_tag']
const REFUSALS = ['FORMAT', 'SUITE_NOT_ALLOWED', 'SIGNATURE', 'OPEN', 'EXPIRED']

const openRows = (edited: EnvelopeRows) =>
  outcomeOf(() => open(fromRow(edited), { as: bob, from: alice.public, now: 1_800_000_000_000 }))
const withColumns = (change: Partial<Record<Column, unknown>>): EnvelopeRows => ({
  envelope: { ...rows.envelope, ...change } as EnvelopeRow,
  recipients: rows.recipients,
})
/** The label of the primary recipient stands in both tables: an attacker edits both. */
const withLabel = (label: string | null): EnvelopeRows => ({
  envelope: { ...rows.envelope, receiver_public_key_id: label },
  recipients: rows.recipients.map((row, i) =>
    i > 0 ? row : { ...row, receiver_public_key_id: label },
  ),
})

test('untouched, both open', async () => {
  expect(await openRows(rows)).toBe('none')
  expect(await openRows(other)).toBe('none')
  expect(Object.keys(rows.envelope).sort()).toEqual([...COLUMNS].sort())
})

describe.each(COLUMNS)('column %s', (column) => {
  test('taken from another envelope of the same sender and recipients: refused', async () => {
    const same = rows.envelope[column] === other.envelope[column]
    expect(same).toBe(/algorithm$/.test(column))
    const expected = same ? 'none' : column === 'iv' ? 'OPEN' : 'SIGNATURE'
    if (column === 'receiver_public_key_id') {
      expect(await openRows(withLabel(other.envelope[column]))).toBe('SIGNATURE')
      expect(await openRows(withColumns({ [column]: other.envelope[column] }))).toBe('FORMAT')
      return
    }
    expect(await openRows(withColumns({ [column]: other.envelope[column] }))).toBe(expected)
  })

  test('emptied: refused', async () => {
    expect(REFUSALS).toContain(await openRows(withColumns({ [column]: '' })))
  })

  test('set to NULL: refused', async () => {
    expect(REFUSALS).toContain(await openRows(withColumns({ [column]: null })))
  })

  test('changed at every character: refused', async () => {
    const text = String(rows.envelope[column])
    for (let i = 0; i < text.length; i++) {
      const c = text[i] === 'A' ? 'B' : text[i] === '1' ? '2' : 'A'
      const changed = text.slice(0, i) + c + text.slice(i + 1)
      const outcome = await openRows(withColumns({ [column]: changed }))
      expect(REFUSALS, `${column}, character ${i}: ${outcome}`).toContain(outcome)
    }
  })

  test('exchanged with every other column: refused', async () => {
    for (const target of COLUMNS.filter((name) => name !== column)) {
      const { [column]: here, [target]: there } = rows.envelope
      if (here === there) continue
      const outcome = await openRows(withColumns({ [column]: there, [target]: here }))
      expect(REFUSALS, `${column} ↔ ${target}: ${outcome}`).toContain(outcome)
    }
  })
})

describe.each(BASE64)('bytes of column %s', (column) => {
  test('cut, lengthened, or turned round: refused', async () => {
    const bytes = Buffer.from(String(rows.envelope[column]), 'base64')
    const variants = [
      bytes.subarray(1),
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), bytes]),
      Buffer.from(bytes).reverse(),
      Buffer.alloc(bytes.length),
    ]
    for (const variant of variants) {
      expect(REFUSALS).toContain(
        await openRows(withColumns({ [column]: variant.toString('base64') })),
      )
    }
  })
})

describe('rows of recipients', () => {
  const [first, second] = rows.recipients
  const [otherFirst, otherSecond] = other.recipients
  const withRecipients = (...recipients: unknown[]) =>
    openRows({ ...rows, recipients: recipients as never })

  test('a row removed: refused', async () => {
    expect(await withRecipients(first)).toBe('SIGNATURE')
    expect(await withRecipients(second)).toBe('FORMAT')
  })

  test('a row added: refused', async () => {
    const added = { ...second, position: 2, fingerprint: new Uint8Array(32).fill(255) }
    expect(await withRecipients(first, second, added)).toBe('SIGNATURE')
  })

  test.each(['fingerprint', 'encrypted_key', 'receiver_public_key_id'] as const)(
    '%s of the second changed: refused',
    async (column) => {
      const value = {
        fingerprint: new Uint8Array(32).fill(255),
        encrypted_key: otherSecond?.encrypted_key,
        receiver_public_key_id: 'new',
      }[column]
      expect(await withRecipients(first, { ...second, [column]: value })).toBe('SIGNATURE')
    },
  )

  test('the whole row of another envelope: refused', async () => {
    expect(await withRecipients(first, otherSecond)).toBe('SIGNATURE')
    expect(await withRecipients(otherFirst, second)).toBe('FORMAT')
    expect(await openRows({ envelope: rows.envelope, recipients: other.recipients })).toBe('FORMAT')
  })

  test('the fingerprint of the primary changed: refused', async () => {
    expect(await withRecipients({ ...first, fingerprint: new Uint8Array(32) }, second)).toBe(
      'SIGNATURE',
    )
  })
})
