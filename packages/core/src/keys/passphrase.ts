import { type Bytes, equalBytes, unshare, wipe } from '../bytes'
import { KDF_SALT_BYTES } from '../constants'
import { backend } from '../crypto/current'
import { keysOfSuite } from '../suites/keys'
import type { SuiteName } from '../suites/registry'
import type { PrivatePart } from '../suites/suite'
import type { Decrypter, PublicIdentity, PublicKey } from './identity'
import {
  assertKdf,
  assertPassphrase,
  DEFAULT_KDF,
  deriveSeed,
  type PassphraseKdf,
  readKdfs,
  type SaltedKdf,
  writeKdf,
} from './passphrase-kdf'

/** What {@link passphraseRecipient} makes. */
export interface PassphraseRecipientOptions {
  /** That of the sender: x25519 or pq. Of suite rsa there are no keys that a passphrase could make. */
  readonly suite: Exclude<SuiteName, 'rsa'>
  /** Default Argon2id with 64 MiB, 3 passes, 1 lane. */
  readonly kdf?: PassphraseKdf
}

/** What a passphrase is as a recipient. */
export type PassphraseRecipient = Pick<PublicIdentity, 'suite' | 'encryption'>

/** An envelope as far as a passphrase looks at it. */
export interface PassphraseHint {
  readonly suite: SuiteName
  readonly recipients: readonly {
    readonly receiverPublicKeyId?: string
    readonly fingerprint: Uint8Array
  }[]
}

/** What opens with a passphrase. */
export interface PassphraseReader {
  readonly public: { readonly encryption: Pick<PublicKey, 'fingerprint'> }
  readonly decrypter: Decrypter
}

/**
 * A recipient for the option `to` of `seal`: everybody who knows the passphrase (spec/passphrase.md). Takes about a second. The function
 * and a fresh salt travel in the label of the recipient, in the clear, so that anybody who holds the envelope can try
 * passphrases: take a strong one, of random words. Throws a TypeError or RangeError that names the argument.
 */
export async function passphraseRecipient(
  passphrase: string,
  options: PassphraseRecipientOptions,
): Promise<PassphraseRecipient> {
  assertPassphrase(passphrase)
  const { suite, kdf = DEFAULT_KDF } = options ?? {}
  assertKdf(kdf)
  const { fromSeed, wrap } = await keysOfSuite(suite)
  if (!fromSeed)
    throw new TypeError(`suite: x25519 or pq, since no ${suite} key follows from a seed`)
  const salted = { ...kdf, salt: backend().randomBytes(KDF_SALT_BYTES) }
  const { public: key } = await deriveKey(passphrase, salted, fromSeed)
  return {
    suite,
    encryption: {
      keyId: writeKdf(salted),
      type: key.type,
      encoded: key.encoded.slice(),
      fingerprint: await backend().sha256(key.hashed),
      wrap: (cek, context) => wrap(key, unshare(cek), context),
      assertBeside,
    },
  }
}

/** No passphrase is tried where one label of an envelope, or all together, are refused (spec/passphrase.md §2). */
function assertBeside(labels: readonly (string | undefined)[]): void {
  try {
    readKdfs(labels)
  } catch (error) {
    throw new RangeError(`to: ${(error as Error).message}`)
  }
}

/**
 * A resolver for the option `as` of `open`. What is opened with a wrong passphrase is `OPEN`, as with every other wrong key; an
 * envelope for no passphrase at all is `NOT_RECIPIENT`. Throws `LIMIT`, before anything is derived, where the envelope asks for
 * more work than 1 GiB of memory filled once, all its passphrases together, or for too little to be safe; `FORMAT` for a
 * malformed label. Throws a TypeError for what is no passphrase. spec/passphrase.md §4.
 */
export function passphraseReader(
  passphrase: string,
): (hint: PassphraseHint) => Promise<PassphraseReader | undefined> {
  assertPassphrase(passphrase)
  return async ({ suite, recipients }) => {
    const { fromSeed, unwrap } = await keysOfSuite(suite)
    if (!fromSeed) return undefined
    const kdfs = readKdfs(recipients.map(({ receiverPublicKeyId }) => receiverPublicKeyId))
    const [first, ...others] = recipients.flatMap(({ fingerprint }, i) => {
      const kdf = kdfs[i]
      return kdf ? [{ kdf, fingerprint }] : []
    })
    if (!first) return undefined
    for (const { kdf, fingerprint } of [first, ...others]) {
      const key = await deriveKey(passphrase, kdf, fromSeed)
      // A stanza names the one key that opens it: no two passphrases open the same one, and nothing is decrypted to find out.
      if (equalBytes(await backend().sha256(key.public.hashed), fingerprint)) {
        const decrypter: Decrypter = {
          unwrap: (wrapped, context) => unwrap(key, unshare(wrapped), context),
        }
        return { public: { encryption: { fingerprint } }, decrypter }
      }
    }
    const { fingerprint } = first
    return { public: { encryption: { fingerprint } }, decrypter: { unwrap: async () => undefined } }
  }
}

/** §3: the encryption key pair of a passphrase. */
async function deriveKey(
  passphrase: string,
  kdf: SaltedKdf,
  fromSeed: (seed: Bytes) => Promise<PrivatePart>,
): Promise<PrivatePart> {
  const seed = await deriveSeed(passphrase, kdf)
  try {
    return await fromSeed(seed)
  } finally {
    wipe(seed)
  }
}
