import { toHex, wipe } from '../bytes'
import { assertNoMore, assertWithin, copyBytes } from '../encoding/arguments'
import type { JsonObject } from '../encoding/jcs'
import {
  type Addressee,
  assertOwner,
  assertPublic,
  type Reader,
  type Sender,
} from '../envelope/arguments'
import { open } from '../envelope/open'
import type { Grant } from '../envelope/read-grant'
import { seal } from '../envelope/seal'
import type { EnvelopeInput, SealedEnvelope } from '../envelope/shapes'
import type { PublicIdentity } from '../keys/identity'
import type { ShareInput } from './assess'
import { HASH_BYTES, MAX_SHARES, SHARE_PURPOSE } from './constants'
import { readGoodShare } from './inspect-share'
import { badShare } from './report'

/** What {@link sealShare} needs. */
export interface SealShareOptions {
  /** The guardian: `guardian.public`, after its fingerprint was compared. */
  readonly to: Addressee
  /** The owner of the account, of the guardian's suite. */
  readonly from: Sender
  /** 32 bytes. */
  readonly accountId: Uint8Array
}

/** Which share it must be, from where it can be trusted: the kit. Never from the server. */
export interface ExpectedShare {
  /** Who sealed it: the owner's public identity. */
  readonly from: PublicIdentity
  /** 32 bytes. */
  readonly accountId: Uint8Array
  /** The name of the set, 16 bytes. */
  readonly setId: Uint8Array
  /** x: 1 to 16. */
  readonly index: number
}

/** What {@link openShare} needs. */
export interface OpenShareOptions extends ExpectedShare {
  /** The guardian. */
  readonly as: Reader
}

/**
 * Seals a share to a guardian, from the owner, bound to account, set and number (spec/recovery.md §7). Throws `SHARES` for a bad
 * share, a TypeError or RangeError for misuse: an owner of another suite than the guardian's, too.
 */
export async function sealShare(
  share: ShareInput,
  options: SealShareOptions,
): Promise<SealedEnvelope> {
  const { to, from, accountId, ...unknown } = options ?? {}
  assertNoMore(unknown)
  assertPublic(to, 'to', 'encryption')
  assertOwner(from, 'from', 'signer')
  if (from.public.suite !== to.suite) {
    throw new TypeError(`from: give the owner an identity of the guardian's suite, ${to.suite}`)
  }
  const id = copyBytes(accountId, 'accountId')
  const { bytes, setId, index } = await readGoodShare(share, {})
  try {
    const associatedData = bindShare({ accountId: id, setId, index })
    return await seal(bytes, { to, from, associatedData })
  } finally {
    wipe(bytes)
  }
}

/**
 * Opens a sealed share as the guardian, and proves that it is the expected one (spec/recovery.md §7): 93 to 141 bytes, which the caller
 * wipes. Throws as `open` does (`SIGNATURE` for another owner, account, set or number), and `SHARES` for a bad share inside.
 */
export async function openShare(
  envelope: EnvelopeInput,
  options: OpenShareOptions,
): Promise<Uint8Array> {
  const { as, ...expected } = options ?? {}
  return openExpected(envelope, { as, expected })
}

/** The same, by a grant where there is one. */
export async function openExpected(
  envelope: EnvelopeInput,
  { as, expected, grant }: { as: Reader; expected: ExpectedShare; grant?: Grant },
): Promise<Uint8Array> {
  assertOwner(as, 'as', 'decrypter')
  const { from, setId, index, associatedData } = toExpected(expected)
  const opening = { as, from, associatedData, ...(grant && { grant }) }
  const { bytes } = await open(envelope, opening)
  try {
    const share = await readGoodShare(bytes, { setId })
    if (share.index === index) return share.bytes
    wipe(share.bytes)
    throw badShare({ reason: 'index', index: share.index, epoch: share.epoch }, 'pinned')
  } finally {
    wipe(bytes)
  }
}

/** Checks what is expected, and writes down what is bound to the envelope. */
export function toExpected(expected: ExpectedShare) {
  const { from, accountId, setId, index, ...unknown } = expected
  assertNoMore(unknown)
  assertPublic(from, 'from', 'encryption', 'signing')
  assertWithin(index, 'index', { min: 1, max: MAX_SHARES })
  const bound = {
    accountId: copyBytes(accountId, 'accountId'),
    setId: copyBytes(setId, 'setId', HASH_BYTES),
    index,
  }
  return { from, setId: bound.setId, index, associatedData: bindShare(bound) }
}

function bindShare({ accountId, setId, index }: Omit<ExpectedShare, 'from'>): JsonObject {
  return {
    purpose: SHARE_PURPOSE,
    accountId: toHex(accountId),
    setId: toHex(setId),
    x: index,
  }
}
