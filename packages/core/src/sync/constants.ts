/** Labels, sizes and limits of sync. Section numbers are those of spec/sync.md. */

/** §4: first piece of a version. */
export const VERSION_LABEL = 'zkeb/sync/version/v1'
/** §7: first piece of a compaction. */
export const COMPACTION_LABEL = 'zkeb/sync/compaction/v1'
/** §7: first piece of what the signature of a compaction is over. */
export const COMPACTION_SIGNATURE_LABEL = 'zkeb/sync/compaction/v1/signature'

/** §2: a device and its count, in bytes. */
export const ENTRY_BYTES = 40
/** §3: how far a received Lamport time may lie above one's own. */
export const MAX_LAMPORT_JUMP = 0x1_0000_0000
/** §4: a version, in bytes. */
export const MAX_VERSION_BYTES = 16_384
/** §6: entries of a stored clock. */
export const MAX_STORED_ENTRIES = 128
/** §7: devices of a floor, and records of a chain. */
export const MAX_RETIRED_DEVICES = 1024
export const MAX_COMPACTIONS = 1024
/** §7: a record, in bytes. */
export const MAX_COMPACTION_BYTES = 65_536
