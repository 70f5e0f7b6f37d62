import { isZkebError } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { fromBase64, toBase64 } from '../src/encoding/base64'

/** RFC 4648 §4 with padding, unused bits zero. */
const CANONICAL =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}[048AEIMQUYcgkosw]=|[A-Za-z0-9+/][AQgw]==)?$/

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Written from the RFC, without the platform's decoder. */
function decodeByHand(text: string): number[] {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 4) {
    const bits = [...text.slice(i, i + 4)].reduce(
      (n, c) => n * 64 + Math.max(0, ALPHABET.indexOf(c)),
      0,
    )
    bytes.push(bits >> 16, (bits >> 8) & 0xff, bits & 0xff)
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return bytes.slice(0, bytes.length - padding)
}

function decode(text: string): number[] | string {
  try {
    return [...fromBase64(text, 'x')]
  } catch (error) {
    return isZkebError(error) ? error.code : String(error)
  }
}

const expected = (text: string) => (CANONICAL.test(text) ? decodeByHand(text) : 'FORMAT')

const textNearBase64 = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...ALPHABET) },
    { weight: 2, arbitrary: fc.constant('=') },
    fc.constantFrom(
      '-',
      '_',
      ' ',
      '\n',
      '\r',
      '\t',
      '\f',
      '\0',
      '.',
      ',',
      ':',
      '%',
      '\u00a0',
      '\ufeff',
    ),
    // Characters whose low byte is one of the alphabet.
    fc.constantFrom(...[...ALPHABET, '='].map((c) => String.fromCharCode(c.charCodeAt(0) + 0x100))),
    fc.string({ unit: 'grapheme', maxLength: 1 }),
  ),
  { maxLength: 24 },
)

describe('properties', () => {
  test('bytes come back, and the text is canonical', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = toBase64(bytes)
        expect(text).toMatch(CANONICAL)
        expect(decode(text)).toEqual([...bytes])
      }),
    )
  })

  test('exactly the canonical texts are taken', () => {
    fc.assert(
      fc.property(textNearBase64, (characters) => {
        const text = characters.join('')
        expect(decode(text)).toEqual(expected(text))
      }),
      { numRuns: 5_000 },
    )
  })

  test('one changed character is noticed', () => {
    const change = fc.tuple(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.nat(),
      fc.nat(0xffff),
    )
    fc.assert(
      fc.property(change, ([bytes, at, code]) => {
        const text = toBase64(bytes)
        const i = at % text.length
        const other = text.slice(0, i) + String.fromCharCode(code) + text.slice(i + 1)
        expect(decode(other)).toEqual(expected(other))
      }),
      { numRuns: 2_000 },
    )
  })
})

test('every text of four characters that ends in padding', () => {
  for (const a of ALPHABET) {
    expect(decode(`A${a}==`)).toEqual(expected(`A${a}==`))
    expect(decode(`AA${a}=`)).toEqual(expected(`AA${a}=`))
  }
})

test('every character up to U+01FF, and samples beyond, at every place of a group', () => {
  const accepted = new Set<string>()
  for (let code = 0; code <= 0xffff; code += code < 0x200 ? 1 : 0x41) {
    const c = String.fromCharCode(code)
    for (const text of [
      `${c}AAAAAAA`,
      `A${c}AAAAAA`,
      `AA${c}AAAAA`,
      `AAA${c}AAAA`,
      `AAAA${c}AAA`,
    ]) {
      if (decode(text) !== 'FORMAT') accepted.add(c)
    }
  }
  expect([...accepted].sort().join('')).toBe([...ALPHABET].sort().join(''))
})

test.each([
  'A',
  'AA',
  'AAA',
  '=',
  '==',
  '====',
  'A===',
  'AA=A',
  'AA==AA==',
  'AAAA=',
  'AAAA====',
  'AAA=AAAA',
  'AA ==',
  'AA\n==',
  ' AAAA',
  'AAAA ',
  'AAAA\n',
  'AA-_',
  'AB==',
  'AAB=',
  '\u0141AAA',
  'AAAA\u0141AAA',
  'ＡＡＡＡ',
  'AAAA\0AAA',
])('%j: FORMAT', (text) => {
  expect(decode(text)).toBe('FORMAT')
})

test('the empty text is no bytes', () => {
  expect(decode('')).toEqual([])
})

test('8 MiB come back', () => {
  const bytes = patternBytes(8 * 1024 * 1024)
  expect(Buffer.compare(fromBase64(toBase64(bytes), 'x'), bytes)).toBe(0)
})
