/**
 * Envelopes: encrypted for their recipients, signed by their sender, key-committing, and shaped like a database row.
 * The format is spec/envelope.md.
 *
 * @packageDocumentation
 */
export type { ContentKey } from './content/chunk-cipher'
export { openContent, type SealedContent, sealContent } from './content/chunked'
export type { Awaitable } from './crypto/backend'
export type { PlatformKey, RawKey } from './crypto/platform'
export type { JsonObject, JsonValue } from './encoding/jcs'
export { optional, pae } from './encoding/pae'
export type { Addressee, Reader, Sender } from './envelope/arguments'
export { armor, dearmor } from './envelope/armor'
export type { SealOptions } from './envelope/draft'
export type { Envelope, Recipient } from './envelope/envelope'
export { type GrantOptions, type Grantor, grant } from './envelope/grant'
export type { GrantJson } from './envelope/grant-json'
export { type EnvelopeSummary, inspect } from './envelope/inspect'
export type { EnvelopeJson, RecipientJson } from './envelope/json'
export { type MemoryReplayGuardOptions, memoryReplayGuard } from './envelope/memory-replay-guard'
export {
  type OpenOptions,
  open,
  type ReaderHint,
  type ReaderResolver,
  type UnsignedOpenOptions,
} from './envelope/open'
export type { Opened, StandardSchema } from './envelope/opened'
export { type Sealable, toPlaintext } from './envelope/plaintext'
export {
  type Grant,
  type Granted,
  type GrantorHint,
  type GrantorResolver,
  type ReadGrantOptions,
  readGrant,
} from './envelope/read-grant'
export type { ReplayGuard } from './envelope/replay'
export type { EnvelopeRow, EnvelopeRows, RecipientRow } from './envelope/row'
export { seal, type UnsignedSealOptions } from './envelope/seal'
export {
  decode,
  type EnvelopeInput,
  encode,
  fromRow,
  type SealedEnvelope,
  toRow,
} from './envelope/shapes'
export {
  type SenderHint,
  type SenderResolver,
  type Verified,
  type VerifyOptions,
  verify,
} from './envelope/verify'
export { type ErrorCode, isZkebError, ZkebError, type ZkebErrorOptions } from './errors'
export { exportIdentity, exportPublicIdentity, type KeyForms } from './keys/export'
export { fingerprintToHex } from './keys/fingerprint'
export {
  type Decrypter,
  type EncryptionKey,
  type GenerateIdentityOptions,
  generateIdentity,
  type Identity,
  type IdentityKeyPairs,
  identityFromKeyPairs,
  type KeyIds,
  type PublicIdentity,
  type PublicKey,
  type Signer,
  type VerificationKey,
} from './keys/identity'
export {
  type ImportIdentityOptions,
  type ImportPublicIdentityOptions,
  importIdentity,
  importPublicIdentity,
  type KeyInput,
  type KeyInputs,
} from './keys/import'
export { Keyring, type KeyringHint, type KeyringIdentity } from './keys/keyring'
export {
  type PassphraseHint,
  type PassphraseReader,
  type PassphraseRecipient,
  type PassphraseRecipientOptions,
  passphraseReader,
  passphraseRecipient,
} from './keys/passphrase'
export type { PassphraseKdf } from './keys/passphrase-kdf'
export type { OpenStreamOptions } from './stream/open-head'
export { type OpenedRange, type OpenRangeOptions, openRange } from './stream/open-range'
export { type OpenStream, openStream } from './stream/open-stream'
export { type SealStreamOptions, sealStream } from './stream/seal-stream'
export type { SeekableSource } from './stream/source'
export type { StreamOptions } from './stream/web-streams'
export type { SuiteName } from './suites/registry'
export type { CompositeKey, KeyHandle, KeyHandlePair, WrapContext } from './suites/suite'
