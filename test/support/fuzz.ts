/** Input that nobody would send who means well: mutations of good input, and anything at all. */
import fc from 'fast-check'

/** Edits of a sequence: one or more places cut, doubled, overwritten or exchanged for those of another. */
type Edit = {
  readonly kind: number
  readonly at: number
  readonly length: number
  readonly fill: number
}
const edits = fc.array(
  fc.record({
    kind: fc.nat(5),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof({ weight: 3, arbitrary: fc.nat(4) }, fc.nat(300)),
    fill: fc.nat(0xffff),
  }),
  { minLength: 1, maxLength: 3 },
)

function mutate<T>(
  items: readonly T[],
  other: readonly T[],
  list: readonly Edit[],
  toItem: (n: number) => T,
): T[] {
  return list.reduce(
    (current: T[], { kind, at, length, fill }) => {
      const start = Math.floor(at * current.length)
      const head = current.slice(0, start)
      const piece = current.slice(start, start + length)
      const tail = current.slice(start + length)
      switch (kind) {
        case 0:
          return [...head, ...tail]
        case 1:
          return [...head, ...piece, ...piece, ...tail]
        case 2:
          return [...head, ...piece.map((_, i) => toItem(fill + i * (fill & 1))), ...tail]
        case 3:
          return [...head, ...other.slice(start, start + length), ...tail]
        case 4:
          return [...head, toItem(fill), ...piece, ...tail]
        default:
          return [...head, ...piece.reverse(), ...tail]
      }
    },
    [...items],
  )
}

export const mutatedBytes = (bytes: Uint8Array, other: Uint8Array) =>
  edits.map((list) => Uint8Array.from(mutate([...bytes], [...other], list, (n) => n & 0xff)))
export const mutatedText = (text: string, other: string) =>
  edits.map((list) =>
    mutate([...text], [...other], list, (n) => String.fromCharCode(n & 0xff)).join(''),
  )

/** A JSON value with one member, at any depth, exchanged for anything. */
function replaceOne(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return replacement
  const entries = Object.entries(value)
  const [key, child] = entries[step % Math.max(1, entries.length)] ?? ['new', undefined]
  const replaced = replaceOne(child, rest, replacement)
  if (Array.isArray(value))
    return value.map((item: unknown, i) => (String(i) === key ? replaced : item))
  const { [key]: _, ...others } = value as Record<string, unknown>
  return replaced === undefined ? others : { ...others, [key]: replaced }
}
export const hostile = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withTypedArray: true,
    withNullPrototype: true,
  }),
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.base64String(),
  fc.uuid(),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.maxSafeInteger(),
  fc.constantFrom(undefined, null, Number.NaN, -0, 2 ** 53, '', '__proto__', []),
)
export const replaced = (value: unknown) =>
  fc
    .tuple(fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), hostile)
    .map(([path, anything]) => replaceOne(value, path, anything))
