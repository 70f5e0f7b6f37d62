import { type Bytes, equalBytes, fromUtf8, isBytes, utf8, uuidToBytes, wipe } from '../bytes'
import { KDF_SALT_BYTES } from '../constants'
import { backend } from '../crypto/current'
import { hkdf } from '../crypto/hkdf'
import { copyBytes } from '../encoding/arguments'
import { pae } from '../encoding/pae'
import { malformed, ZkebError } from '../errors'
import {
  assertKdf,
  assertPassphrase,
  DEFAULT_KDF,
  deriveSeed,
  type PassphraseKdf,
  readKdf,
  readKdfs,
  type SaltedKdf,
  writeKdf,
} from '../keys/passphrase-kdf'
import {
  MAX_PARAMETERS_BYTES,
  SET_ID_BYTES,
  SLOT_PRF_INPUT_LABEL,
  SLOT_PRF_LABEL,
  SLOT_RECOVERY_LABEL,
  SLOT_SECRET_BYTES,
} from './constants'
import { SLOT_KINDS, type SlotKind } from './entries'

/**
 * Evaluates a passkey's PRF, with user verification: 32 bytes. Gets the input, to be used as it is, and the slot's parameters, by which the
 * program finds the passkey again; nothing proves them yet. What it throws comes through as it is.
 */
export type PasskeyPrf = (input: Bytes, parameters: Bytes) => Promise<Uint8Array>

/** What {@link SlotSecret} has beside the secret itself. */
const SECRET_EXTRAS = ['kdf', 'parameters', 'setId'] as const

/** A secret that opens a slot. */
export type UnlockSecret =
  | { readonly passphrase: string }
  | { readonly passkey: PasskeyPrf }
  /** S, 32 bytes (spec/recovery.md). */
  | { readonly recovery: Uint8Array }

/** A secret that is to open a slot from now on, and what the slot says of it in the clear. */
export type SlotSecret =
  | {
      readonly passphrase: string
      /** Default Argon2id with 64 MiB, 3 passes, 1 lane. */
      readonly kdf?: Extract<PassphraseKdf, { id: 'argon2id' }>
    }
  | {
      readonly passkey: PasskeyPrf
      /** By which the program finds the passkey again: 0 to 1024 bytes. Default none. */
      readonly parameters?: Uint8Array
    }
  | {
      readonly recovery: Uint8Array
      /** 16 bytes. */
      readonly setId: Uint8Array
    }

/** The key that a slot's seed is sealed with, and what its holder needs to come by it again. */
interface Kek {
  readonly kind: SlotKind
  readonly parameters: Bytes
  /** 32 bytes. */
  readonly key: Bytes
}

/**
 * The key of a new slot. A passkey is asked twice: throws `KEY` where its answers differ. Throws a TypeError or RangeError that names the
 * argument for what is no secret.
 */
export async function makeKek(secret: SlotSecret, slotId: string): Promise<Kek> {
  const kind = kindOf(secret)
  const parameters = newParameters(secret)
  const key = await findKek(secret, { slotId, parameters })
  if (kind === 'passkey') {
    const again = await findKek(secret, { slotId, parameters })
    const isStable = equalBytes(key, again)
    wipe(again)
    if (!isStable) {
      wipe(key)
      throw new ZkebError('KEY', 'the passkey gives another output every time', {
        hint: 'evaluate the PRF of one and the same passkey, with user verification',
      })
    }
  }
  return { kind, parameters, key }
}

/**
 * The key of a slot that is there, 32 bytes. Throws `FORMAT` or `LIMIT`, before anything is derived, for parameters of a passphrase that are
 * not those of spec/account.md §3; misuse as makeKek() does.
 */
export async function findKek(
  secret: UnlockSecret,
  { slotId, parameters }: { readonly slotId: string; readonly parameters: Bytes },
): Promise<Bytes> {
  if ('passphrase' in secret) return deriveSeed(secret.passphrase, readPassphraseKdf(parameters))
  if ('passkey' in secret) {
    return stretch(await evaluate(secret.passkey, { slotId, parameters }), SLOT_PRF_LABEL, slotId)
  }
  return stretch(toSecret(secret.recovery, 'recovery'), SLOT_RECOVERY_LABEL, slotId)
}

