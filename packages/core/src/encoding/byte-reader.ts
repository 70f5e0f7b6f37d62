import type { Bytes } from '../bytes'
import { malformed } from '../errors'

/** Reads big-endian fields from untrusted bytes; every read is bounded, every overrun is `FORMAT`. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4))
  }

  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8))
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a number')
    return Number(value)
  }

  /** A copy, so that the caller of the reader may reuse its buffer. */
  bytes(length: number): Bytes {
    const start = this.#advance(length)
    // Not slice(): on a Node Buffer that is a view.
    return new Uint8Array(this.#bytes.subarray(start, start + length))
  }

  /** 00 is absent, 01 is followed by the value. */
  optional<T>(read: () => T): T | undefined {
    const flag = this.u8()
    if (flag > 1) throw malformed('a presence byte')
    return flag === 1 ? read() : undefined
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) throw malformed('a length')
  }

  #advance(length: number): number {
    const start = this.#offset
    if (length > this.#bytes.length - start) throw malformed('a length')
    this.#offset = start + length
    return start
  }
}
