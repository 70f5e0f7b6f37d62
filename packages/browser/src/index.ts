/**
 * Envelopes in the browser, by WebCrypto alone, and a store for keys that cannot leave it.
 * The functions are those of `@zkeb/core`; the format is spec/envelope.md.
 *
 * @packageDocumentation
 */

export type {
  Decrypter,
  EncryptionKey,
  Envelope,
  EnvelopeInput,
  EnvelopeJson,
  EnvelopeSummary,
  ErrorCode,
  GenerateIdentityOptions,
  Identity,
  IdentityKeyPairs,
  ImportIdentityOptions,
  ImportPublicIdentityOptions,
  JsonObject,
  JsonValue,
  KeyForms,
  KeyIds,
  KeyInput,
  KeyInputs,
  Opened,
  OpenOptions,
  PublicIdentity,
  PublicKey,
  Reader,
  Recipient,
  RecipientJson,
  Sealable,
  SealedEnvelope,
  SealOptions,
  Sender,
  SenderHint,
  SenderResolver,
  Signer,
  StandardSchema,
  SuiteName,
  VerificationKey,
  Verified,
  VerifyOptions,
  WrapContext,
  ZkebErrorOptions,
} from '@zkeb/core'
export {
  decode,
  encode,
  exportPublicIdentity,
  fingerprintToHex,
  generateIdentity,
  importIdentity,
  importPublicIdentity,
  inspect,
  isZkebError,
  open,
  seal,
  verify,
  ZkebError,
} from '@zkeb/core'
export { type CreateIdentityOptions, type KeyStore, openKeyStore } from './key-store'
