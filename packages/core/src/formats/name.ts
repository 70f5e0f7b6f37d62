import { fromUtf8, toHex, utf8 } from '../bytes'
import { MAX_OID_BYTES, TAG } from './constants'
import { type DerElement, DerReader, notDer } from './der'

/** RFC 4514 §3, and two more that are common in certificates. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

/** Types whose text is UTF-8; of the last two, the ASCII part of it. */
const TEXT_TAGS: readonly number[] = [TAG.UTF8_STRING, TAG.PRINTABLE_STRING, TAG.IA5_STRING]

/** A distinguished name as text (RFC 4514 §2), most specific part first: `CN=Alice,O=Example\, Inc.,C=CH`. */
export function nameToText(name: DerReader): string {
  const parts: string[] = []
  while (!name.atEnd) parts.unshift(relativeName(new DerReader(name.take(TAG.SET))))
  return parts.join(',')
}

function relativeName(attributes: DerReader): string {
  const parts: string[] = []
  do {
    const attribute = attributes.sequence()
    const type = oidToText(attribute.take(TAG.OID))
    const value = attribute.element()
    attribute.end()
    parts.push(attributeToText(type, value))
  } while (!attributes.atEnd)
  return parts.join('+')
}

/** RFC 4514 §2.4: a type without a name, and a value that is no text we read, are written as hex of the DER. */
function attributeToText(type: string, value: DerElement): string {
  const name = ATTRIBUTES[type]
  const text = name === undefined ? undefined : valueToText(value)
  return `${name ?? type}=${text === undefined ? `#${toHex(value.encoded)}` : escapeText(text)}`
}

function valueToText({ tag, content }: DerElement): string | undefined {
  try {
    if (TEXT_TAGS.includes(tag)) return fromUtf8(content)
    if (tag === TAG.BMP_STRING) return new TextDecoder('utf-16be', { fatal: true }).decode(content)
  } catch {
    // Not the text it says it is.
  }
  return undefined
}

/** RFC 4514 §2.4; control characters too, so that a name is always one line. */
function escapeText(text: string): string {
  return text
    .replaceAll(/["+,;<>\\]|^[ #]| $/g, '\\$&')
    .replaceAll(/\p{Cc}/gu, (character) => toHex(utf8(character)).replaceAll(/../g, '\\$&'))
}

/** Dotted decimal (X.690 §8.19): `1.2.840.113549`. */
function oidToText(content: Uint8Array): string {
  const last = content.at(-1)
  if (content.length > MAX_OID_BYTES || last === undefined || last >= 0x80) throw notDer()
  const arcs: bigint[] = []
  let arc = 0n
  let begins = true
  for (const octet of content) {
    if (begins && octet === 0x80) throw notDer() // a leading zero
    arc = arc * 128n + BigInt(octet & 0x7f)
    begins = octet < 0x80
    if (!begins) continue
    arcs.push(arc)
    arc = 0n
  }
  // The first two arcs share a number: 40 × the first, which is 0, 1 or 2, and the second.
  const [joined = 0n, ...rest] = arcs
  const first = joined < 80n ? joined / 40n : 2n
  return [first, joined - first * 40n, ...rest].join('.')
}
