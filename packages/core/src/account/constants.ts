/** Labels and limits of accounts. Section numbers are those of spec/account.md. Numbers as literals, as in ../constants. */

/** §1: first piece of what the account id is SHA-256 of. */
export const ACCOUNT_LABEL = 'zkeb/account/v1'
/** §4: what the first piece of a manifest's body begins with, whatever its version. */
export const MANIFEST_FAMILY = 'zkeb/manifest/'
/** §4: first piece of a manifest's body. */
export const MANIFEST_LABEL = 'zkeb/manifest/v1'
/** §4: first piece of what the signer of a manifest signs. */
export const MANIFEST_SIGNATURE_LABEL = 'zkeb/manifest/v1/signature'

/** §1: the nonce of the first manifest, in bytes. */
export const ACCOUNT_NONCE_BYTES = 32
/** §4: a stored manifest: 2 MiB. */
export const MAX_MANIFEST_BYTES = 0x20_0000
export const MAX_SLOTS = 32
/** §4: revoked ones counted. */
export const MAX_DEVICES = 256
export const MAX_PARAMETERS_BYTES = 1024
/** §4: of counters and generations. */
export const MAX_COUNTER = 0xffff_ffff
/** §9: entries of a revocation list. */
export const MAX_LISTED_BACKUPS = 0x10_0000
