import { type Bytes, concatBytes } from '../bytes'
import { ByteReader } from '../encoding/byte-reader'
import { ByteWriter } from '../encoding/byte-writer'
import {
  HASH_BYTES,
  HEADER_BYTES,
  MAGIC,
  MAX_SHARE_BYTES,
  MAX_SHARES,
  MIN_THRESHOLD,
  PREAMBLE_BYTES,
  SECRET_BYTES,
  SHARE_HEAD_BYTES,
  SUITE,
  VERSION,
} from './constants'
import { sidesOf } from './merkle'

/** What all shares of a set have in common, as their header says it. */
export interface SetTerms {
  /** How many shares give the secret: 2 to `total`. */
  readonly threshold: number
  /** How many shares there are: 2 to 16. */
  readonly total: number
  /** How many sets the account had before this one: 0 to 2³²−1. */
  readonly epoch: number
}

/** The fields of a share (spec/recovery.md §2). Its form is good; nothing of it is proven. */
export interface Share extends SetTerms {
  /** The whole share, 93 to 141 bytes; all other bytes are views of it. */
  readonly bytes: Bytes
  /** 11 bytes. */
  readonly header: Bytes
  /** 16 bytes. */
  readonly setId: Bytes
  /** 16 bytes. */
  readonly confirm: Bytes
  /** x: 1 to `total`. */
  readonly index: number
  /** The secret part, 32 bytes. */
  readonly y: Bytes
  /** 16 bytes for each partner in the tree. */
  readonly path: Bytes
}

/** The 11 bytes that begin every share of a set (spec/recovery.md §1). */
export function writeHeader({ threshold, total, epoch }: SetTerms): Bytes {
  const writer = new ByteWriter().u16(MAGIC).u8(VERSION).u8(SUITE)
  return writer.u8(threshold).u8(total).u32(epoch).u8(SECRET_BYTES).finish()
}

/** A share as its bytes (spec/recovery.md §2). */
export function writeShare(
  share: Pick<Share, 'header' | 'setId' | 'confirm' | 'index' | 'y' | 'path'>,
): Bytes {
  const { header, setId, confirm, index, y, path } = share
  const depth = path.length / HASH_BYTES
  const x = Uint8Array.of(index)
  return concatBytes(header, setId, confirm, x, y, Uint8Array.of(depth), path)
}

/** Reads a share, or says why it is none (spec/recovery.md §3, steps 1 and 2). The bytes are the reader's own, and stay the share's. */
export function readShare(bytes: Bytes): Share | 'format' | 'version' {
  if (bytes.length < PREAMBLE_BYTES) return 'format'
  const reader = new ByteReader(bytes.subarray(0, HEADER_BYTES))
  if (reader.u16() !== MAGIC) return 'format'
  if (reader.u8() !== VERSION || reader.u8() !== SUITE) return 'version'
  if (bytes.length < SHARE_HEAD_BYTES || bytes.length > MAX_SHARE_BYTES) return 'format'
  const [threshold, total, epoch, length] = [reader.u8(), reader.u8(), reader.u32(), reader.u8()]
  const isSet = MIN_THRESHOLD <= threshold && threshold <= total && total <= MAX_SHARES
  if (!isSet || length !== SECRET_BYTES) return 'format'

  const take = cursor(bytes)
  const [header, setId, confirm] = [take(HEADER_BYTES), take(HASH_BYTES), take(HASH_BYTES)]
  const [[index = 0], y, [depth]] = [take(1), take(SECRET_BYTES), take(1)]
  const path = take(MAX_SHARE_BYTES)
  if (index < 1 || index > total || depth !== sidesOf(total, index).length) return 'format'
  if (path.length !== depth * HASH_BYTES) return 'format'
  return { bytes, threshold, total, epoch, header, setId, confirm, index, y, path }
}

/** Views of consecutive bytes, no copies: they hold secrets. At the end, of fewer. */
function cursor(bytes: Bytes): (length: number) => Bytes {
  let offset = 0
  return (length) => {
    const start = offset
    offset += length
    return bytes.subarray(start, offset)
  }
}
