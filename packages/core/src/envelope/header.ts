import { type Bytes, compareBytes, concatBytes, u64, uuidToBytes } from '../bytes'
import { CONTENT_HEAD_BYTES, SALT_BYTES, SIGNATURE_LABEL, WRAP_INFO } from '../constants'
import { backend } from '../crypto/current'
import { optional, pae } from '../encoding/pae'
import type { WrapContext } from '../suites/suite'
import type { CheckedEnvelope, Recipient } from './envelope'

/** Everything of an envelope that is authenticated beside the content. */
export type Header = Pick<
  CheckedEnvelope,
  | 'algorithm'
  | 'keyAlgorithm'
  | 'signatureAlgorithm'
  | 'id'
  | 'createdAt'
  | 'recipients'
  | 'metadataBytes'
> & {
  /** First piece of the core. */
  readonly version: string
  readonly expiresAt?: number | undefined
  readonly senderPrivateKeyId?: string | undefined
}

/** What sender and opener know beside the envelope: it is authenticated, and not carried. */
export interface HeaderContext {
  /** Fingerprint of the sender's signing key. */
  readonly sender: Uint8Array
  /** JCS bytes of the associated data. */
  readonly associatedData: Bytes | undefined
}

/** spec/envelope.md §4: `h`, the digest that the content key and the signature are bound to. */
export async function headerDigest(header: Header, context: HeaderContext): Promise<Bytes> {
  const { expiresAt, recipients } = header
  const { sender, associatedData } = context
  const core = pae([
    header.version,
    header.algorithm,
    header.keyAlgorithm,
    header.signatureAlgorithm,
    uuidToBytes(header.id),
    u64(header.createdAt),
    optional(expiresAt === undefined ? undefined : u64(expiresAt)),
    optional(header.senderPrivateKeyId),
    sender,
    recipients[0].fingerprint,
    await stanzaDigests(header),
    optional(header.metadataBytes),
    optional(associatedData && (await backend().sha256(associatedData))),
  ])
  return backend().sha256(core)
}

/** §4: SHA-256 of every stanza, in the order of the fingerprints, one after the other. */
async function stanzaDigests({ keyAlgorithm, recipients }: Header): Promise<Bytes> {
  const sorted = [...recipients].sort((a, b) => compareBytes(a.fingerprint, b.fingerprint))
  const digests = sorted.map((recipient) => stanzaDigest(keyAlgorithm, recipient))
  return concatBytes(...(await Promise.all(digests)))
}

/** §4: SHA-256 of one recipient's stanza. */
export async function stanzaDigest(keyAlgorithm: string, recipient: Recipient): Promise<Bytes> {
  const { receiverPublicKeyId, fingerprint, encryptedKey } = recipient
  const stanza = [keyAlgorithm, optional(receiverPublicKeyId), fingerprint, encryptedKey]
  return backend().sha256(pae(stanza))
}

/** What a signature is over, beside the header. */
export interface SignedContent {
  /** Begins with salt ‖ commitment, 56 bytes: the content, or only its head. */
  readonly content: Bytes
  /** SHA-256 over the SHA-256 of every sealed chunk. */
  readonly digest: Bytes
  readonly plaintextBytes: number
}

/** spec/envelope.md §5: what the sender signs. */
export function signedMessage(h: Bytes, { content, digest, plaintextBytes }: SignedContent): Bytes {
  const salt = content.subarray(0, SALT_BYTES)
  const commitment = content.subarray(SALT_BYTES, CONTENT_HEAD_BYTES)
  return pae([SIGNATURE_LABEL, h, salt, commitment, digest, u64(plaintextBytes)])
}

/** §4: binds a wrapped key to envelope, sender and recipient, in suites that can. */
export function wrapContext(id: string, sender: Uint8Array, recipient: Uint8Array): WrapContext {
  return { info: WRAP_INFO, aad: pae([uuidToBytes(id), sender, recipient]) }
}
