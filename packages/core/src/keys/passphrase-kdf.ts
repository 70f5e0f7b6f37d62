import { type Bytes, utf8, wipe } from '../bytes'
import {
  MAX_KDF_COST_KIB,
  MAX_KDF_LANES,
  MIN_KDF_COST_KIB,
  MIN_KDF_MEMORY_KIB,
  SEED_BYTES,
} from '../constants'
import { fromBase64, toBase64 } from '../encoding/base64'
import { isPassphraseLabel } from '../encoding/key-id'
import { ZkebError } from '../errors'

/** How a passphrase becomes 32 bytes. The letters are those of the label that carries them (spec/passphrase.md §2). */
export type PassphraseKdf =
  /** Argon2id (RFC 9106), version 0x13: `m` KiB of memory, `t` passes, `p` lanes. */
  | { readonly id: 'argon2id'; readonly m: number; readonly t: number; readonly p: number }
  /** scrypt (RFC 7914): N = 2^`ln`, r = 8, `p`; 2^`ln` KiB of memory. */
  | { readonly id: 'scrypt'; readonly ln: number; readonly p: number }

/** With its salt, 16 bytes. */
export type SaltedKdf = PassphraseKdf & { readonly salt: Bytes }

/** §2: 64 MiB, 3 passes (RFC 9106 §4, second recommendation, in one lane: JavaScript has one thread). */
export const DEFAULT_KDF: PassphraseKdf = { id: 'argon2id', m: 64 * 1024, t: 3, p: 1 }

const ARGON2ID = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})\$([^$]{22})$/
const SCRYPT = /^\$scrypt\$ln=(\d{1,10}),r=8,p=(\d{1,10})\$([^$]{22})$/
/** The version of Argon2 that is v=19 in the label. */
const ARGON2_VERSION = 0x13
const SCRYPT_R = 8

/** The label: a PHC string without a hash. */
export function writeKdf(kdf: SaltedKdf): string {
  const salt = toBase64(kdf.salt).replace(/=+$/, '')
  return kdf.id === 'argon2id'
    ? `$argon2id$v=19$m=${kdf.m},t=${kdf.t},p=${kdf.p}$${salt}`
    : `$scrypt$ln=${kdf.ln},r=8,p=${kdf.p}$${salt}`
}

/**
 * What a label says; undefined where it does not begin as one of ours. Throws `FORMAT` where it is not the one label of what it says, and
 * `LIMIT` where that is too weak, or too much work.
 */
export function readKdf(label: string | undefined): SaltedKdf | undefined {
  if (!isPassphraseLabel(label)) return undefined
  const kdf = parse(label)
  // Leading zeros, and unused bits of the salt.
  if (!kdf || writeKdf(kdf) !== label) {
    throw new ZkebError('FORMAT', 'a label that begins as that of a passphrase is none')
  }
  const reason = refuse(kdf)
  if (reason) throw new ZkebError('LIMIT', `the passphrase function of a recipient: ${reason}`)
  return kdf
}

/** readKdf() of all labels of an envelope or account. Throws `LIMIT`, too, where they ask for too much work all together. */
export function readKdfs(
  labels: readonly (string | undefined)[],
): readonly (SaltedKdf | undefined)[] {
  const kdfs = labels.map(readKdf)
  const cost = kdfs.reduce((sum, kdf) => sum + (kdf ? costOf(kdf) : 0), 0)
  if (cost <= MAX_KDF_COST_KIB) return kdfs
  throw new ZkebError('LIMIT', 'all passphrases together take too much work', {
    hint: `at most ${MAX_KDF_COST_KIB} KiB of memory times passes, all together`,
  })
}

/** Throws a RangeError for a function that readKdf() would refuse, a TypeError for what is none. */
export function assertKdf(kdf: PassphraseKdf): void {
  if (kdf?.id !== 'argon2id' && kdf?.id !== 'scrypt') {
    throw new TypeError('kdf: { id: "argon2id", m, t, p } or { id: "scrypt", ln, p }')
  }
  const reason = refuse(kdf)
  if (reason) throw new RangeError(`kdf: ${reason}`)
}

/** Throws a TypeError for what is no passphrase. */
export function assertPassphrase(passphrase: unknown): void {
  // UTF-8 has no lone surrogates: two passphrases would be one.
  if (typeof passphrase === 'string' && passphrase && !/\p{Surrogate}/u.test(passphrase)) return
  throw new TypeError('passphrase: text that is not empty, without lone surrogates')
}

/** Memory times passes, in KiB: what an opener has to fill, and a guesser for every guess. */
export function costOf(kdf: PassphraseKdf): number {
  return kdf.id === 'argon2id' ? kdf.m * kdf.t : 2 ** kdf.ln * kdf.p
}

/** 32 bytes; takes about a second. The passphrase counts in NFKC, as UTF-8. */
export async function deriveSeed(passphrase: string, kdf: SaltedKdf): Promise<Bytes> {
  const password = utf8(passphrase.normalize('NFKC'))
  try {
    // A copy: TypeScript does not know that the memory is not shared.
    return new Uint8Array(await hash(password, kdf))
  } finally {
    wipe(password)
  }
}

async function hash(password: Bytes, kdf: SaltedKdf): Promise<Uint8Array> {
  const { argon2idAsync, scryptAsync } = await import('../crypto/noble-kdf')
  const common = { p: kdf.p, dkLen: SEED_BYTES }
  if (kdf.id === 'argon2id') {
    const { m, t, salt } = kdf
    return argon2idAsync(password, salt, { ...common, m, t, version: ARGON2_VERSION })
  }
  const N = 2 ** kdf.ln
  const maxmem = 128 * SCRYPT_R * (N + kdf.p + 1)
  return scryptAsync(password, kdf.salt, { ...common, N, r: SCRYPT_R, maxmem })
}

function parse(label: string): SaltedKdf | undefined {
  const argon2id = ARGON2ID.exec(label)
  if (argon2id) {
    const [, m, t, p, salt] = argon2id
    return { id: 'argon2id', m: Number(m), t: Number(t), p: Number(p), salt: toSalt(salt) }
  }
  const [, ln, p, salt] = SCRYPT.exec(label) ?? []
  return salt ? { id: 'scrypt', ln: Number(ln), p: Number(p), salt: toSalt(salt) } : undefined
}

/** 22 characters are 16 bytes and two signs of padding. */
function toSalt(text: string | undefined): Bytes {
  return fromBase64(`${text}==`, 'the salt')
}

/** Why a function is not acceptable, if it is not. Numbers of anybody: NaN and fractions are refused, too. */
function refuse(kdf: PassphraseKdf): string | undefined {
  const [memory, passes] = kdf.id === 'argon2id' ? [kdf.m, kdf.t] : [2 ** kdf.ln, kdf.p]
  const integers = [memory, passes, kdf.p].every((n) => Number.isSafeInteger(n) && n > 0)
  if (!integers || kdf.p > MAX_KDF_LANES) return `positive integers, at most ${MAX_KDF_LANES} lanes`
  if (memory < MIN_KDF_MEMORY_KIB || costOf(kdf) < MIN_KDF_COST_KIB) {
    return `at least ${MIN_KDF_MEMORY_KIB} KiB, and ${MIN_KDF_COST_KIB} KiB over all passes`
  }
  return costOf(kdf) > MAX_KDF_COST_KIB
    ? `at most ${MAX_KDF_COST_KIB} KiB over all passes`
    : undefined
}
