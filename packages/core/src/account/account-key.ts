import { type Bytes, equalBytes, isBytes, u64, unshare, wipe } from '../bytes'
import { CEK_BYTES } from '../constants'
import { openContent, sealContent } from '../content/chunked'
import { backend } from '../crypto/current'
import { hkdf } from '../crypto/hkdf'
import { pae } from '../encoding/pae'
import type { Reader } from '../envelope/arguments'
import { isZkebError, ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import type { WrapContext } from '../suites/suite'
import {
  KEY_COMMIT_LABEL,
  KEY_LABELS,
  KEY_SEAL_INFO,
  KEY_WRAP_LABEL,
  MAX_SEALED_KEY_BYTES,
  WRAPPED_KEY_BYTES,
} from './constants'

/** What a key of an account is for: the label it is derived with (spec/account.md §2). */
export type KeyLabel = (typeof KEY_LABELS)[number]

/** Whose key it is, and the how manieth. */
interface KeyPlace {
  /** 32 bytes. */
  readonly accountId: Bytes
  readonly generation: number
}

/** What the manifest says of a sealed key, which must all be true of it. */
interface SealedKeyPlace extends KeyPlace {
  /** SHA-256 of the sealed key. */
  readonly digest: Uint8Array
  /** That of the generation. */
  readonly commitment: Uint8Array
}

/** An account key AK_g (spec/account.md §2). Its 32 bytes never leave this object, and no log of it shows them. */
export class AccountKey {
  readonly #key: Bytes
  readonly place: KeyPlace

  /** Takes over `key`, 32 bytes. */
  constructor(key: Bytes, { accountId, generation }: KeyPlace) {
    this.#key = key
    this.place = { accountId, generation }
  }

  static generate(place: KeyPlace): AccountKey {
    return new AccountKey(backend().randomBytes(CEK_BYTES), place)
  }

  /** Opens what {@link sealTo} made. Throws one and the same `OPEN`, whatever is wrong. */
  static async open(
    sealed: Uint8Array,
    holder: Reader,
    { digest, commitment, ...place }: SealedKeyPlace,
  ): Promise<AccountKey> {
    if (sealed.length > MAX_SEALED_KEY_BYTES) throw cannotOpen()
    const bytes = new Uint8Array(sealed)
    if (!equalBytes(await backend().sha256(bytes), digest)) throw cannotOpen()
    const context = sealContext(place, holder.public.encryption.fingerprint)
    return adopt(await holder.decrypter.unwrap(bytes, context), place, commitment)
  }

  /** A key of this generation, 32 bytes. Throws a TypeError for a label that is none of {@link KEY_LABELS}. */
  async derive(label: KeyLabel): Promise<Bytes> {
    if (!KEY_LABELS.includes(label)) throw new TypeError(`label: one of ${KEY_LABELS.join(', ')}`)
    return this.#derive(label)
  }

  /** What the manifest commits to, 32 bytes; public. */
  commitment(): Promise<Bytes> {
    return this.#derive(KEY_COMMIT_LABEL)
  }

  /** The account key before, wrapped under this one: 104 bytes. */
  async wrapPredecessor(before: AccountKey): Promise<Bytes> {
    return this.#withWrapKey(async (key) => (await sealContent(key, before.#key)).message)
  }

  /** Opens what {@link wrapPredecessor} made. Throws `OPEN` for anything else, and for a key without that commitment. */
  async unwrapPredecessor(wrapped: Uint8Array, commitment: Uint8Array): Promise<AccountKey> {
    if (wrapped.length !== WRAPPED_KEY_BYTES) throw cannotOpen()
    const key = await this.#withWrapKey((wrapKey) => openContent(wrapKey, wrapped)).catch(orSame)
    return adopt(key, this.#before(), commitment)
  }

  /** Wraps this key for a holder: 80 bytes (x25519), 1168 (pq), those of the modulus (rsa). */
  async sealTo({ encryption }: PublicIdentity): Promise<Bytes> {
    const sealed = await encryption.wrap(this.#key, sealContext(this.place, encryption.fingerprint))
    return unshare(sealed)
  }

  /** For a key that comes to nothing. */
  wipe(): void {
    wipe(this.#key)
  }

  #derive(label: string): Promise<Bytes> {
    const { accountId, generation } = this.place
    return hkdf(this.#key, pae([label, accountId, u64(generation)]))
  }

  #before(): KeyPlace {
    return { ...this.place, generation: this.place.generation - 1 }
  }

  async #withWrapKey<T>(
    work: (key: { readonly inputKey: Bytes; readonly context: Bytes }) => Promise<T>,
  ): Promise<T> {
    const { accountId, generation } = this.place
    const before = u64(this.#before().generation)
    const context = pae([KEY_WRAP_LABEL, accountId, before, u64(generation)])
    const inputKey = await this.#derive(KEY_WRAP_LABEL)
    try {
      return await work({ inputKey, context })
    } finally {
      wipe(inputKey)
    }
  }
}

/** The key where it is one, and the committed one. */
async function adopt(
  bytes: Uint8Array | undefined,
  place: KeyPlace,
  commitment: Uint8Array,
): Promise<AccountKey> {
  if (!isBytes(bytes) || bytes.length !== CEK_BYTES) throw cannotOpen()
  const key = new AccountKey(new Uint8Array(bytes), place)
  wipe(bytes)
  if (equalBytes(await key.commitment(), commitment)) return key
  key.wipe()
  throw cannotOpen()
}

/** §2: one and the same, whether tag or commitment failed. */
function orSame(error: unknown): never {
  throw isZkebError(error, 'OPEN') ? cannotOpen() : error
}

function sealContext({ accountId, generation }: KeyPlace, fingerprint: Uint8Array): WrapContext {
  return { info: KEY_SEAL_INFO, aad: pae([accountId, u64(generation), fingerprint]) }
}

function cannotOpen(): ZkebError {
  return new ZkebError('OPEN', 'the account key cannot be opened', {
    hint: 'a sealed or wrapped key is missing or altered: fetch the record again',
  })
}
