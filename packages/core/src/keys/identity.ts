import { type Bytes, equalBytes, unshare } from '../bytes'

import { CEK_BYTES, MAX_KEY_ID_BYTES } from '../constants'
import { backend } from '../crypto/current'
import { assertNoMore } from '../encoding/arguments'
import { isKeyId, isPassphraseLabel } from '../encoding/key-id'
import { isZkebError, ZkebError } from '../errors'
import { keysOfSuite, suiteOfPairs } from '../suites/keys'
import type { SuiteName } from '../suites/registry'
import {
  type Both,
  forBoth,
  type KeyHandlePair,
  type PrivatePart,
  type PublicPart,
  type WrapContext,
} from '../suites/suite'
import { identityFingerprint } from './fingerprint'

/** What both public keys of an identity have. */
export interface PublicKey {
  /** Label that lands in `receiver_public_key_id` or `sender_private_key_id`; at most 255 bytes of UTF-8. */
  readonly keyId?: string
  /** Kind and size, e.g. `RSA-4096`. */
  readonly type: string
  /**
   * The key: SubjectPublicKeyInfo as DER; of suite `pq` the X-Wing key (1216 bytes), and PAE of both signing keys'
   * SPKI (2042 bytes).
   */
  readonly encoded: Uint8Array
  /** SHA-256 of `encoded` (of X-Wing: with a label before it, §2), 32 bytes. */
  readonly fingerprint: Uint8Array
}

/** The public key that content keys are wrapped to. */
export interface EncryptionKey extends PublicKey {
  /**
   * Asked before anything is sealed, with the labels of all recipients. Throws a RangeError where the key could not be used
   * beside them: what is sealed must open. Only passphrases need it.
   */
  assertBeside?(labels: readonly (string | undefined)[]): void
  /** Wraps a 32-byte content key. */
  wrap(cek: Uint8Array, context: WrapContext): Promise<Uint8Array>
}

