import { createHash } from 'node:crypto'
import {
  decode,
  type EnvelopeInput,
  type PublicIdentity,
  pae,
  type SealedEnvelope,
  type Sender,
  ZkebError,
} from '@zkeb/core'
import { assertOptions } from './options'

/** First piece of what is signed, and the version of the form (spec/receipt.md). */
const RECEIPT_VERSION = 'zkeb/receipt/v1'
/** Characters of a receipt as JSON text. */
const MAX_RECEIPT_CHARACTERS = 16_384
const DIGEST_BYTES = 32
/** The longest signature is that of RSA-8192 or of suite pq; no suite has a longer one. */
const MAX_SIGNATURE_BYTES = 4096
/** salt(24) ‖ commitment(32), before the chunks (spec/envelope.md §3). */
const CONTENT_HEAD_BYTES = 56
/** 16384 bytes and a tag of 16. */
const CHUNK_BYTES = 16_400

/** A reader's word that it opened an envelope, for `vault.recordOpening`. Plain JSON; bytes are Base64. */
export interface OpeningReceipt {
  readonly version: typeof RECEIPT_VERSION
  readonly envelopeId: string
  /** SHA-256 of the sender's signature, 32 bytes. */
  readonly envelopeSignatureDigest: string
  /** SHA-256 over the SHA-256 of every sealed chunk, 32 bytes. */
  readonly contentDigest: string
  /** ISO 8601, UTC, milliseconds. */
  readonly openedAt: string
  /** Fingerprint of the reader's encryption key, 32 bytes: of a recipient, or of a grantee. */
  readonly readerFingerprint: string
  /** The reader's. */
  readonly signature: string
}

/** What {@link signReceipt} needs. */
export interface SignReceiptOptions {
  /** Who opened: an identity, or its public half with something that signs. */
  readonly as: { readonly public: PublicIdentity; readonly signer: Sender['signer'] }
  /** When; default: now. */
  readonly openedAt?: Date
}

/**
 * Makes the receipt of an opening without the database: a receiver calls it once it opened what `vault.deliver` gave, and hands
 * the result to whoever runs `vault.recordOpening`.
 *
 * @throws what `decode` of core throws for an envelope in none of its shapes; TypeError for an unsigned one
 */
export async function signReceipt(
  envelope: EnvelopeInput,
  options: SignReceiptOptions,
): Promise<OpeningReceipt> {
  assertOptions(options, ['as', 'openedAt'])
  const { as, openedAt = new Date() } = options ?? {}
  if (as?.public?.fingerprint === undefined || typeof as.signer?.sign !== 'function') {
    throw new TypeError('as must be an identity')
  }
  if (!(openedAt instanceof Date) || !(openedAt.getTime() >= 0)) {
    throw new TypeError('openedAt must be a valid Date')
  }
  const sealed = decode(envelope)
  if (sealed.signature.length === 0) throw new TypeError('envelope must be signed')
  const fields = { envelopeId: sealed.id, openedAt, ...digestsOf(sealed) }
  const signature = await as.signer.sign(receiptMessage(fields, as.public))
  const readerFingerprint = as.public.encryption.fingerprint
  return toReceipt({ ...fields, readerFingerprint, signature })
}

/** A receipt that was read once and is well-formed; nothing of it is proven. */
export interface ReceiptFields {
  readonly envelopeId: string
  readonly envelopeSignatureDigest: Uint8Array
  readonly contentDigest: Uint8Array
  readonly openedAt: Date
  readonly readerFingerprint: Uint8Array
  readonly signature: Uint8Array
}

