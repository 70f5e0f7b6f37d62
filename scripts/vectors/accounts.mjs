/** Accounts: keys, slots, enrolments, and one as a whole. */
import { ACCOUNT_ID, keyVectors } from './account-keys.mjs'
import { slotVectors } from './account-slots.mjs'
import { enrolmentVectors } from './enrolments.mjs'
import { hex, makesRsa, read } from './features.mjs'
import { wholeAccount } from './whole-account.mjs'

export function accountVectors() {
  const before = makesRsa ? [] : read('account').sealed.positive
  const { keys, wraps, sealed, bad } = keyVectors((suite) =>
    suite === 'rsa' ? before.find((it) => it.suite === suite) : undefined,
  )

  return {
    description:
      'Accounts (spec/account.md). Secrets are here on purpose and protect nothing. Steps, keys and digests are hexadecimal; stored slots, messages and what a server ' +
      'keeps are Base64. `keys`: what follows from an account key. `wraps` and `sealed`: open to the account key of `generation`; negative ones fail with `code`. ' +
      '`slots`: open with `secret`; of a passkey, `passkey` is the output of its PRF for `input`. `enrolments`: the three messages that follow from the nonces, and ' +
      'the words; negative ones: the message fails with `code` where it is received, after the messages before it. `account`: opened by its device with each of ' +
      '`pins`, and by its recovery slot, it gives `derived`, by generation; negative ones: with `change` in the record it fails with `code`, opened as `by` says.',
    accountId: hex(ACCOUNT_ID),
    keys,
    wraps: { positive: wraps, negative: bad.wraps },
    sealed: { positive: sealed, negative: bad.sealed },
    slots: slotVectors(),
    enrolments: enrolmentVectors(),
    account: wholeAccount(),
  }
}
