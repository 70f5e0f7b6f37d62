import { open, type StandardSchema, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people } from '../../../test/support/identities'
import { errorOf, outcomeOf } from '../../../test/support/outcome'

const { alice, bob } = await people('alice', 'bob')
const opened = async (data: Parameters<typeof seal>[0]) =>
  open(await seal(data, { to: bob.public, from: alice }), { as: bob, from: alice.public })

function schema<T>(validate: StandardSchema<T>['~standard']['validate']): StandardSchema<T> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

describe('text()', () => {
  test.each([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80]])(
    'bytes that are no UTF-8: FORMAT',
    async (...bytes) => {
      const it = await opened(Uint8Array.from(bytes))
      expect(await outcomeOf(() => it.text())).toBe('FORMAT')
      expect(await outcomeOf(() => it.json())).toBe('FORMAT')
      expect(it.bytes).toEqual(Uint8Array.from(bytes))
    },
  )
})

describe('json()', () => {
  test('what is not JSON: FORMAT, and the message quotes nothing', async () => {
    const it = await opened('my secret text')
    const error = await errorOf(() => it.json())
    expect(error).toMatchObject({ code: 'FORMAT' })
    expect(error).not.toHaveProperty('cause')
    expect(String(error) + (error as { hint: string }).hint).not.toContain('secret')
  })
})

describe('json(schema)', () => {
  const double = schema((value) => ({ value: Number((value as { n: unknown }).n) * 2 }))

  test('gives what the schema makes of it', async () => {
    expect(await (await opened({ n: 21 })).json(double)).toBe(42)
  })

  test('waits for a schema that takes its time', async () => {
    const slow = schema(async (value) => ({ value: [value] }))
    expect(await (await opened('7')).json(slow)).toEqual([7])
  })

  test('refusal: FORMAT, and the message quotes nothing', async () => {
    const picky = schema<never>((value) => ({
      issues: [{ message: `no ${JSON.stringify(value)}`, path: ['password'] } as never],
    }))
    const it = await opened({ password: 'hunter2' })
    const error = await errorOf(() => it.json(picky))
    expect(error).toMatchObject({ code: 'FORMAT' })
    expect(error).not.toHaveProperty('cause')
    expect(String(error)).not.toMatch(/hunter2|password/)
  })

  test('an empty list of issues is a refusal as well', async () => {
    const it = await opened({})
    expect(await outcomeOf(() => it.json(schema<never>(() => ({ issues: [] }))))).toBe('FORMAT')
  })

  test('what is not JSON: FORMAT, and the schema is not asked', async () => {
    const it = await opened('{')
    const fails = schema<never>(() => {
      throw new Error('was asked')
    })
    expect(await outcomeOf(async () => it.json(fails))).toBe('FORMAT')
  })
})
