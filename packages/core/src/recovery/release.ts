import { type Bytes, unshare, wipe } from '../bytes'
import { sameWords, toWords } from '../encoding/words'
import { assertOwner, assertPublic, type Reader } from '../envelope/arguments'
import { type Grantor, grant } from '../envelope/grant'
import type { GrantJson } from '../envelope/grant-json'
import { readGrant } from '../envelope/read-grant'
import { decode, type EnvelopeInput } from '../envelope/shapes'
import { ZkebError } from '../errors'
import { identityFingerprint } from '../keys/fingerprint'
import type { PublicIdentity } from '../keys/identity'
import { CODE_WORDS } from './constants'
import { type ExpectedShare, openExpected, toExpected } from './sealed-share'

/** What {@link releaseShare} needs. */
export interface ReleaseShareOptions extends ExpectedShare {
  /** The guardian: opens, and signs the release. */
  readonly as: Grantor
  /** Who asks: the public identity of the new device, from wherever it came. */
  readonly to: PublicIdentity
  /** The ten words as the guardian was told them, by the person who asks and not by the server. */
  readonly code: string
}

/** What {@link receiveShare} needs. */
export interface ReceiveShareOptions extends ExpectedShare {
  /** Who asked: the identity of the new device. */
  readonly as: Reader
  /** Whose release it must be: the guardian's public identity, with the fingerprint of the kit. */
  readonly guardian: PublicIdentity
}

/**
 * The code of an identity: ten words of the English list of BIP-39, the first 110 bits of its fingerprint (spec/recovery.md §8). For
 * whoever asks to say aloud, and for guardians to compare.
 */
export async function releaseCode(identity: PublicIdentity): Promise<string> {
  assertPublic(identity, 'identity', 'encryption', 'signing')
  // Of the keys themselves: they are what is granted to.
  const { encryption, signing } = identity
  const prints = [encryption.fingerprint, signing.fingerprint].map(unshare) as [Bytes, Bytes]
  return toWords(await identityFingerprint(...prints), CODE_WORDS)
}

/**
 * Lets somebody who lost every device open a guardian's share (spec/recovery.md §8): a grant, to go to them by way of the server. Compares
 * the code first, and throws `CODE` before a private key is used where it is not that of `to`. Then opens and proves the share as
 * {@link openShare} does, and throws as it does.
 */
export async function releaseShare(
  envelope: EnvelopeInput,
  options: ReleaseShareOptions,
): Promise<GrantJson> {
  const { as, to, code, ...expected } = options ?? {}
  assertOwner(as, 'as', 'signer')
  assertOwner(as, 'as', 'decrypter')
  assertPublic(to, 'to', 'encryption', 'signing')
  if (typeof code !== 'string') throw new TypeError('code: text')
  const { from, associatedData } = toExpected(expected)
  if (!sameWords(code, await releaseCode(to))) throw wrongCode()
  if (to.suite !== as.public.suite) throw new TypeError("to: of another suite than the guardian's")
  // Read once: what is opened and proven is what is granted.
  const sealed = decode(envelope)
  wipe(await openExpected(sealed, { as, expected }))
  return grant(sealed, { as, to, from, associatedData })
}

/**
 * Opens a share that a guardian released, as the one who asked, and proves that it is the expected one (spec/recovery.md §8): 93 to 141
 * bytes, which the caller wipes. Throws as {@link openShare} and `readGrant` do.
 */
export async function receiveShare(
  envelope: EnvelopeInput,
  release: GrantJson | string,
  options: ReceiveShareOptions,
): Promise<Uint8Array> {
  if (release === undefined || options === undefined) {
    throw new TypeError('release, options: what releaseShare gave comes before the options')
  }
  const { as, guardian, ...expected } = options
  assertPublic(guardian, 'guardian', 'encryption', 'signing')
  const granted = readGrant(release, { from: guardian })
  return openExpected(envelope, { as, expected, grant: granted })
}

function wrongCode(): ZkebError {
  return new ZkebError('CODE', 'the code is not that of this identity', {
    hint: 'have it said once more; if it differs again, somebody else is asking',
  })
}
