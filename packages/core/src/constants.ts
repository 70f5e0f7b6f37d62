/** Labels, sizes and limits of the format. Section numbers are those of spec/envelope.md. */

/** §4: first piece of the header core, and the `version` member of the JSON form. */
export const ENVELOPE_VERSION = 'zkeb/envelope/v1' as const
/** §5: first piece of what the sender signs. */
export const SIGNATURE_LABEL = 'zkeb/envelope/v1/signature'
/** §4: HPKE `info` of a wrapped content key; suites without HPKE ignore it. */
export const WRAP_INFO = 'zkeb/envelope/v1/hpke'
/** grant.md §2, §3: the `version` member, and the first piece of what the grantor signs. */
export const GRANT_VERSION = 'zkeb/grant/v1' as const
/** grant.md §3: HPKE `info` of the content key of a grant. */
export const GRANT_WRAP_INFO = 'zkeb/grant/v1/hpke'
/** §2: first piece of an identity's fingerprint. */
export const IDENTITY_LABEL = 'zkeb/identity/v1'

/** §8.3: the first four bytes of the binary form, `ZKE1`. */
export const BINARY_MAGIC = 0x5a4b4531

/** SHA-256 output, and so every fingerprint and digest, in bytes. */
export const DIGEST_BYTES = 32
/** §3: a content-encryption key, in bytes. */
export const CEK_BYTES = 32
/** §4: a UUID as raw bytes. */
export const ID_BYTES = 16

/** §3 (C2SP chunked-encryption v1, Cobblestone-256), all in bytes. */
export const SALT_BYTES = 24
export const COMMITMENT_BYTES = 32
export const NONCE_BYTES = 12
export const TAG_BYTES = 16
export const CHUNK_BYTES = 16 * 1024
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
export const CONTENT_HEAD_BYTES = SALT_BYTES + COMMITMENT_BYTES

/** §10: limits. */
export const MAX_PLAINTEXT_BYTES = 64 * 1024 * 1024
/** The content message of that plaintext: one more chunk than full ones. */
export const MAX_CONTENT_BYTES =
  CONTENT_HEAD_BYTES + MAX_PLAINTEXT_BYTES + (MAX_PLAINTEXT_BYTES / CHUNK_BYTES + 1) * TAG_BYTES
export const MAX_RECIPIENTS = 1024
export const MAX_KEY_ID_BYTES = 255
export const MAX_METADATA_BYTES = 16 * 1024
export const MAX_ASSOCIATED_DATA_BYTES = 64 * 1024
export const MAX_JSON_DEPTH = 32
/** The binary header: 1024 recipients of the largest kind and full metadata fit. */
export const MAX_HEADER_BYTES = 2 * 1024 * 1024
/** The JSON form: Base64 of the longest content, and of 1024 recipients with full metadata. */
export const MAX_JSON_CHARACTERS = 96 * 1024 * 1024
/** The JSON form: three members for each of 1024 recipients, 8192 values in full metadata, with room to spare. */
export const MAX_JSON_COMMAS = 16 * 1024
/** grant.md §2: the JSON form; the largest keys and signatures of every suite fit twice. */
export const MAX_GRANT_CHARACTERS = 16_384

/** §9: a one-line identity; two RSA keys of 8192 bits fit. */
export const MAX_LINE_CHARACTERS = 65_536
/** §9, keys.md §1: PEM of 64 KiB: Base64, line breaks and the two lines around it. */
export const MAX_PEM_CHARACTERS = 98_304

/** passphrase.md §2, §3: bytes of salt, and of the seed that key pairs follow from. */
export const KDF_SALT_BYTES = 16
export const SEED_BYTES = 32
/** passphrase.md §2: bounds of memory and of memory times passes, in KiB, and of parallel lanes. */
export const MIN_KDF_MEMORY_KIB = 8_192
export const MIN_KDF_COST_KIB = 32_768
export const MAX_KDF_COST_KIB = 1_048_576
export const MAX_KDF_LANES = 16
// Streams; sections are those of spec/stream.md. Numbers as literals: bundlers leave out no product that is unused.
/** §2: the first four bytes. */
export const STREAM_MAGIC = 'ZKS1'
/** §2: first piece of a stream's header core. */
export const STREAM_VERSION = 'zkeb/stream/v1'
/** §3: first piece of what the head signature is over. */
export const STREAM_HEAD_LABEL = 'zkeb/stream/v1/head'
/** §6: 2^32 chunks, of which the last is short. */
export const MAX_STREAM_BYTES = 0x3fff_ffff_ffff
/** Sealed chunks that openStream() holds for the trailer, where a stream has several recipients. */
export const MAX_SPOOL_BYTES = 0x400_0000
/** What each side of a web stream queues before it asks its neighbour to wait. */
export const STREAM_QUEUE_BYTES = 0x4_0000
/** openRange() looks for the head in pieces of this size: one is enough for a few recipients. */
export const HEAD_PIECE_BYTES = 0x2000
