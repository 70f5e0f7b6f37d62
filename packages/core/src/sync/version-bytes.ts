import { hexToBytes, isBytes, toHex, u64 } from '../bytes'
import { optional, pae } from '../encoding/pae'
import { PaeReader } from '../encoding/pae-reader'
import { malformed, tooLarge } from '../errors'
import { toClock } from './clock'
import type { Compaction } from './compaction'
import { MAX_VERSION_BYTES, VERSION_LABEL } from './constants'
import { decodeEntries, encodeEntries, readCount } from './entries'
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
  const what = 'the version'
  const reader = new PaeReader(encoded, { what, label: VERSION_LABEL, pieces: 5 })
  const base = reader.optionalDigest()
  const stored = decodeEntries(reader.bytes())
  const version = {
    lamport: readCount(reader),
    device: toHex(reader.digest()),
    contentDigest: reader.digest(),
  }
  const counts = restore(base && toHex(base), stored, compactions)
  if (!counts.has(version.device)) throw malformed(what)
  return Object.freeze({ clock: toClock(counts), ...version })
}
