/**
 * A malicious sender: builds envelopes out of core's own parts, any of them replaced, and signs the result.
 * What it makes is well-formed and carries a true signature, so that everything behind the signature is reached.
 */
import type { Identity, JsonObject, PublicIdentity, SealedEnvelope } from '@zkeb/core'
import { decode } from '@zkeb/core'
import { contentDigest, sealWithSalt } from '../../packages/core/src/content/chunked'
import { encodeJcs } from '../../packages/core/src/encoding/jcs'
import { toAssociatedDataBytes } from '../../packages/core/src/envelope/arguments'
import type { CheckedRecipient } from '../../packages/core/src/envelope/envelope'
import {
  type Header,
  headerDigest,
  signedMessage,
  wrapContext,
} from '../../packages/core/src/envelope/header'
import { suiteByName } from '../../packages/core/src/suites/registry'

type Bytes = Uint8Array<ArrayBuffer>

export interface Forgery {
  readonly from: Identity
  readonly to: readonly PublicIdentity[]
  readonly plaintext?: Bytes
  readonly id?: string
  readonly createdAt?: number
  readonly expiresAt?: number
  readonly senderPrivateKeyId?: string
  readonly metadata?: JsonObject
  readonly associatedData?: string
  /** Content key that seals the content; random by default. */
  readonly cek?: Bytes
  /** Salt of the content; random by default. */
  readonly salt?: Bytes
  /** What is wrapped for a recipient; the content key by default. */
  readonly wrap?: (cek: Bytes, recipient: PublicIdentity, index: number) => Promise<Uint8Array>
  /** Replaces the sealed content before it is signed; `h` is what the content is bound to. */
  readonly content?: (message: Bytes, h: Bytes) => Bytes
  /** Replaces the nonce column. */
  readonly iv?: (baseNonce: Bytes) => Bytes
  /** Claims this signing key's fingerprint in the header; the sender's own by default. */
  readonly claimedSender?: PublicIdentity
  /** Signs; the sender's own signer by default. */
  readonly sign?: (message: Uint8Array) => Promise<Uint8Array>
}

export interface Forged {
  readonly envelope: SealedEnvelope
  readonly cek: Bytes
  readonly h: Bytes
  readonly signed: Bytes
}

export const FORGED_ID = '00112233-4455-4677-8899-aabbccddeeff'
export async function forge(forgery: Forgery): Promise<Forged> {
  const { id = FORGED_ID, createdAt = 1_760_000_000_000, expiresAt, metadata } = forgery
  const cek = forgery.cek ?? crypto.getRandomValues(new Uint8Array(32))
  const sender = (forgery.claimedSender ?? forgery.from.public).signing.fingerprint
  const wrap = forgery.wrap ?? wrapFor(id, sender)
  const recipients = await Promise.all(
    forgery.to.map(async (recipient, i) => ({
      ...(recipient.encryption.keyId !== undefined && {
        receiverPublicKeyId: recipient.encryption.keyId,
      }),
      fingerprint: own(recipient.encryption.fingerprint),
      encryptedKey: own(await wrap(cek, recipient, i)),
    })),
  )
  const { algorithm, keyAlgorithm, signatureAlgorithm } = suiteByName(forgery.from.public.suite)
  const fields = {
    algorithm,
    keyAlgorithm,
    signatureAlgorithm,
    id,
    createdAt,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(forgery.senderPrivateKeyId !== undefined && {
      senderPrivateKeyId: forgery.senderPrivateKeyId,
    }),
    recipients: recipients as [CheckedRecipient, ...CheckedRecipient[]],
  }
  const header: Header = {
    version: 'zkeb/envelope/v1',
    ...fields,
    metadataBytes: metadata && encodeJcs(metadata, 'metadata', 1 << 20),
  }
  const associatedData = toAssociatedDataBytes(forgery.associatedData)
  const h = await headerDigest(header, { sender, associatedData })
  const key = { inputKey: cek, context: h }
  const plaintext = forgery.plaintext ?? new TextEncoder().encode('hello')
  const salt = forgery.salt ?? crypto.getRandomValues(new Uint8Array(24))
  const sealed = await sealWithSalt(key, plaintext, salt)
  const content = forgery.content?.(sealed.message, h) ?? sealed.message
  const signed = await signedMessageOf(h, content)
  const signature = await (forgery.sign ?? forgery.from.signer.sign)(signed)
  const iv = forgery.iv?.(sealed.baseNonce) ?? sealed.baseNonce
  const envelope = decode({
    version: 'zkeb/envelope/v1',
    ...fields,
    ...(metadata && { metadata }),
    iv,
    content,
    signature,
  })
  return { envelope, cek, h, signed }
}

/** Wraps as an honest sender does. */
export function wrapFor(id: string, sender: Uint8Array) {
  return (cek: Bytes, { encryption }: PublicIdentity): Promise<Uint8Array> =>
    encryption.wrap(cek, wrapContext(id, sender, encryption.fingerprint))
}

/** What a signature over this content is over. */
export async function signedMessageOf(h: Bytes, sealed: Uint8Array): Promise<Bytes> {
  const content = own(sealed)
  const digest = await contentDigest(content)
  return signedMessage(h, { content, digest, plaintextBytes: plaintextLength(content) })
}

/** The length of the plaintext, by the length of its sealed content. */
function plaintextLength(content: Uint8Array): number {
  const sealed = content.length - 56
  return sealed - 16 * Math.ceil(sealed / 16_400)
}

function own(bytes: Uint8Array): Bytes {
  return Uint8Array.from(bytes)
}
