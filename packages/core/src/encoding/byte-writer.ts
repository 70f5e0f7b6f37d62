import { type Bytes, concatBytes, u64 } from '../bytes'

/** Collects big-endian fields: the mirror of Reader. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = []

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value))
  }

  u16(value: number): this {
    return this.bytes(Uint8Array.of(value >>> 8, value))
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value & 0xffff)
  }

  u64(value: number): this {
    return this.bytes(u64(value))
  }

  bytes(value: Uint8Array): this {
    this.#parts.push(value)
    return this
  }

  optional<T>(
    value: T | undefined,
    write: (writer: ByteWriter, value: T) => ByteWriter,
  ): ByteWriter {
    return value === undefined ? this.u8(0) : write(this.u8(1), value)
  }

  finish(): Bytes {
    return concatBytes(...this.#parts)
  }
}
