import { type Bytes, equalBytes, fromUtf8, utf8 } from '../bytes'
import { malformed } from '../errors'

/** The bytes of a name in NFC (spec/backup.md §3). Throws a TypeError or RangeError that names the argument. */
export function toNameBytes(name: string, argument: string, maxBytes: number): Bytes {
  if (typeof name !== 'string' || /\p{Surrogate}|\0/u.test(name)) {
    throw new TypeError(`${argument}: text without U+0000 and lone surrogates`)
  }
  const bytes = utf8(name.normalize('NFC'))
  if (bytes.length > 0 && bytes.length <= maxBytes) return bytes
  throw new RangeError(`${argument}: 1 to ${maxBytes} bytes of UTF-8`)
}

/** The name of such bytes. Throws `FORMAT` for any others. */
export function readName(bytes: Bytes, maxBytes: number): string {
  try {
    const name = fromUtf8(bytes)
    if (equalBytes(toNameBytes(name, 'name', maxBytes), bytes)) return name
  } catch {
    // Not UTF-8, or out of bounds.
  }
  throw malformed('a name')
}
