import { isZkebError, ZkebError } from '@zkeb/core'
import { describe, expect, test, vi } from 'vitest'
import { ERROR_CODES } from '../src/errors'

const CODES = [
  'FORMAT',
  'VERSION',
  'SUITE_NOT_ALLOWED',
  'SIGNER_UNKNOWN',
  'SIGNATURE',
  'NOT_RECIPIENT',
  'EXPIRED',
  'REPLAYED',
  'TRUNCATED',
  'LIMIT',
  'KEY',
  'RUNTIME',
  'MANIFEST',
  'ROLLBACK',
  'FORK',
  'CHANGED',
  'OPEN',
  'SHARES',
  'CODE',
  'COMPACTION_UNKNOWN',
  'CONFLICT',
] as const

test('the table of codes is the documented one', () => {
  expect(Object.keys(ERROR_CODES).sort()).toEqual([...CODES].sort())
})

describe('ZkebError', () => {
  test('is an Error with a code and a hint', () => {
    const cause = new Error('below')
    const error = new ZkebError('KEY', 'no good', { hint: 'make another', cause })
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('ZkebError')
    expect([error.code, error.message, error.hint, error.cause]).toEqual([
      'KEY',
      'no good',
      'make another',
      cause,
    ])
    expect(String(error)).toBe('ZkebError: no good')
    expect(error.stack).toContain('errors.test')
  })

  test('has no cause and an empty hint where none is given', () => {
    const error = new ZkebError('OPEN', 'x')
    expect(error.hint).toBe('')
    expect('cause' in error).toBe(false)
  })
})

describe('isZkebError', () => {
  test('tells codes apart', () => {
    const error: unknown = new ZkebError('EXPIRED', 'x')
    expect(isZkebError(error)).toBe(true)
    expect(isZkebError(error, 'EXPIRED')).toBe(true)
    expect(isZkebError(error, 'OPEN')).toBe(false)
  })

  test.each([
    undefined,
    null,
    0,
    'EXPIRED',
    new Error('x'),
    { code: 'EXPIRED' },
    Symbol('x'),
    () => 1,
  ])('not %s', (value) => {
    expect(isZkebError(value)).toBe(false)
    expect(isZkebError(value, 'EXPIRED')).toBe(false)
  })

  test('works across copies of the package, where instanceof does not', async () => {
    vi.resetModules()
    const copy = await import('@zkeb/core')
    expect(copy.ZkebError).not.toBe(ZkebError)
    const error = new copy.ZkebError('OPEN', 'x')
    expect(error instanceof ZkebError).toBe(false)
    expect(isZkebError(error, 'OPEN')).toBe(true)
    expect(copy.isZkebError(new ZkebError('OPEN', 'x'), 'OPEN')).toBe(true)
  })

  test('knows codes of other packages', () => {
    expect(isZkebError(new ZkebError<string>('MIGRATION', 'x'), 'MIGRATION')).toBe(true)
  })
})
