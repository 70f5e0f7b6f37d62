/** The armored text of an envelope (spec/envelope.md §8.4), texts that a reader takes for it, and texts that it refuses. */
import { signedBinary } from './unsigned.mjs'

const BEGIN = '-----BEGIN ZKEB ENVELOPE-----'
const END = '-----END ZKEB ENVELOPE-----'

export function armorVectors() {
  const binary = signedBinary
  const lines = binary.match(/.{1,64}/g)
  const written = (body, eol = '\n') => [BEGIN, ...body, END, ''].join(eol)
  const text = written(lines)
  const [first, second, ...others] = lines
  return {
    description:
      'An armored envelope (spec/envelope.md §8.4): the text that is written of `binary` (Base64), other texts that a reader takes for it, and texts ' +
      'that must be refused as FORMAT.',
    binary,
    text,
    accepted: [
      ['CR LF', written(lines, '\r\n')],
      ['no line feed at the end', text.trimEnd()],
      ['white space around', `\n \t\r\n${text} \n\n`],
    ].map(([name, it]) => ({ name, text: it })),
    refused: [
      ['nothing', ''],
      ['bare Base64', binary],
      ['no last line', text.replace(END, '')],
      ['another label', text.replaceAll('ENVELOPE', 'MESSAGE')],
      ['a header', text.replace('\n', '\nComment: x\n\n')],
      ['an empty line within', written([first, '', second, ...others])],
      ['a space at the end of a line', written([`${first} `, second, ...others])],
      ['a space before a line', written([first, ` ${second}`, ...others])],
      ['CR alone', written(lines, '\r')],
      ['lines of 76', written(binary.match(/.{1,76}/g))],
      ['one line', written([binary])],
      ['a short line within', written([first.slice(0, 60), first.slice(60), second, ...others])],
      ['an empty last line', written([...lines, ''])],
      ['text before', `x\n${text}`],
      ['text after', `${text}x`],
      ['twice', text + text],
      ['no body', written([])],
      ['Base64url', written([first.replace(/[A-Z]/, '-'), second, ...others])],
    ].map(([name, it]) => ({ name, text: it })),
  }
}
