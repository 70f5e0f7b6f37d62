/** Labels, sizes and limits of recovery shares. Section numbers are those of spec/recovery.md. */

/** §1: S and every y, in bytes; the last byte of the header. */
export const SECRET_BYTES = 32
export const MIN_THRESHOLD = 2
export const MAX_SHARES = 16
/** §1: a u32. */
export const MAX_EPOCH = 0xffff_ffff

/** §1: "ZS", version 1 and suite 1. */
export const MAGIC = 0x5a53
export const VERSION = 0x01
export const SUITE = 0x01
/** §3: what every version begins with. */
export const PREAMBLE_BYTES = 4
export const HEADER_BYTES = 11
/** §1: every hash, cut to its first half. */
export const HASH_BYTES = 16
/** §1: what stands before the input of each hash. */
export const LEAF_DOMAIN = 0x00
export const NODE_DOMAIN = 0x01
export const SET_DOMAIN = 0x02
export const SHARE_LABEL = 'zkeb/share/v1'
export const CONFIRM_INFO = 'zkeb/share/confirm/v1'
/** §2: what stands before the path: header, setId, confirm, x, y, depth. */
export const SHARE_HEAD_BYTES = 77
/** §2: the longest path has four hashes. */
export const MAX_SHARE_BYTES = 141

/** §4: shares in one list; more than all of a set, for those who hand in what they find. */
export const MAX_LISTED_SHARES = 256

/** §5: human-readable parts of a line, whose number follows, and of the whole share. */
export const LINE_PREFIX = 'zs'
export const SHARE_PREFIX = 'zkebshare'
export const LINE_BYTES = 15
export const MIN_LINES = 7
export const MAX_LINES = 10
/** §5: characters that stand together. */
export const GROUP_CHARACTERS = 5
export const MAX_TEXT_CHARACTERS = 16_384

/** §6: a name on a kit, in UTF-16 code units. */
export const MAX_NAME_CHARACTERS = 60

/** §7: `purpose` in the associated data of a sealed share. */
export const SHARE_PURPOSE = 'zkeb/recovery-share/v1'
/** §8: eleven bits each. */
export const CODE_WORDS = 10

/** §5: modules of white around a QR code (ISO/IEC 18004). */
export const QUIET_ZONE = 4
