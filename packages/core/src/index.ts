/**
 * Envelopes: encrypted for their recipients, signed by their sender, key-committing, and shaped like a database row.
 * The format is spec/envelope.md.
 *
 * @packageDocumentation
 */
export { type ContentKey, openContent, type SealedContent, sealContent } from './content/chunked'
export type { AesGcm, Awaitable, Backend } from './crypto/backend'
export { backend, useBackend } from './crypto/current'
export type { PlatformKey, RawKey } from './crypto/platform'
export type { JsonObject, JsonValue } from './encoding/jcs'
export { optional, pae } from './encoding/pae'
export type { Reader, Sender } from './envelope/arguments'
export type { Envelope, Recipient } from './envelope/envelope'
export { type EnvelopeSummary, inspect } from './envelope/inspect'
export type { EnvelopeJson, RecipientJson } from './envelope/json'
export { type OpenOptions, open, type ReaderHint, type ReaderResolver } from './envelope/open'
export type { Opened, StandardSchema } from './envelope/opened'
export { type Sealable, toPlaintext } from './envelope/plaintext'
export type { EnvelopeRow, EnvelopeRows, RecipientRow } from './envelope/row'
export { type SealOptions, seal } from './envelope/seal'
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
export type { SuiteName } from './suites/registry'
export type { CompositeKey, KeyHandle, KeyHandlePair, WrapContext } from './suites/suite'
