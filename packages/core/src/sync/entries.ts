import { type Bytes, concatBytes, hexToBytes, toHex, u64 } from '../bytes'
import { DIGEST_BYTES } from '../constants'
import { ByteReader } from '../encoding/byte-reader'
import type { PaeReader } from '../encoding/pae-reader'
import { malformed } from '../errors'
import { type Counts, isCount } from './clock'
import { ENTRY_BYTES } from './constants'

/** §2: device ‖ count, by device ascending. */
export function encodeEntries(counts: Counts): Bytes {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  return concatBytes(...sorted.flatMap(([device, count]) => [hexToBytes(device), u64(count)]))
}

/** Throws `FORMAT`; the caller has bounded the length. */
export function decodeEntries(bytes: Uint8Array): Counts {
  const reader = new ByteReader(bytes)
  const counts = new Map<string, number>()
  let last = ''
  for (let i = 0; i < bytes.length; i += ENTRY_BYTES) {
    const device = toHex(reader.bytes(DIGEST_BYTES))
    const count = reader.u64()
    if (device <= last || !isCount(count)) throw malformed('the entries of a clock')
    counts.set(device, count)
    last = device
  }
  return counts
}

/** A count, a Lamport time, or a sequence. Throws `FORMAT`. */
export function readCount(reader: PaeReader): number {
  const count = reader.integer()
  if (!isCount(count)) throw malformed('a number')
  return count
}
