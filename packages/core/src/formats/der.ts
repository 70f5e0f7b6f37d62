import { type Bytes, concatBytes } from '../bytes'
import { ZkebError } from '../errors'
import { TAG } from './constants'

/** One element: views of the bytes it was read from. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
  /** Tag, length and content. */
  readonly encoded: Uint8Array
}

/** X.690 §8.1.2.4: the tag number that says that more octets of it follow. */
const LONG_TAG = 0x1f
/** X.690 §8.1.3.5: this bit of the first length octet says that it counts length octets. */
const LONG_LENGTH = 0x80
/** Two length octets: key files are at most 64 KiB. */
const MAX_LENGTH_BYTES = 2

/**
 * Reads DER (X.690) element by element, as the caller's schema expects them; nothing recurses. Anything but the one
 * encoding of a value is `KEY`: lengths are definite and as short as they can be.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  /** Whether the next element has this tag; false at the end. */
  nextIs(tag: number): boolean {
    return this.#bytes[this.#offset] === tag
  }

  /** The next element, whatever it is. */
  element(): DerElement {
    const start = this.#offset
    const tag = this.#octet()
    if ((tag & LONG_TAG) === LONG_TAG) throw notDer()
    const length = this.#length()
    if (length > this.#bytes.length - this.#offset) throw notDer()
    const begin = this.#offset
    this.#offset += length
    return {
      tag,
      content: this.#bytes.subarray(begin, this.#offset),
      encoded: this.#bytes.subarray(start, this.#offset),
    }
  }

  /** The content of the next element, which must have this tag. */
  take(tag: number): Uint8Array {
    if (!this.nextIs(tag)) throw notDer()
    return this.element().content
  }

  sequence(): DerReader {
    return new DerReader(this.take(TAG.SEQUENCE))
  }

  /** The content octets of an INTEGER, two's complement, as few as there can be (X.690 §8.3.2). */
  integer(): Uint8Array {
    const content = this.take(TAG.INTEGER)
    const [first, second = 0] = content
    const sign = second & LONG_LENGTH ? 0xff : 0
    if (first === undefined || (content.length > 1 && first === sign)) throw notDer()
    return content
  }

  /** An INTEGER from 0 to 2^31-1. */
  smallInteger(): number {
    const content = this.integer()
    if (content.length > 4 || (content[0] as number) & LONG_LENGTH) throw notDer()
    return content.reduce((value, octet) => value * 256 + octet, 0)
  }

  /** Throws where something is left. */
  end(): void {
    if (!this.atEnd) throw notDer()
  }

  #octet(): number {
    const octet = this.#bytes[this.#offset]
    if (octet === undefined) throw notDer()
    this.#offset += 1
    return octet
  }

  #length(): number {
    const first = this.#octet()
    if (first < LONG_LENGTH) return first
    const size = first - LONG_LENGTH
    if (size === 0 || size > MAX_LENGTH_BYTES) throw notDer()
    let length = 0
    for (let i = 0; i < size; i++) length = length * 256 + this.#octet()
    // X.690 §10.1: no leading zero octet, and the long form only where the short one does not do.
    if (length < LONG_LENGTH || length < 256 ** (size - 1)) throw notDer()
    return length
  }
}

/** Writes one element around its content. */
export function writeDer(tag: number, ...content: readonly Uint8Array[]): Bytes {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  const octets = length < LONG_LENGTH ? [length] : bigEndian(length)
  if (length >= LONG_LENGTH) octets.unshift(LONG_LENGTH + octets.length)
  return concatBytes(Uint8Array.of(tag, ...octets), ...content)
}

/** Writes an INTEGER that is not negative. */
export function writeInteger(value: number): Bytes {
  const octets = bigEndian(value)
  if ((octets[0] as number) & LONG_LENGTH) octets.unshift(0)
  return writeDer(TAG.INTEGER, Uint8Array.from(octets))
}

function bigEndian(value: number): number[] {
  const octets = [value % 256]
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) {
    octets.unshift(rest % 256)
  }
  return octets
}

/** One error for all of it: which rule was broken helps nobody, and a key's structure is not told. */
export function notDer(): ZkebError {
  return new ZkebError('KEY', 'not the DER structure that was expected', {
    hint: 'the file is cut, altered, of another kind, or in an encoding that is not DER',
  })
}