/** Which kind of slot it leads to. Throws a TypeError or RangeError for what is no secret. */
export function kindOf(secret: UnlockSecret): SlotKind {
  // An object in any case: of a text, `in` would throw an error that quotes it.
  const given: Partial<Record<SlotKind, unknown>> = Object(secret)
  const kinds = SLOT_KINDS.filter((kind) => kind in given)
  const [kind] = kinds
  if (!kind || kinds.length > 1) {
    throw new TypeError('secret: one of passphrase, passkey and recovery')
  }
  if (kind === 'passphrase') assertPassphrase(given.passphrase)
  if (kind === 'passkey' && typeof given.passkey !== 'function') {
    throw new TypeError('passkey: a function that evaluates its PRF')
  }
  if (kind === 'recovery') wipe(toSecret(given.recovery, 'recovery'))
  return kind
}

/**
 * A secret of the caller as it is now, and all that belongs to it: the caller may wipe it while we wait. Throws as kindOf() does; for
 * {@link endSecret} to wipe.
 */
export function takeSecret<S extends UnlockSecret>(secret: S): S {
  const given: Readonly<Record<string, unknown>> = secret
  const names = [kindOf(secret), ...SECRET_EXTRAS].filter((name) => given[name] !== undefined)
  const copy = (value: unknown) => (isBytes(value) ? new Uint8Array(value) : value)
  return Object.fromEntries(names.map((name) => [name, copy(given[name])])) as S
}

/** Wipes what {@link takeSecret} took. */
export function endSecret(secret: UnlockSecret): void {
  if ('recovery' in secret) wipe(secret.recovery)
}

/** §3: bounds what trying a passphrase on all of these slots costs. Throws `LIMIT`, and `FORMAT` for a malformed label. */
export function assertWork(slots: readonly Pick<Kek, 'kind' | 'parameters'>[]): void {
  const labels = slots.filter(({ kind }) => kind === 'passphrase')
  readKdfs(labels.map(({ parameters }) => toText(parameters)))
}

/** §3: the label of a passphrase slot, and no other function than Argon2id. Throws `FORMAT` and `LIMIT`. */
function readPassphraseKdf(parameters: Bytes): SaltedKdf {
  const found = readKdf(toText(parameters))
  if (found?.id !== 'argon2id') throw malformed('the parameters of a passphrase slot')
  return found
}

function toText(parameters: Bytes): string | undefined {
  try {
    return fromUtf8(parameters)
  } catch {
    return undefined
  }
}

/** What a new slot says of its secret in the clear. */
function newParameters(secret: SlotSecret): Bytes {
  if ('passphrase' in secret) {
    const { kdf = DEFAULT_KDF } = secret
    assertKdf(kdf)
    if (kdf.id !== 'argon2id') throw new TypeError('kdf: argon2id')
    return utf8(writeKdf({ ...kdf, salt: backend().randomBytes(KDF_SALT_BYTES) }))
  }
  if ('recovery' in secret) return copyBytes(secret.setId, 'setId', SET_ID_BYTES)
  const { parameters = new Uint8Array(0) } = secret
  if (isBytes(parameters) && parameters.length <= MAX_PARAMETERS_BYTES) {
    return new Uint8Array(parameters)
  }
  throw new RangeError(`parameters: at most ${MAX_PARAMETERS_BYTES} bytes`)
}

/** Copies, so that neither side changes what the other holds. */
async function evaluate(
  prf: PasskeyPrf,
  { slotId, parameters }: { readonly slotId: string; readonly parameters: Bytes },
): Promise<Bytes> {
  const input = pae([SLOT_PRF_INPUT_LABEL, uuidToBytes(slotId)])
  return toSecret(await prf(input, parameters.slice()), 'passkey')
}

/** §3; wipes the secret, which is ours. */
async function stretch(secret: Bytes, label: string, slotId: string): Promise<Bytes> {
  try {
    return await hkdf(secret, pae([label, uuidToBytes(slotId)]))
  } finally {
    wipe(secret)
  }
}

function toSecret(value: unknown, name: string): Bytes {
  return copyBytes(value, name, SLOT_SECRET_BYTES)
}
