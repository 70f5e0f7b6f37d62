import { unshare, wipe } from '../bytes'
import { assertNoMore } from '../encoding/arguments'
import type { JsonValue } from '../encoding/jcs'
import { present } from '../encoding/present'
import type { Identity, PublicIdentity } from '../keys/identity'
import { type Addressee, assertOwner, assertPublic, toExpiry, toMilliseconds } from './arguments'
import { type GrantJson, parseGrant, toGrantJson } from './grant-json'
import { grantContext, grantMessage } from './grant-message'
import { unlock } from './open'
import { type EnvelopeInput, parseEnvelope } from './shapes'
import type { SenderResolver } from './verify'

/** A recipient who grants: unwraps and signs. Every {@link Identity} fits. */
export type Grantor = Pick<Identity, 'public' | 'decrypter' | 'signer'>

/** What {@link grant} needs. */
export interface GrantOptions {
  /** Who grants: one of the envelope's own recipients. */
  readonly as: Grantor
  /** Who may open from now on: `carol.public`, of the envelope's suite. */
  readonly to: Addressee
  /** Who sealed the envelope, as in `open`. */
  readonly from: PublicIdentity | SenderResolver
  /** The same as at sealing. */
  readonly associatedData?: JsonValue
  /** From this moment on the grant does not open the envelope. A Date, or Unix milliseconds. */
  readonly expiresAt?: Date | number
  /** Unix milliseconds to take for now, where the clock is not to be asked. */
  readonly now?: number
}

/**
 * Lets somebody new open an envelope, which stays as it is (spec/grant.md). Opens it first, and throws as `open` does: so the grantor is
 * a recipient, never a grantee. Returns plain JSON to keep beside the envelope; `readGrant` reads it. Nothing takes a
 * grant back. Throws a TypeError or RangeError that names the argument for misuse.
 */
export async function grant(input: EnvelopeInput, options: GrantOptions): Promise<GrantJson> {
  const { as, to, from, associatedData, expiresAt: _, now: __, ...unknown } = options ?? {}
  assertNoMore(unknown)
  assertOwner(as, 'as', 'decrypter')
  assertOwner(as, 'as', 'signer')
  const grantor = assertPublic(as.public, 'as.public', 'encryption', 'signing')
  const { keyId, fingerprint } = assertPublic(to, 'to', 'encryption').encryption
  if (typeof from !== 'function') assertPublic(from, 'from', 'encryption', 'signing')
  const now = toMilliseconds(options.now ?? Date.now(), 'now')
  const expiresAt = toExpiry(options.expiresAt, now)
  const envelope = parseEnvelope(input)
  to.encryption.assertBeside?.([keyId])
  if (to.suite !== envelope.suite.name)
    throw new TypeError('to: must be of the suite of the envelope')

  const { opened, h, digest, cek } = await unlock(
    envelope,
    present({ as, from, associatedData, now }),
  )
  wipe(opened.bytes)
  const context = grantContext(h, grantor.signing.fingerprint, fingerprint)
  const encryptedKey = await to.encryption.wrap(cek, context).finally(() => wipe(cek))
  const unsigned = present({
    envelopeId: envelope.id,
    issuedAt: now,
    expiresAt,
    algorithm: envelope.algorithm,
    keyAlgorithm: envelope.keyAlgorithm,
    signatureAlgorithm: envelope.signatureAlgorithm,
    grantorFingerprint: unshare(grantor.encryption.fingerprint),
    recipient: present({
      receiverPublicKeyId: keyId,
      fingerprint: unshare(fingerprint),
      encryptedKey: unshare(encryptedKey),
    }),
  })
  const { content } = envelope
  const message = await grantMessage(unsigned, { h, content, digest, grantor })
  const signature = unshare(await as.signer.sign(message))
  const json = toGrantJson({ ...unsigned, signature })
  // What another maker's key or signer returned may not fit the format.
  parseGrant(json)
  return json
}
