import { expect, test } from 'vitest'
import { hexToBytes } from '../../../test/support/bytes'
import { misuseOf } from '../../../test/support/outcome'
import { normalizeWords, sameWords, toWords } from '../src/encoding/words'

/** Entropy and mnemonic of BIP-39's own vectors; the last word, which holds the checksum, is left off: 121 bits are 11 words. */
const BIP39 = [
  ['00000000000000000000000000000000', 'abandon '.repeat(11)],
  [
    '7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f',
    'legal winner thank year wave sausage worth useful legal winner thank',
  ],
  [
    '80808080808080808080808080808080',
    'letter advice cage absurd amount doctor acoustic avoid letter advice cage',
  ],
  ['ffffffffffffffffffffffffffffffff', 'zoo '.repeat(11)],
  [
    '9e885d952ad362caeb4efe34a8e91bd2',
    'ozone drill grab fiber curtain grace pudding thank cruise elder eight',
  ],
] as const

test.each(BIP39)('words of %s are those of BIP-39', async (entropy, mnemonic) => {
  const bytes = hexToBytes(entropy)
  expect(await toWords(bytes, 11)).toBe(mnemonic.trim())
  expect(await toWords(bytes, 6)).toBe(mnemonic.trim().split(' ').slice(0, 6).join(' '))
})

test('a view over shared memory is read where it lies', async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(12)).fill(0xff)
  shared.fill(0, 2, 11)
  expect(await toWords(shared.subarray(2, 11), 6)).toBe('abandon '.repeat(6).trim())
})

test('bytes that change while the list is loaded do not count', async () => {
  const bytes = new Uint8Array(9)
  const words = toWords(bytes, 6)
  bytes.fill(0xff)
  expect(await words).toBe('abandon '.repeat(6).trim())
})

test('exactly enough bytes are enough, one fewer is refused', async () => {
  expect(await toWords(new Uint8Array(11), 8)).toBe('abandon '.repeat(8).trim())
  expect(await misuseOf(() => toWords(new Uint8Array(8), 6))).toMatch(/^bytes:/)
})

test.each([0, -1, 1.5, Number.NaN])('a count of %s is refused', async (count) => {
  expect(await misuseOf(() => toWords(new Uint8Array(32), count))).toMatch(/^count:/)
})

test('words are compared however they were typed', async () => {
  const words = await toWords(hexToBytes(BIP39[1][0]), 6)
  const typed = ` ${words.toUpperCase().replaceAll(' ', '\u00a0\n\t ')}\r\n`
  expect(normalizeWords(typed)).toBe(words)
  expect(normalizeWords('ｌｅｇａｌ　ｗｉｎｎｅｒ')).toBe('legal winner')
  expect(sameWords(words, typed)).toBe(true)
  expect(sameWords(words, words.replace('legal', 'letter'))).toBe(false)
  expect(sameWords(words, words.split(' ').slice(0, 5).join(' '))).toBe(false)
  expect(sameWords(words, words.replaceAll(' ', ''))).toBe(false)
})
