import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { ENGINE_ROWS } from './support/databases'
import { openTestVault, type TestVault } from './support/vaults'

/** The same digits before Christ: `to_char` leaves the era out. */
const beforeChrist = (column: string) =>
  `(to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz`

/** [column, what is put into it, SQL of the value]; times that JavaScript or `to_char` cannot tell. */
const ODD_TIMES = ['created_at', 'expires_at'].flatMap((column) => [
  [column, '-infinity', "'-infinity'"] as const,
  [column, 'infinity', "'infinity'"] as const,
  [column, 'the same digits BC', beforeChrist(column)] as const,
  [column, '44 BC', "'0044-03-15 00:00:00+00 BC'"] as const,
  [column, 'the year 12026', "'12026-01-01 00:00:00+00'"] as const,
])

describe.each(ENGINE_ROWS)('times edited by hand, on $engine', ({ engine }) => {
  let t: TestVault
  beforeAll(async () => {
    t = await openTestVault(engine)
  })
  afterAll(() => t?.close())

  const asResponse = { as: 'response', from: 'vault' } as const
  const set = (id: string, column: string, value: string) =>
    t.database.query(`UPDATE envelopes SET ${column} = ${value} WHERE id = $1`, [id])

  test.each(ODD_TIMES)('%s: %s is FORMAT to opener and deliverer', async (column, _what, value) => {
    const { id } = await t.vault.send('x', { to: 'response', expiresInSeconds: 60 })
    await set(id, column, value)
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('FORMAT')
    expect(await codeOf(t.vault.deliver(id))).toBe('FORMAT')
  })

  test.each(['-infinity', 'infinity'])(
    'expires_at: %s is not the same as none, which is what was signed',
    async (value) => {
      const { id } = await t.vault.send('x', { to: 'response' })
      expect((await t.vault.open(id, asResponse)).text()).toBe('x')
      await set(id, 'expires_at', `'${value}'`)
      expect(await codeOf(t.vault.open(id, asResponse))).toBe('FORMAT')
      expect(await codeOf(t.vault.deliver(id))).toBe('FORMAT')
    },
  )
})
