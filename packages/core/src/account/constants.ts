/** Labels and limits of accounts. Section numbers are those of spec/account.md. Numbers as literals, as in ../constants. */

/** §1: first piece of what the account id is SHA-256 of. */
export const ACCOUNT_LABEL = 'zkeb/account/v1'
/** §1: the nonce of the first manifest, in bytes. */
export const ACCOUNT_NONCE_BYTES = 32

/** §2: the keys that programs may derive from an account key. Wrapping and commitment are not among them. */
export const BACKUP_KEY = 'zkeb/ak-backup/v1'
export const METADATA_KEY = 'zkeb/ak-metadata/v1'
export const NAME_KEY = 'zkeb/ak-name/v1'
export const SYNC_KEY = 'zkeb/ak-sync/v1'
export const DEVICE_KEY = 'zkeb/ak-device/v1'
export const KEY_LABELS = [BACKUP_KEY, METADATA_KEY, NAME_KEY, SYNC_KEY, DEVICE_KEY] as const
/** §2: the key that the account key before is kept under, and first piece of the context. */
export const KEY_WRAP_LABEL = 'zkeb/ak-wrap/v1'
/** §2: the public commitment of an account key. */
export const KEY_COMMIT_LABEL = 'zkeb/ak-commit/v1'
/** §2: HPKE `info` of an account key that is sealed to a holder. */
export const KEY_SEAL_INFO = 'zkeb/ak-seal/v1'
/** §2: a wrapped predecessor: salt, commitment, 32 bytes and a tag. */
export const WRAPPED_KEY_BYTES = 104
/** §2: longer than what any suite wraps a key into. */
export const MAX_SEALED_KEY_BYTES = 2048

/** §3: first piece of a stored slot, and of the context of its seed. */
export const SLOT_LABEL = 'zkeb/slot/v1'
/** §3: what the keys of a slot follow from. */
export const SLOT_SEED_LABELS = {
  encryption: 'zkeb/slot/hpke/v1',
  Ed25519: 'zkeb/slot/ed25519/v1',
  'ML-DSA-65': 'zkeb/slot/ml-dsa-65/v1',
} as const
/** §3: the key that a passkey's PRF output, and a recovery secret, become. */
export const SLOT_PRF_LABEL = 'zkeb/slot/prf/v1'
export const SLOT_RECOVERY_LABEL = 'zkeb/slot/recovery/v1'
/** §3: first piece of the input to a passkey's PRF. */
export const SLOT_PRF_INPUT_LABEL = 'zkeb/slot/prf-input/v1'
/** §3, §4: of a slot; those of a passkey may be as long. */
export const MAX_PARAMETERS_BYTES = 1024
/** §3: salt, commitment, tag, and PAE of seed, account id, counter and digest. */
export const SEALED_SEED_BYTES = 216
/** §3: a stored slot with the longest parameters fits. */
export const MAX_SLOT_BYTES = 2048
/** §3: output of a passkey's PRF, and a recovery secret. */
export const SLOT_SECRET_BYTES = 32
/** §3: the id of the recovery set, recovery.md. */
export const SET_ID_BYTES = 16

/** §4: first piece of a manifest's body. */
export const MANIFEST_LABEL = 'zkeb/manifest/v1'
/** §4: first piece of what the signer of a manifest signs. */
export const MANIFEST_SIGNATURE_LABEL = 'zkeb/manifest/v1/signature'

/** §4: a stored manifest: 2 MiB. */
export const MAX_MANIFEST_BYTES = 0x20_0000
export const MAX_SLOTS = 32
/** §4: revoked ones counted. */
export const MAX_DEVICES = 256
/** §4: of counters and generations. */
export const MAX_COUNTER = 0xffff_ffff

/** §8: first pieces of the three messages, and of what the words are of. */
export const ENROL_REQUEST_LABEL = 'zkeb/enrol/request/v1'
export const ENROL_COMMIT_LABEL = 'zkeb/enrol/commit/v1'
export const ENROL_ANSWER_LABEL = 'zkeb/enrol/answer/v1'
export const ENROL_REVEAL_LABEL = 'zkeb/enrol/reveal/v1'
export const ENROL_WORDS_LABEL = 'zkeb/enrol/v1'
/** §8. */
export const ENROL_NONCE_BYTES = 32
export const ENROL_WORDS = 6
/** §8: two public keys of any suite fit. */
export const MAX_ENROL_BYTES = 8192

/** §9: entries of a revocation list. */
export const MAX_LISTED_BACKUPS = 0x10_0000
