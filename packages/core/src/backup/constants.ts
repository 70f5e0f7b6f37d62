/** Labels, sizes and limits of backups. Section numbers are those of spec/backup.md. */

/** §1: first piece of the header. */
export const BACKUP_LABEL = 'zkeb/backup/v1'
/** §1: first piece of what the device signs. */
export const BACKUP_SIGNATURE_LABEL = 'zkeb/backup/v1/signature'
/** §3: first piece of the metadata, and of their context. */
export const BACKUP_META_LABEL = 'zkeb/backup-meta/v1'
/** §6: first pieces of what is hashed. */
export const NAME_LABEL = 'zkeb/name/v1'
export const SCOPE_LABEL = 'zkeb/scope/v1'
export const DEVICE_LABEL = 'zkeb/device/v1'
/** §9: first piece of the context of a device's name. */
export const DEVICE_NAME_LABEL = 'zkeb/device-name/v1'

/** §3: in bytes. */
export const MAX_NAME_BYTES = 1024
/** §10: a whole Cobblestone message, in bytes; and one of no plaintext. */
export const MAX_ENCRYPTED_METADATA_BYTES = 8192
export const MIN_MESSAGE_BYTES = 72
/** §9: in bytes. */
export const MAX_DEVICE_NAME_BYTES = 255
/** §9: what stands before the sealed name, in bytes. */
export const GENERATION_BYTES = 4
/** §2: the last generation. */
export const MAX_GENERATION = 0xffff_ffff
