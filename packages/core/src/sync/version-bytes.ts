import { type Bytes, isBytes, toHex, u64 } from '../bytes'
import { optional, pae } from '../encoding/pae'
import { malformed, tooLarge } from '../errors'
import { toClock } from './clock'
import type { Compaction } from './compaction'
import { MAX_VERSION_BYTES, VERSION_LABEL } from './constants'
import { decodeEntries, encodeEntries, hexToBytes } from './entries'
import { read32, readCount, readLabelled, readOptional32 } from './read'
import { prune, restore } from './stored-clock'
import { readVersion, type Version } from './version'

/**
 * Writes a version, its clock shortened as `pruneClock` does, in its one encoding: less than 16 KiB, to be put inside authenticated, encrypted
 * content. Throws a TypeError for what is no version, `LIMIT` for a clock that is too long. spec/sync.md §4.
 */
export function encodeVersion(
  version: Version,
  compactions: readonly Compaction[] = [],
): Uint8Array {
  const { counts, lamport, device, contentDigest } = readVersion(version, 'version')
  const { base, entries } = prune(counts, compactions)
  return pae([
    VERSION_LABEL,
    optional(base),
    encodeEntries(entries),
    u64(lamport),
    hexToBytes(device),
    contentDigest,
  ])
}

/**
 * Reads what {@link encodeVersion} wrote; `compactions` is the chain of the scope. Authenticates nothing: the bytes come out of what has been
 * authenticated. Throws `FORMAT`, `VERSION`, `LIMIT` or `COMPACTION_UNKNOWN`; a TypeError for what is no Uint8Array. spec/sync.md §4.
 */
export function decodeVersion(
  encoded: Uint8Array,
  compactions: readonly Compaction[] = [],
): Version {
  if (!isBytes(encoded)) throw new TypeError('encoded: a Uint8Array')
  if (encoded.length > MAX_VERSION_BYTES) throw tooLarge('the version')
  const pieces = readLabelled(new Uint8Array(encoded), VERSION_LABEL, 5)
  const [base, entries, lamport, device, contentDigest] = pieces as FivePieces
  const digest = readOptional32(base)
  const stored = decodeEntries(entries)
  const version = {
    lamport: readCount(lamport),
    device: toHex(read32(device)),
    contentDigest: read32(contentDigest),
  }
  const counts = restore(digest && toHex(digest), stored, compactions)
  if (!counts.has(version.device)) throw malformed('the version')
  return Object.freeze({ clock: toClock(counts), ...version })
}

type FivePieces = [Bytes, Bytes, Bytes, Bytes, Bytes]
