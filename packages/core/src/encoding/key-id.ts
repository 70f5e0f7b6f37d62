import { utf8 } from '../bytes'
import { MAX_KEY_ID_BYTES } from '../constants'

/** §4: the label of a key is 1 to 255 bytes of UTF-8 without U+0000 and lone surrogates. */
export function isKeyId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || /\p{Surrogate}|\0/u.test(value)) return false
  return utf8(value).length <= MAX_KEY_ID_BYTES
}

/** passphrase.md §2: whether a label begins as those of passphrases do, which no other may. */
export function isPassphraseLabel(label: string | undefined): label is string {
  return /^\$(argon2id|scrypt)\$/.test(label ?? '')
}
