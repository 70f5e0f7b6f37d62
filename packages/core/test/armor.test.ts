import { armor, dearmor, decode, encode, open, seal } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mutatedText } from '../../../test/support/fuzz'
import { people } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'

const { alice, bob } = await people('alice', 'bob')
const BEGIN = '-----BEGIN ZKEB ENVELOPE-----\n'
const END = '-----END ZKEB ENVELOPE-----\n'
/** Envelopes whose Base64 ends in one and two signs of padding and none, and in a full line. */
const envelopes = await Promise.all(
  Array.from({ length: 48 }, (_, length) =>
    seal('x'.repeat(length), { to: bob.public, from: alice, now: 1_000 }),
  ),
)
const envelope = envelopes[1] as (typeof envelopes)[0]
const text = armor(envelope)
const lines = text.split('\n').slice(1, -2)
const wrap = (body: string) => `${BEGIN}${body}\n${END}`
const base64 = lines.join('')

describe('armor', () => {
  test('Base64 in lines of 64 characters between two lines', () => {
    expect(text.startsWith(BEGIN) && text.endsWith(`\n${END}`)).toBe(true)
    expect(lines.slice(0, -1).every((line) => line.length === 64)).toBe(true)
    expect(lines.at(-1)?.length).toBeLessThanOrEqual(64)
    expect(Buffer.from(base64, 'base64').equals(encode(envelope))).toBe(true)
  })

  test('takes every shape', () => {
    expect(armor(encode(envelope))).toBe(text)
    expect(armor(JSON.stringify(envelope))).toBe(text)
    expect(armor(decode(envelope))).toBe(text)
  })

  test('a bad envelope: refused', async () => {
    expect(await outcomeOf(() => armor(new Uint8Array(4)))).toBe('FORMAT')
  })
})

describe('dearmor', () => {
  test('gives the binary form, whatever the length of the last line', () => {
    const lengths = new Set<number>()
    for (const it of envelopes) {
      expect(Buffer.from(dearmor(armor(it))).equals(encode(it))).toBe(true)
      lengths.add(armor(it).split('\n').at(-3)?.length ?? 0)
    }
    expect(lengths.has(64)).toBe(true)
    expect(lengths.size).toBe(16)
  })

  test('opens', async () => {
    const opened = await open(dearmor(armor(envelopes[3] as typeof envelope)), {
      as: bob,
      from: alice.public,
    })
    expect(opened.text()).toBe('xxx')
  })

  const crlf = text.replaceAll('\n', '\r\n')
  test.each([
    ['CR LF', crlf],
    ['no line end at the end', text.trimEnd()],
    ['empty lines around', `\n\r\n \t${text}\n\n  \n`],
    ['CR LF, and none at the end', crlf.trimEnd()],
  ])('%s: taken', (_name, variant) => {
    expect(Buffer.from(dearmor(variant)).equals(encode(envelope))).toBe(true)
  })

  const unpadded = base64.replace(/=+$/, '')
  // The ideas of the C2SP CCTV cases for the armor of age.
  test.each([
    ['nothing', ''],
    ['an empty body', `${BEGIN}${END}`],
    ['an empty line for a body', wrap('')],
    ['no begin line', text.slice(BEGIN.length)],
    ['no end line', text.slice(0, -END.length)],
    ['only the begin line', BEGIN],
    ['only the end line', END],
    ['begin and end in one line', `${BEGIN.trim()}${END}`],
    ['a lower-case begin line', text.replace('BEGIN', 'begin')],
    ['another label', text.replaceAll('ZKEB', 'AGE')],
    ['labels that differ', text.replace('END ZKEB ENVELOPE', 'END ZKEB STREAM')],
    ['garbage before', `garbage\n${text}`],
    ['garbage after', `${text}garbage`],
    ['garbage on the begin line', text.replace(BEGIN, `${BEGIN.trim()}garbage\n`)],
    ['garbage on the end line', `${text.trim()}garbage\n`],
    ['a space after the begin line', text.replace(BEGIN, `${BEGIN.trim()} \n`)],
    ['a space before the end line', text.replace('-----END', ' -----END')],
    ['a header', text.replace(BEGIN, `${BEGIN}Comment: x\n\n`)],
    ['two of them', `${text}${text}`],
    ['an empty line after the begin line', text.replace(BEGIN, `${BEGIN}\n`)],
    ['an empty line before the end line', text.replace(END, `\n${END}`)],
    ['an empty line within', wrap(lines.join('\n').replace('\n', '\n\n'))],
    ['a space within a line', wrap(`${lines[0]?.slice(0, 9)} ${lines.join('\n').slice(9)}`)],
    ['a space at the end of a line', wrap(lines.join(' \n'))],
    ['a tab at the start of a line', wrap(lines.join('\n\t'))],
    ['CR alone', text.replaceAll('\n', '\r')],
    ['CR CR LF', text.replaceAll('\n', '\r\r\n')],
    ['a vertical tab', wrap(lines.join('\n\v'))],
    ['one long line', wrap(base64)],
    ['lines of 76 characters', wrap(base64.replaceAll(/.{76}/g, '$&\n'))],
    ['lines of 60 characters', wrap(base64.replaceAll(/.{60}/g, '$&\n'))],
    ['a short line before the last', wrap(`${base64.slice(0, 60)}\n${base64.slice(60)}`)],
    ['no padding', wrap(unpadded.replaceAll(/.{64}/g, '$&\n'))],
    ['too much padding', wrap(`${lines.join('\n')}=`)],
    ['padding within', wrap([`${lines[0]?.slice(0, 62)}==`, ...lines.slice(1)].join('\n'))],
    ['the URL alphabet', text.replaceAll('+', '-').replaceAll('/', '_')],
    ['a character of no alphabet', wrap(lines.join('\n').replace(/^./, '*'))],
    ['U+0141', wrap(lines.join('\n').replace(/^./, '\u0141'))],
    ['a byte-order mark within', wrap(`\ufeff${lines.join('\n')}`)],
    ['JSON', JSON.stringify(envelope)],
  ])('%s: FORMAT', async (_name, variant) => {
    expect(variant).not.toBe(text)
    expect(await outcomeOf(() => dearmor(variant))).toBe('FORMAT')
  })

  test('unused bits of the last character: FORMAT', async () => {
    const padded = envelopes.find((it) => armor(it).includes('==\n')) as typeof envelope
    const altered = armor(padded).replace(/.==\n/, (end) =>
      end.replace(/^./, (last) => String.fromCharCode(last.charCodeAt(0) + 1)),
    )
    expect(await outcomeOf(() => dearmor(altered))).toBe('FORMAT')
  })

  test('more than any envelope has: LIMIT', async () => {
    expect(await outcomeOf(() => dearmor(' '.repeat(100_000_000)))).toBe('LIMIT')
  })

  test('what is not text: misuse', async () => {
    expect(await misuseOf(() => dearmor(encode(envelope) as never))).toMatch(/^text: /)
    expect(await misuseOf(() => dearmor(undefined as never))).toMatch(/^text: /)
  })

  test('whatever is read is the one text of it', () => {
    const property = fc.property(mutatedText(text, armor(envelopes[20] as never)), (mutated) => {
      try {
        expect(armorOf(dearmor(mutated))).toBe(`${mutated.trim().replaceAll('\r\n', '\n')}\n`)
      } catch (error) {
        expect(error).toMatchObject({ code: 'FORMAT' })
      }
    })
    fc.assert(property, { numRuns: 500 })
  })
})

/** Written a second time, here. */
function armorOf(bytes: Uint8Array): string {
  const body = Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n')
  return wrap(body)
}