/** The public key that signatures are verified with. */
export interface VerificationKey extends PublicKey {
  /** True for a good signature; false, never an error, for any other. */
  verify(message: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** What others may know of an identity: whom to seal to, and whose signature to expect. */
export interface PublicIdentity {
  readonly suite: SuiteName
  /** SHA-256 over both keys' fingerprints (§2), 32 bytes. */
  readonly fingerprint: Uint8Array
  readonly encryption: EncryptionKey
  readonly signing: VerificationKey
}

/**
 * Holds a private encryption key: this process, a KMS, an HSM. Of suite `rsa` it decrypts by RSA-OAEP with SHA-256 (MGF1 too)
 * and an empty label, and has no use for the context; `x25519` and `pq` open HPKE with it. spec/envelope.md §4.
 */
export interface Decrypter {
  /**
   * Returns the 32-byte content key, which is wiped after use, or undefined where `wrapped` does not open: that ends in `OPEN`,
   * as wrong content does. What it throws is an outage, and comes through as it is: a KMS that answers "wrong
   * ciphertext" by an error tells strangers which keys open, so return undefined then.
   */
  unwrap(wrapped: Uint8Array, context: WrapContext): Promise<Uint8Array | undefined>
}

/**
 * Holds a private signing key. Of suite `rsa` it signs by RSA-PSS with SHA-256, MGF1-SHA-256 and a salt of 32 bytes; `x25519`
 * by Ed25519, `pq` by Ed25519 and ML-DSA-65. spec/envelope.md §5.
 */
export interface Signer {
  /**
   * A signature over `message`, not over its digest: as long as the RSA modulus, 64 bytes (`x25519`), 3373 bytes (`pq`). It
   * is not verified here: a wrong one fails at the opener, with `SIGNATURE`. What it throws comes through as it is.
   */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** An encryption key pair and a signing key pair that belong together. */
export interface Identity {
  readonly suite: SuiteName
  readonly public: PublicIdentity
  readonly decrypter: Decrypter
  readonly signer: Signer
  /**
   * The platform's pairs, for stores that keep them as they are (IndexedDB) and for exporting. Where the platform has no such
   * keys they are plain bytes: not enumerable, so that no log of an identity shows them.
   */
  readonly keyPairs: IdentityKeyPairs
}

/** An identity's keys as the platform holds them: CryptoKeys where it has such, else plain objects with their bytes. */
export type IdentityKeyPairs = Both<KeyHandlePair>

/** Labels for the two keys of an identity; none begins like that of a passphrase, `$argon2id$` or `$scrypt$` (a PHC string). */
export type KeyIds = Partial<Both<string>>

/** What {@link generateIdentity} makes. */
export interface GenerateIdentityOptions {
  /** Default `rsa`. */
  readonly suite?: SuiteName
  /** RSA only, in bits: 2048, 3072 or 4096 (default). */
  readonly modulusLength?: 2048 | 3072 | 4096
  /** Whether exportIdentity() may take the private keys out. Default false. */
  readonly extractable?: boolean
  readonly keyIds?: KeyIds
}

/**
 * Makes a new identity. RSA-4096 takes a second or so, the other suites milliseconds. Throws a TypeError or RangeError for
 * options that do not fit. spec/envelope.md §2.
 */
export async function generateIdentity(options: GenerateIdentityOptions = {}): Promise<Identity> {
  const { suite = 'rsa', modulusLength, extractable = false, keyIds, ...unknown } = options
  assertNoMore(unknown)
  const { generate } = await keysOfSuite(suite)
  if (modulusLength !== undefined && suite !== 'rsa') {
    throw new TypeError("modulusLength: of suite 'rsa' only")
  }
  const settings = {
    extractable,
    ...(modulusLength !== undefined && { modulusLength }),
  }
  const parts = await forBoth((purpose) => generate(purpose, settings))
  return assembleIdentity(suite, parts, keyIds)
}

/**
 * Takes over key pairs that WebCrypto made or IndexedDB kept: RSA-OAEP for encryption and RSA-PSS for signing, both
 * with SHA-256; X25519 and Ed25519; or what an identity of suite `pq` has as `keyPairs`. Public keys must be
 * extractable. Throws `KEY`.
 */
export async function identityFromKeyPairs(
  pairs: IdentityKeyPairs,
  options: { readonly keyIds?: KeyIds } = {},
): Promise<Identity> {
  const suite = suiteOfPairs(pairs)
  const { adoptPair } = await keysOfSuite(suite)
  const parts = await forBoth((purpose) => adoptPair(purpose, pairs[purpose])).catch(notAPair)
  return adoptIdentity(suite, parts, options.keyIds)
}

/** Handles of any make: what platforms say of them is theirs, and may quote parts of keys. */
function notAPair(error: unknown): never {
  if (isZkebError(error)) throw error
  throw new ZkebError('KEY', 'not key pairs that can be taken over', {
    hint: 'both halves are keys of this platform, and the public ones are extractable',
  })
}

/** Assembles an identity of keys from elsewhere, and tries them. Throws `KEY` where public and private halves differ. */
export async function adoptIdentity(
  suite: SuiteName,
  parts: Both<PrivatePart>,
  keyIds?: KeyIds,
): Promise<Identity> {
  const identity = await assembleIdentity(suite, parts, keyIds)
  await assertPairsMatch(identity)
  return identity
}

/** Files hold both halves in one, and platforms do not compare them; non-extractable keys do not show them: only use tells. */
async function assertPairsMatch({ public: { encryption, signing }, ...own }: Identity) {
  const probe = new Uint8Array(CEK_BYTES)
  const context = { info: 'probe', aad: probe }
  try {
    const unwrapped = await own.decrypter.unwrap(await encryption.wrap(probe, context), context)
    const signed = await signing.verify(probe, await own.signer.sign(probe))
    if (signed && unwrapped && equalBytes(unwrapped, probe)) return
  } catch (error) {
    // Numbers that are no key at all. No cause: platforms quote parts of keys.
    if (isZkebError(error)) throw error
  }
  throw new ZkebError('KEY', 'public and private keys do not belong together')
}

/** Puts an identity together of keys that belong together: made here, or from seeds. */
export async function assembleIdentity(
  suite: SuiteName,
  { encryption, signing }: Both<PrivatePart>,
  keyIds?: KeyIds,
): Promise<Identity> {
  const parts = { encryption: encryption.public, signing: signing.public }
  const { unwrap, sign } = await keysOfSuite(suite)
  const identity: Omit<Identity, 'keyPairs'> = {
    suite,
    public: await assemblePublicIdentity(suite, parts, keyIds),
    decrypter: {
      unwrap: (wrapped, context) => unwrap(encryption, unshare(wrapped), context),
    },
    signer: { sign: (message) => sign(signing, unshare(message)) },
  }
  const keyPairs: IdentityKeyPairs = {
    encryption: { publicKey: encryption.public.handle, privateKey: encryption.handle },
    signing: { publicKey: signing.public.handle, privateKey: signing.handle },
  }
  // Not enumerable: keys that are plain bytes must not reach a log with the identity.
  return Object.defineProperty(identity, 'keyPairs', { value: keyPairs }) as Identity
}

export async function assemblePublicIdentity(
  suite: SuiteName,
  { encryption, signing }: Both<PublicPart>,
  keyIds: KeyIds = {},
): Promise<PublicIdentity> {
  if (equalBytes(encryption.encoded, signing.encoded)) {
    throw new ZkebError('KEY', 'one key for both encryption and signing', {
      hint: 'an identity has two different key pairs',
    })
  }
  const [encryptionPrint, signingPrint] = await Promise.all([
    backend().sha256(encryption.hashed),
    backend().sha256(signing.hashed),
  ])
  const { wrap, verify } = await keysOfSuite(suite)
  return {
    suite,
    fingerprint: await identityFingerprint(encryptionPrint, signingPrint),
    encryption: {
      ...label(keyIds.encryption, 'keyIds.encryption'),
      ...describe(encryption, encryptionPrint),
      wrap: (cek, context) => wrap(encryption, unshare(cek), context),
    },
    signing: {
      ...label(keyIds.signing, 'keyIds.signing'),
      ...describe(signing, signingPrint),
      verify: (message, signature) => verify(signing, unshare(message), unshare(signature)),
    },
  }
}

/** A copy of the key: what others do to theirs does not change to whom is encrypted. */
function describe({ type, encoded }: PublicPart, fingerprint: Bytes) {
  return { type, encoded: encoded.slice(), fingerprint }
}

function label(keyId: string | undefined, name: string) {
  if (keyId === undefined) return {}
  if (!isKeyId(keyId) || isPassphraseLabel(keyId)) {
    throw new RangeError(`${name}: 1 to ${MAX_KEY_ID_BYTES} bytes, no NUL, no PHC`)
  }
  return { keyId }
}
