import { MAX_KDF_COST_KIB } from '../constants'
import { isPassphraseLabel } from '../encoding/key-id'
import type { EncryptionKey } from './identity'

/**
 * Throws a RangeError that names `to` where no passphrase would be tried (spec/passphrase.md §2): all together take too
 * much work, or a label begins like one without being of passphraseRecipient(). What is sealed must open.
 */
export function assertPassphraseLabels(
  recipients: readonly { readonly encryption: Pick<EncryptionKey, 'keyId' | 'kdfCost'> }[],
): void {
  let sum = 0
  for (const { encryption } of recipients) {
    // Not a number, and so too much, where nobody says what it costs. The label is not read: every page would load that.
    if (isPassphraseLabel(encryption.keyId)) sum += encryption.kdfCost ?? Number.NaN
  }
  if (!(sum <= MAX_KDF_COST_KIB)) throw new RangeError('to: too many passphrases')
}
