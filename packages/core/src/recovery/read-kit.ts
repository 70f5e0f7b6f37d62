import { hexToBytes, wipe } from '../bytes'
import { DIGEST_BYTES } from '../constants'
import { tooLarge, ZkebError } from '../errors'
import { HASH_BYTES, MAX_TEXT_CHARACTERS } from './constants'
import { readGoodShare } from './inspect-share'
import { CODES, kitTitle } from './kit-text'

/** What a kit says that must not come from a server: for `combineShares`, `openShare`, `releaseShare` and `receiveShare`. */
export interface KitFacts {
  /** 93 to 141 bytes, proven against `setId`. Secret: wipe it after use. */
  readonly share: Uint8Array
  /** x: 1 to 16, as the share says it. */
  readonly index: number
  /** 16 bytes. */
  readonly setId: Uint8Array
  /** 32 bytes. */
  readonly accountId: Uint8Array
  /** Of the owner's identity, 32 bytes. */
  readonly ownerFingerprint: Uint8Array
  /** Of the guardian's identity, 32 bytes; left out where the guardian has no keys. */
  readonly guardianFingerprint?: Uint8Array
}

/**
 * Reads a kit back from its own text form, the whole of it (spec/recovery.md §6); a share alone is read by {@link decodeShare}. The share proves
 * the setId. Account and fingerprints have no check: what they name proves itself in use, and the kit does not prove who made it. Several
 * kits of one set agree in all but the number and the guardian: combine their shares with the setId of one.
 *
 * Throws `FORMAT` for text that is no kit, `SHARES` for a bad share in it, `LIMIT` for more than 16384 characters, a TypeError for misuse.
 */
export async function readKit(text: string): Promise<KitFacts> {
  if (typeof text !== 'string') throw new TypeError("text: the kit's text, a string")
  if (text.length > MAX_TEXT_CHARACTERS) throw tooLarge('the kit')
  const lines = text.split(/\r\n|\r|\n/)
  const setId = readFact(lines, CODES.setId, HASH_BYTES)
  const accountId = readFact(lines, CODES.accountId)
  const ownerFingerprint = readFact(lines, CODES.ownerFingerprint)
  const hasGuardian = lines.some((line) => line.startsWith(`${CODES.guardianFingerprint}:`))
  const guardian = hasGuardian && {
    guardianFingerprint: readFact(lines, CODES.guardianFingerprint),
  }
  const { bytes: share, index, total } = await readGoodShare(text, { setId })
  if (lines[0] === kitTitle({ index, total })) {
    return { share, index, setId, accountId, ownerFingerprint, ...guardian }
  }
  wipe(share)
  throw noKit('the first line of the kit')
}

/** The value of the one line with that name. */
function readFact(lines: readonly string[], name: string, length = DIGEST_BYTES): Uint8Array {
  const [found, ...more] = lines.filter((line) => line.startsWith(`${name}:`))
  const value = found?.slice(name.length + 1).replace(/^ +/, ' ')
  const bytes = hexToBytes(value?.replaceAll(' ', '') ?? '')
  const isValue = value !== undefined && /^(?: [0-9a-f]{4})+$/.test(value)
  if (isValue && bytes.length === length && more.length === 0) return bytes
  throw noKit(`the line '${name}' of the kit`)
}

function noKit(what: string): ZkebError {
  const hint = 'give the whole text of the kit as it was made; decodeShare reads a share alone'
  return new ZkebError('FORMAT', `${what} is missing, or not valid`, { hint })
}