/** Reads a receipt, parsed or as text. Throws FORMAT, VERSION or LIMIT. */
export function readReceipt(input: unknown): ReceiptFields {
  const json = typeof input === 'string' ? parse(input) : input
  if (typeof json !== 'object' || json === null) throw malformed('the receipt')
  const { version, envelopeId, openedAt, ...bytes } = json as Record<string, unknown>
  const { envelopeSignatureDigest, contentDigest, readerFingerprint, signature, ...unknown } = bytes
  if (version !== RECEIPT_VERSION) {
    if (typeof version !== 'string' || !version.startsWith('zkeb/')) throw malformed('version')
    throw new ZkebError('VERSION', 'the receipt has a version this program does not know')
  }
  if (Object.keys(unknown).length > 0) throw malformed('the receipt')
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  if (typeof envelopeId !== 'string' || !uuid.test(envelopeId)) throw malformed('envelopeId')
  const time = new Date(typeof openedAt === 'string' ? openedAt : Number.NaN)
  if (!(time.getTime() >= 0) || time.toISOString() !== openedAt) throw malformed('openedAt')
  const digest = { min: DIGEST_BYTES, max: DIGEST_BYTES }
  return {
    envelopeId,
    envelopeSignatureDigest: fromBase64(envelopeSignatureDigest, 'envelopeSignatureDigest', digest),
    contentDigest: fromBase64(contentDigest, 'contentDigest', digest),
    openedAt: time,
    readerFingerprint: fromBase64(readerFingerprint, 'readerFingerprint', digest),
    signature: fromBase64(signature, 'signature', { min: 1, max: MAX_SIGNATURE_BYTES }),
  }
}

/** The one form of a receipt. */
export function toReceipt(fields: ReceiptFields): OpeningReceipt {
  const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return {
    version: RECEIPT_VERSION,
    envelopeId: fields.envelopeId,
    envelopeSignatureDigest: toBase64(fields.envelopeSignatureDigest),
    contentDigest: toBase64(fields.contentDigest),
    openedAt: fields.openedAt.toISOString(),
    readerFingerprint: toBase64(fields.readerFingerprint),
    signature: toBase64(fields.signature),
  }
}

/** spec/receipt.md §2: what the reader signs. The identity's fingerprint stands for both its keys. */
export function receiptMessage(
  receipt: Omit<ReceiptFields, 'readerFingerprint' | 'signature'>,
  reader: Pick<PublicIdentity, 'fingerprint'>,
): Uint8Array {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(receipt.openedAt.getTime()))
  return pae([
    RECEIPT_VERSION,
    Buffer.from(receipt.envelopeId.replaceAll('-', ''), 'hex'),
    receipt.envelopeSignatureDigest,
    receipt.contentDigest,
    time,
    reader.fingerprint,
  ])
}

/** What names one sealing of one content: no other envelope has both digests. */
export function digestsOf({ signature, content }: Pick<SealedEnvelope, 'signature' | 'content'>) {
  const chunks = createHash('sha256')
  for (let start = CONTENT_HEAD_BYTES; start < content.length; start += CHUNK_BYTES) {
    chunks.update(sha256(content.subarray(start, start + CHUNK_BYTES)))
  }
  return { envelopeSignatureDigest: sha256(signature), contentDigest: chunks.digest() }
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

function parse(text: string): unknown {
  if (text.length > MAX_RECEIPT_CHARACTERS) {
    throw new ZkebError('LIMIT', 'the receipt is too large')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('the JSON')
  }
}

function fromBase64(
  value: unknown,
  member: string,
  { min, max }: { readonly min: number; readonly max: number },
): Uint8Array {
  // Four characters for three bytes.
  const maxCharacters = Math.ceil(max / 3) * 4
  if (typeof value !== 'string' || value.length > maxCharacters) throw malformed(member)
  const bytes = Buffer.from(value, 'base64')
  const isCanonical = bytes.toString('base64') === value
  if (!isCanonical || bytes.length < min || bytes.length > max) throw malformed(member)
  return new Uint8Array(bytes)
}

function malformed(what: string): ZkebError {
  return new ZkebError('FORMAT', `${what} is not valid`, {
    hint: 'hand on exactly what signReceipt made',
  })
}
