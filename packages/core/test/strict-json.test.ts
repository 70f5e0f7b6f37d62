import { decode, isZkebError } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outcomeOf } from '../../../test/support/outcome'
import { parseStrictJson } from '../src/encoding/strict-json'

function parse(text: string): unknown {
  try {
    return parseStrictJson(text)
  } catch (error) {
    return isZkebError(error) ? error.code : String(error)
  }
}

describe('refused: FORMAT', () => {
  test.each([
    // A key twice, at any depth and in any spelling.
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"x":{"a":1,"a":2}}',
    '[[{"a":1,"a":2}]]',
    '{"a":{},"b":[{"c":1},{"c":1,"c":2}]}',
    '{"a":1,"\\u0061":2}',
    '{"\\u0061":1,"\\u0061":2}',
    '{"\\"":1,"\\u0022":2}',
    '{"é":1,"\\u00e9":2}',
    '{"\\/":1,"/":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"__proto__":1,"\\u005f_proto__":2}',
    '{"":1,"":2}',
    '{"a" :1,"a"\n:2}',
    '{"1":1,"1":2}',
    // Numbers that are not plain integers.
    '1.0',
    '[1.5]',
    '{"a":1e3}',
    '1E3',
    '1e-1',
    '-0',
    '[-0]',
    '-0.0',
    '0e0',
    '[0.0]',
    '9007199254740992',
    '-9007199254740992',
    '12345678901234567890',
    '1e400',
    '-1e400',
    '[1,2,3.0]',
    '{"a":[{"b":2.5}]}',
    '9999999999999999',
    // Not JSON at all.
    '',
    ' ',
    '{',
    '{"a":}',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '01',
    '+1',
    '.5',
    '1.',
    'NaN',
    'Infinity',
    'undefined',
    'nul',
    'truefalse',
    'nulll',
    'True',
    '[true false]',
    '[false,x]',
    '{a:1}',
    '"\n"',
    '"\\x41"',
    '\ufeff{}',
    '{}{}',
    '[1]x',
    '/*c*/{}',
    '\u00a0{}',
    '"\ud800',
  ])('%j', (text) => {
    expect(parse(text)).toBe('FORMAT')
  })
})

describe('taken', () => {
  test.each([
    'null',
    'true',
    '0',
    '-1',
    '9007199254740991',
    '-9007199254740991',
    '""',
    '[]',
    '{}',
    ' { "a" : [ 1 , { "a" : 2 } ] } ',
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '["a","a",{"a":"a"}]',
    '{"a":"\\"b\\":1","b":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a\\\\":1,"a":"\\\\"}',
    '{"k":"1.0","1.5":"-0"}',
    '{"1e3":1}',
    '{"a":":","b":"\\\\\\":"}',
    '"\\ud800"',
    '{"10":1,"9":2,"b":3}',
  ])('%s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  test('__proto__ becomes a member of its own, and pollutes nothing', () => {
    const value = parse('{"__proto__":{"polluted":1}}') as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect('polluted' in value).toBe(false)
    expect('polluted' in {}).toBe(false)
  })
})

test('property: what JSON.stringify writes of plain integers is taken as it is', () => {
  const text = fc.string({ unit: 'binary', maxLength: 8 })
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false, 0, '', '"', '\\', ':', '":'),
      fc.maxSafeInteger(),
      text,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(text, tie('value'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, '\t'), (any, space) => {
      const json = JSON.stringify(any, null, space)
      expect(JSON.stringify(parse(json))).toBe(JSON.stringify(JSON.parse(json)))
    }),
    { numRuns: 150 },
  )
})

test('property: a member that stands twice is refused wherever it stands', () => {
  const key = fc.string({ unit: 'grapheme', maxLength: 5 })
  const spell = (name: string) =>
    `"${Array.from({ length: name.length }, (_, i) => `\\u${name.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
  fc.assert(
    fc.property(key, fc.nat(20), fc.boolean(), (name, depth, asArray) => {
      const inner = `{${JSON.stringify(name)}:1,"other${name}":2,${spell(name)}:3}`
      const [open, close] = asArray ? ['[', ']'] : ['{"n":', '}']
      expect(parse(open.repeat(depth) + inner + close.repeat(depth))).toBe('FORMAT')
    }),
  )
})

describe('hostile sizes are refused', () => {
  const MEGA = 1_000_000
  const CASES: Record<string, () => string> = {
    '100 000 arrays within each other': () => '['.repeat(100_000) + ']'.repeat(100_000),
    '100 000 objects within each other': () => '{"a":'.repeat(100_000) + 1 + '}'.repeat(100_000),
    '100 000 open brackets': () => '['.repeat(100_000),
    'a string of 40 MB': () => `{"a":"${'x'.repeat(40 * MEGA)}","a":1}`,
    'a string of 10 MB of two-byte characters': () => `{"a":"${'ł'.repeat(5 * MEGA)}","a":1}`,
    'a string of 5 million escapes': () => `{"a":"${'\\n'.repeat(5 * MEGA)}","a":1}`,
    'a string of 5 million escaped quotes': () => `{"a":"${'\\"'.repeat(5 * MEGA)}","a":1}`,
    'a string of 10 million backslashes': () => `{"a":"${'\\'.repeat(10 * MEGA)}","a":1}`,
    'a word of 10 million letters': () => `[${'x'.repeat(10 * MEGA)}]`,
    '5 million words': () => `[${'true '.repeat(5 * MEGA)}]`,
    '5 million quotes': () => '"'.repeat(5 * MEGA),
    'a million \\u escapes': () => `{"a":"${'\\u0061'.repeat(MEGA)}","a":1}`,
    '10 MB of white space before a colon': () => `{"a"${' '.repeat(10 * MEGA)}:1,"a":2}`,
    '10 MB of white space after a string': () => `["a"${' '.repeat(10 * MEGA)},1.5]`,
    'a number of 5 million digits': () => `[${'1'.repeat(5 * MEGA)}]`,
    '300 000 members, one twice': () =>
      `{${Array.from({ length: 300_000 }, (_, i) => `"${i}":0`).join()},"7":0}`,
    'a million numbers, and a fraction': () => `[${'1,'.repeat(MEGA)}0.5]`,
  }

  test.each(Object.keys(CASES))('%s', (name) => {
    const text = CASES[name]?.() ?? ''
    expect(parse(text)).toMatch(/^(FORMAT|LIMIT)$/)
  })

  test('more characters than any envelope has: LIMIT', () => {
    const longest = 96 * 1024 * 1024
    expect(parse(`0${' '.repeat(longest)}`)).toBe('LIMIT')
    expect(parse(`0${' '.repeat(longest - 1)}`)).toBe(0)
  })

  test('decode() of such texts: FORMAT', async () => {
    for (const name of ['a string of 5 million escapes', '100 000 open brackets']) {
      expect(await outcomeOf(() => decode(CASES[name]?.() ?? ''))).toBe('FORMAT')
    }
  })
})
