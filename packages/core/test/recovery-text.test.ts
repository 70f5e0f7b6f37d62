import { decodeShare, encodeShare, inspectShare, shareQr } from '@zkeb/core/recovery'
import fc from 'fast-check'
import jsQR from 'jsqr'
import { describe, expect, test } from 'vitest'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'
import { readSvg } from '../../../test/support/qr'
import { faultOf, makeSet } from '../../../test/support/shares'

const ALPHABET = 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'
const { shares, share, setId } = await makeSet(3, 5)
const largest = (await makeSet(16, 16)).share(1)
const lines = encodeShare(share(1)).split('\n')
const withLines = (changed: Record<number, string>) =>
  lines.map((line, i) => changed[i + 1] ?? line).join('\n')
const withLine = (number: number, line: string) => withLines({ [number]: line })
/** Numbers of the lines that are refused. */
const wrongLines = async (text: string) => (await faultOf(() => decodeShare(text)))?.lines

describe('lines', () => {
  test('are short, numbered, and read back', () => {
    for (const bytes of [...shares, largest]) {
      const text = encodeShare(bytes)
      expect(text).toMatch(/^(?:\d\d( [A-Z0-9]{5}){6}\n)+\d\d( [A-Z0-9]{5})+( [A-Z0-9]{1,4})?$/)
      expect(text.replace(/\d\d /, '')).not.toMatch(/[BIO]/)
      expect(decodeShare(text)).toEqual(bytes)
    }
  })

  test('every wrong letter of a line is found, and the line named', async () => {
    for (const place of [...(lines[3] as string)].keys()) {
      const letter = lines[3]?.[place]
      if (place < 3 || letter === ' ') continue
      for (const wrong of `${ALPHABET}BIO1!`) {
        if (wrong === letter) continue
        const line = lines[3]?.slice(0, place) + wrong + lines[3]?.slice(place + 1)
        expect(await wrongLines(withLine(4, line))).toEqual([4])
      }
    }
  })

  test('up to four wrong letters of a line are found', async () => {
    const letters = (lines[1] as string).slice(3).replaceAll(' ', '')
    const places = fc.uniqueArray(fc.nat(letters.length - 1), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(places, fc.array(fc.integer({ min: 1, max: 31 })), async (at, by) => {
        const typed = [...letters]
        for (const [i, place] of at.entries()) {
          const value = ALPHABET.indexOf(typed[place] as string)
          typed[place] = ALPHABET[value ^ (by[i] ?? 1)] as string
        }
        expect(await wrongLines(withLine(2, `02 ${typed.join('')}`))).toEqual([2])
      }),
    )
  })

  test('letters exchanged, left out or put in are found', async () => {
    const line = lines[4] as string
    const exchanged = line.replace(/ (\w*?)(\w)(?!\2)(\w)/, ' $1$3$2')
    expect(exchanged).not.toBe(line)
    const cases = [line.slice(0, -1), `${line}Q`, line.replace(' ', ' Q'), exchanged]
    for (const typed of cases) expect(await wrongLines(withLine(5, typed))).toEqual([5])
  })

  test('lines exchanged are both named; all wrong ones are named at once', async () => {
    const [, second = '', third = ''] = lines
    const exchanged = withLines({ 2: `02${third.slice(2)}`, 3: `03${second.slice(2)}` })
    expect(await wrongLines(exchanged)).toEqual([2, 3])
    expect(await wrongLines(withLines({ 1: '01 AAAAA', 5: '05' }))).toEqual([1, 5])
  })

  test('a line of another share is found by the proof', async () => {
    const mixed = withLine(4, encodeShare(share(2)).split('\n')[3] as string)
    expect((await faultOf(() => inspectShare(mixed, { setId })))?.reason).toBe('altered')
  })

  test('random text is refused, never anything else', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom(...lines, '99 Q', '1 Q', '\r', 'ZKEBSHARE1Q'))
        .map((it) => it.join('\n')),
    )
    await fc.assert(
      fc.asyncProperty(text, async (it) => {
        expect(['SHARES', 'none']).toContain(await outcomeOf(() => decodeShare(it)))
      }),
    )
  })

  test('the message names the lines, not what was typed', async () => {
    const error = await errorOf(() => decodeShare(withLine(3, '03 HELLO')))
    expect((error as Error).message).toBe('no good share; the 1st given: format in line 3')
  })

  test('what is no text, or no bytes, is misuse', async () => {
    expect(await misuseOf(() => decodeShare(share(1) as never))).toMatch(/^text/)
    expect(await misuseOf(() => encodeShare('01' as never))).toMatch(/^share/)
    expect(await outcomeOf(() => encodeShare(new Uint8Array(100)))).toBe('SHARES')
  })
})

describe('the QR code', () => {
  test.each([
    ['shortest', share(5)],
    ['longest', largest],
  ])('of the %s share is scanned back', async (_name, bytes) => {
    const { data, size } = readSvg(await shareQr(bytes), 4)
    const scanned = jsQR(data, size, size)?.data ?? ''
    expect(scanned).toMatch(/^ZKEBSHARE1[0-9A-Z]+$/)
    expect(decodeShare(scanned)).toEqual(bytes)
  })

  test('is an image that loads nothing', async () => {
    expect(await shareQr(share(1))).toMatch(
      /^<svg viewBox="0 0 \d+ \d+" xmlns="http:\/\/www\.w3\.org\/2000\/svg"><path d="[^"<>]+"\/><\/svg>$/,
    )
    expect(await outcomeOf(() => shareQr(new Uint8Array(93)))).toBe('SHARES')
  })
})
