import { type Bytes, u64 } from '../bytes'
import { CONTENT_HEAD_BYTES, GRANT_VERSION, GRANT_WRAP_INFO, SALT_BYTES } from '../constants'
import { optional, pae } from '../encoding/pae'
import type { PublicIdentity } from '../keys/identity'
import type { WrapContext } from '../suites/suite'
import type { GrantFields } from './grant-json'
import { stanzaDigest } from './header'

/** What a grant is for. */
interface GrantedEnvelope {
  readonly h: Bytes
  readonly content: Uint8Array
  /** SHA-256 over the SHA-256 of every sealed chunk. */
  readonly digest: Bytes
  readonly grantor: PublicIdentity
}

/** spec/grant.md §3: what the grantor signs. `h` stands for the envelope's header, its sender included. */
export async function grantMessage(
  grant: Omit<GrantFields, 'signature'>,
  envelope: GrantedEnvelope,
): Promise<Bytes> {
  const { content } = envelope
  const { expiresAt } = grant
  return pae([
    GRANT_VERSION,
    envelope.h,
    content.subarray(0, SALT_BYTES),
    content.subarray(SALT_BYTES, CONTENT_HEAD_BYTES),
    envelope.digest,
    envelope.grantor.encryption.fingerprint,
    envelope.grantor.signing.fingerprint,
    grant.signatureAlgorithm,
    await stanzaDigest(grant.keyAlgorithm, grant.recipient),
    u64(grant.issuedAt),
    optional(expiresAt === undefined ? undefined : u64(expiresAt)),
  ])
}

/** spec/grant.md §3: binds the wrapped key to envelope, grantor and grantee, in suites that can. */
export function grantContext(h: Bytes, grantor: Uint8Array, recipient: Uint8Array): WrapContext {
  return { info: GRANT_WRAP_INFO, aad: pae([h, grantor, recipient]) }
}
