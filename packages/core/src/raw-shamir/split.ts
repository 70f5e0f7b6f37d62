import { type Bytes, isBytes, wipe } from '../bytes'
import { assertWithin } from '../encoding/arguments'
import { tooLarge } from '../errors'
import { MAX_RAW_SECRET_BYTES, MAX_RAW_SHARES, MIN_RAW_THRESHOLD } from './constants'
import { evaluate, type SplitOptions } from './polynomial'

/**
 * Splits a secret of 1 byte to 1 MiB into `shares` shares (2…255), any `threshold` of which (2…`shares`) give it back, and fewer
 * of which say nothing of it but its length (spec/raw-shamir.md). A share is y ‖ x: as many bytes as the secret, and one byte
 * x = 1…`shares`, in this order. It is the layout of `shamir-secret-sharing` and of HashiCorp Vault.
 *
 * **Raw**: a share carries no threshold, no checksum and no name of its set. Who changes a share changes the secret, and nobody
 * sees it: for keys of people use `createRecoverySet` of `@zkeb/core/recovery`, whose shares prove themselves.
 *
 * The time is that of shares × threshold × length, and all of it at once. No branch and no memory access depends on a secret;
 * what a JavaScript engine may still give away is in spec/raw-shamir.md §5.
 *
 * Throws TypeError and RangeError for misuse, and `LIMIT` for a secret beyond 1 MiB.
 */
export function splitBytes(secret: Uint8Array, options: SplitOptions): Bytes[] {
  if (!isBytes(secret)) throw new TypeError('secret: a Uint8Array')
  if (secret.length === 0) throw new RangeError('secret: at least one byte')
  if (secret.length > MAX_RAW_SECRET_BYTES) throw tooLarge('the secret')
  const { shares, threshold } = options
  assertWithin(shares, 'shares', { min: MIN_RAW_THRESHOLD, max: MAX_RAW_SHARES })
  assertWithin(threshold, 'threshold', { min: MIN_RAW_THRESHOLD, max: shares })
  return evaluate(secret, { shares, threshold }).map(({ x, y }) => {
    const share = new Uint8Array(y.length + 1)
    share.set(y)
    share[y.length] = x
    wipe(y)
    return share
  })
}
