import { type Bytes, bytesToUuid, equalBytes, utf8 } from '../bytes'
import { DIGEST_BYTES, ID_BYTES } from '../constants'
import { malformed, ZkebError } from '../errors'
import { PAE_LENGTH_BYTES, readPae } from './pae'

/** What an encoding must be. */
interface PaeShape {
  /** Names it in messages. */
  readonly what: string
  /** The first piece: begins with `zkeb/`, and ends in a version. Without it, all pieces are content. */
  readonly label?: string
  /** How many pieces there are, the label not counted. */
  readonly pieces: number
}

/**
 * Reads the pieces of a `pae`, copied, one after the other. Whatever is wrong is `FORMAT`; but `VERSION` where the first piece is
 * the label of another version, whatever comes after it.
 */
export class PaeReader {
  readonly #what: string
  readonly #pieces: Iterator<Bytes>

  constructor(bytes: Uint8Array, { what, label, pieces }: PaeShape) {
    if (label) assertLabel(bytes, label, what)
    const count = label ? pieces + 1 : pieces
    this.#what = what
    this.#pieces = readPae(bytes, what, { min: count, max: count })
      .slice(count - pieces)
      .values()
  }

  /** Of any length; of exactly `length`, where that is given. */
  bytes(length?: number): Bytes {
    return this.#sized(this.#pieces.next().value as Bytes, length)
  }

  digest(): Bytes {
    return this.bytes(DIGEST_BYTES)
  }

  /** The mirror of `optional`. */
  optional(length?: number): Bytes | undefined {
    const piece = this.bytes()
    if (piece.length === 1 && piece[0] === 0) return undefined
    if (piece[0] !== 1) throw malformed(this.#what)
    return this.#sized(piece.subarray(1), length)
  }

  optionalDigest(): Bytes | undefined {
    return this.optional(DIGEST_BYTES)
  }

  uuid(): string {
    return bytesToUuid(this.bytes(ID_BYTES))
  }

  u64(): bigint {
    const piece = this.bytes(8)
    return new DataView(piece.buffer, piece.byteOffset).getBigUint64(0)
  }

  /** At most 2^53-1. */
  integer(): number {
    const value = this.u64()
    if (value > Number.MAX_SAFE_INTEGER) throw malformed(this.#what)
    return Number(value)
  }

  word<W extends string>(words: readonly W[]): W {
    const piece = this.bytes()
    const word = words.find((it) => equalBytes(utf8(it), piece))
    if (word === undefined) throw malformed(this.#what)
    return word
  }

  #sized(bytes: Bytes, length = bytes.length): Bytes {
    if (bytes.length !== length) throw malformed(this.#what)
    return bytes
  }
}

/** The first piece alone says the version: others may have other pieces. */
function assertLabel(bytes: Uint8Array, label: string, what: string): void {
  const first = firstPiece(bytes)
  if (equalBytes(first, utf8(label))) return
  const family = utf8(label.slice(0, label.lastIndexOf('/') + 1))
  if (!equalBytes(first.subarray(0, family.length), family)) throw malformed(what)
  throw new ZkebError('VERSION', `${what} of another version`, { hint: 'update @zkeb/core' })
}

/** Empty where it is cut short. */
function firstPiece(bytes: Uint8Array): Uint8Array {
  const start = 2 * PAE_LENGTH_BYTES
  if (bytes.length < start) return new Uint8Array(0)
  const view = new DataView(bytes.buffer, bytes.byteOffset, start)
  const end = start + Number(view.getBigUint64(PAE_LENGTH_BYTES, true))
  return bytes.subarray(start, end > bytes.length ? start : end)
}
