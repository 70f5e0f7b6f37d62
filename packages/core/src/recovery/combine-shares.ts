import { wipe } from '../bytes'
import { assess, type PinOptions, type ShareInput } from './assess'
import { SharesError, type SharesReport } from './report'

/**
 * Gives the recovery secret back, 32 bytes, from t or more shares of one set, and only if **every** share given is good (spec/recovery.md
 * §4): a share that is ignored in silence is one that nobody asks about. The error's `report` names the bad ones; whoever wants to
 * go on without them combines those it lists as good. Throws `SHARES` with that report, a TypeError or RangeError for misuse.
 * The caller wipes the secret.
 */
export async function combineShares(
  shares: readonly ShareInput[],
  options: PinOptions = {},
): Promise<Uint8Array> {
  const { report, secret } = await assess(shares, options)
  if (secret && report.bad.length === 0) return secret
  wipe(secret)
  throw new SharesError(report)
}

/**
 * The drill: says which shares are good, which are bad and why, and whether the good ones give the secret, without giving it
 * (spec/recovery.md §4). Bad shares are no error here. Throws a TypeError or RangeError for misuse.
 *
 * Only with the setId of a slot that the account has today does it say that these kits open the account; those of a set that
 * was replaced are `foreign` then:
 *
 * ```ts
 * const slot = account.slots.find((s) => s.kind === 'recovery' && s.sealed)
 * const report = slot && (await checkShares(shares, { setId: slot.parameters }))
 * ```
 */
export async function checkShares(
  shares: readonly ShareInput[],
  options: PinOptions = {},
): Promise<SharesReport> {
  const { report, secret } = await assess(shares, options)
  wipe(secret)
  return report
}
