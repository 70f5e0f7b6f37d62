/** RFC 8785, restricted as spec/envelope.md §1 says. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeJcs, isPlainObject } from '../src/encoding/jcs'

const jcs = (value: unknown, max = 1 << 20) =>
  Buffer.from(encodeJcs(value, 'metadata', max)).toString('utf8')

function refusal(value: unknown, max?: number): string {
  try {
    return `accepted: ${jcs(value, max)}`
  } catch (error) {
    return error instanceof Error ? error.name : 'no Error'
  }
}

describe('known answers', () => {
  test('RFC 8785 §3.2.3: names are sorted by UTF-16 code units', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      ö: 'Latin Small Letter O With Diaeresis',
    }
    const order = ['\r', '1', '\u0080', 'ö', '\u20ac', '\u{1f600}', '\ufb33']
    expect(Object.keys(JSON.parse(jcs(value)) as object).sort()).toEqual([...order].sort())
    const positions = order.map((name) => jcs(value).indexOf(JSON.stringify(name)))
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    expect(jcs(value).startsWith('{"\\r":"Carriage Return","1":"One","\u0080":')).toBe(true)
  })

  test('RFC 8785 §3.2.2.2: strings', () => {
    expect(jcs('\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/')).toBe(
      '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    )
    expect(jcs('\b\t\n\f\r\u000b\u001f\u007f\u2028')).toBe(
      '"\\b\\t\\n\\f\\r\\u000b\\u001f\u007f\u2028"',
    )
  })

  test.each([
    [null, 'null'],
    [true, 'true'],
    [0, '0'],
    [-0, '0'],
    [9007199254740991, '9007199254740991'],
    [-9007199254740991, '-9007199254740991'],
    [1e15, '1000000000000000'],
    [[], '[]'],
    [{}, '{}'],
    [[56, { d: true, 10: null, 1: [] }], '[56,{"1":[],"10":null,"d":true}]'],
    [{ b: 1, a: 2, '': 3, aa: 4, A: 5 }, '{"":3,"A":5,"a":2,"aa":4,"b":1}'],
  ])('%j is %s', (value, text) => {
    expect(jcs(value)).toBe(text)
  })

  test('__proto__ is a name like any other', () => {
    expect(jcs(JSON.parse('{"__proto__":{"a":1},"b":2}'))).toBe('{"__proto__":{"a":1},"b":2}')
  })

  test('an object without a prototype, and one of another realm', () => {
    expect(jcs(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}')
    expect(isPlainObject(Object.create(null))).toBe(true)
  })
})

describe('refused: TypeError', () => {
  class Point {
    x = 1
  }
  test.each([
    0.5,
    1e21,
    9007199254740992,
    -9007199254740992,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    undefined,
    1n,
    Symbol('x'),
    () => 1,
    new Date(),
    new Map(),
    new Uint8Array(1),
    new Point(),
    'a\0',
    '\ud800',
    'x\udc00x',
    '\udc00\ud800',
  ])('%s', (value) => {
    expect(refusal(value)).toBe('TypeError')
    expect(refusal([value])).toBe('TypeError')
    expect(refusal({ a: { b: value } })).toBe('TypeError')
  })

  test('names with U+0000 or a lone surrogate', () => {
    expect(refusal({ 'a\0': 1 })).toBe('TypeError')
    expect(refusal({ '\ud800': 1 })).toBe('TypeError')
  })

  test('holes', () => {
    expect(refusal(new Array(3))).toBe('TypeError')
  })

  test('cycles', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(refusal(cycle)).toBe('TypeError')
  })
})

describe('limits', () => {
  const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown
  test('32 levels are taken, 33 are not', () => {
    expect(refusal(nested(32))).toMatch(/^accepted/)
    expect(refusal(nested(33))).toBe('TypeError')
    expect(refusal(nested(10_000))).toBe('TypeError')
  })

  test('bytes are counted, not characters', () => {
    expect(refusal('łł', 6)).toMatch(/^accepted/)
    expect(refusal('łł', 5)).toBe('RangeError')
  })

  test('messages quote nothing of the value', () => {
    for (const secret of [{ secret: 0.5 }, { a: ['secret\0'] }, { 'secret\ud800': 1 }]) {
      expect(() => jcs(secret)).toThrow(/^metadata: (?!.*secret)/)
    }
  })
})

const text = fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0'))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, 0),
    fc.maxSafeInteger(),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}))

describe('properties', () => {
  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(JSON.parse(jcs(any))).toEqual(JSON.parse(JSON.stringify(any)))
      }),
    )
  })

  test('parsing and writing again gives the same text', () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(jcs(JSON.parse(jcs(any)))).toBe(jcs(any))
      }),
    )
  })

  test('does not depend on the order of insertion', () => {
    const reverse = (any: unknown): unknown => {
      if (Array.isArray(any)) return any.map(reverse)
      if (typeof any !== 'object' || any === null) return any
      const entries = Object.entries(any).reverse()
      return Object.fromEntries(entries.map(([key, child]) => [key, reverse(child)]))
    }
    fc.assert(
      fc.property(value, (any) => {
        expect(jcs(reverse(any))).toBe(jcs(any))
      }),
    )
  })

  test('two different values give different texts', () => {
    const isSame = (a: unknown, b: unknown) =>
      JSON.stringify(normal(a)) === JSON.stringify(normal(b))
    const normal = (any: unknown): unknown => {
      if (Array.isArray(any)) return any.map(normal)
      if (typeof any !== 'object' || any === null) return any
      return Object.entries(any)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, child]) => [`k${key}`, normal(child)])
        .concat(['object'])
    }
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(jcs(a) === jcs(b)).toBe(isSame(a, b))
      }),
    )
  })
})

test('one object a billion times over is found too large before it is written', () => {
  let value: unknown = { a: 1 }
  for (let level = 0; level < 30; level++) value = { a: value, b: value }
  expect(refusal(value, 16_384)).toBe('RangeError')
})
