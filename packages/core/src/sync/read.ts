import { type Bytes, equalBytes, utf8 } from '../bytes'
import { DIGEST_BYTES } from '../constants'
import { ByteReader } from '../encoding/byte-reader'
import { readPae } from '../encoding/pae'
import { malformed, ZkebError } from '../errors'
import { isCount } from './clock'

/** Pieces that are read of an unknown version: it may have more than this one. */
const MAX_PIECES = 64
/** What all labels of zkeb begin with. */
const OURS = utf8('zkeb/')

/**
 * The pieces behind the label, `count` of them. Throws `VERSION` where the label is another one of zkeb, however many pieces follow;
 * `FORMAT` for anything else.
 */
export function readLabelled(bytes: Bytes, label: string, count: number): Bytes[] {
  const [first, ...pieces] = readPae(bytes, label, { min: 1, max: MAX_PIECES }) as [
    Bytes,
    ...Bytes[],
  ]
  if (!equalBytes(first, utf8(label))) {
    if (!equalBytes(first.subarray(0, OURS.length), OURS)) throw malformed(label)
    throw new ZkebError('VERSION', 'an unknown version', { hint: 'update @zkeb/core' })
  }
  if (pieces.length !== count) throw malformed(label)
  return pieces
}

/** A digest, a fingerprint, or a device. Throws `FORMAT`. */
export function read32(piece: Bytes): Bytes {
  return read(piece, (reader) => reader.bytes(DIGEST_BYTES))
}

/** Throws `FORMAT`. */
export function readOptional32(piece: Bytes): Bytes | undefined {
  return read(piece, (reader) => reader.optional(() => reader.bytes(DIGEST_BYTES)))
}

/** A count, a Lamport time, or a sequence. Throws `FORMAT`. */
export function readCount(piece: Bytes): number {
  const count = read(piece, (reader) => reader.u64())
  if (!isCount(count)) throw malformed('a number')
  return count
}

function read<T>(piece: Bytes, field: (reader: ByteReader) => T): T {
  const reader = new ByteReader(piece)
  const value = field(reader)
  reader.end()
  return value
}
