import {
  type Bytes,
  bytesToUuid,
  compareBytes,
  concatBytes,
  fromUtf8,
  unshare,
  utf8,
  uuidToBytes,
} from '../bytes'
import {
  BINARY_MAGIC,
  DIGEST_BYTES,
  ID_BYTES,
  MAX_HEADER_BYTES,
  MAX_METADATA_BYTES,
  MAX_PLAINTEXT_BYTES,
  MAX_RECIPIENTS,
  NONCE_BYTES,
} from '../constants'
import { layoutOfPlaintext } from '../content/chunks'
import { encodeJcs } from '../encoding/jcs'
import { parseStrictJson } from '../encoding/json'
import { Reader } from '../encoding/reader'
import { Writer } from '../encoding/writer'
import { ZkebError } from '../errors'
import { suiteByAlgorithms, suiteById } from '../suites/registry'
import { type CheckedEnvelope, type EnvelopeFields, malformed } from './envelope'

const MAGIC = utf8(BINARY_MAGIC)

/** spec/envelope.md §8.3: magic, header, content, signature, each behind its length. */
export function toBinary(envelope: Omit<CheckedEnvelope, 'version'>): Bytes {
  const header = writeHeader(envelope)
  const { content, signature } = envelope
  const head = new Writer()
    .bytes(MAGIC)
    .u32(header.length)
    .bytes(header)
    .u32(content.length)
    .finish()
  const signatureLength = new Writer().u16(signature.length).finish()
  return concatBytes(head, content, signatureLength, signature)
}

/** Throws `FORMAT`, `VERSION`, `SUITE_NOT_ALLOWED` or `LIMIT`; the fields are still to be checked. */
export function fromBinary(input: Uint8Array): EnvelopeFields {
  const reader = new Reader(unshare(input))
  assertMagic(reader.bytes(Math.min(MAGIC.length, input.length)))
  const { suiteNumber, ...header } = readHeader(
    reader.bytes(bounded(reader.u32(), MAX_HEADER_BYTES)),
  )
  const maxContent = layoutOfPlaintext(MAX_PLAINTEXT_BYTES).messageBytes
  const content = reader.view(bounded(reader.u32(), maxContent))
  const signature = reader.bytes(reader.u16())
  reader.end()
  const { algorithm, keyAlgorithm, signatureAlgorithm } = suiteById(suiteNumber)
  return { ...header, algorithm, keyAlgorithm, signatureAlgorithm, content, signature }
}

function writeHeader(envelope: Omit<CheckedEnvelope, 'version'>): Bytes {
  const writer = new Writer()
    .u8(suiteByAlgorithms(envelope).id)
    .bytes(uuidToBytes(envelope.id))
    .u64(envelope.createdAt)
    .optional(envelope.expiresAt, (to, time) => to.u64(time))
    .optional(envelope.senderPrivateKeyId, writeText)
    .optional(envelope.metadataBytes, (to, jcs) => to.u16(jcs.length).bytes(jcs))
    .bytes(envelope.iv)
    .u16(envelope.recipients.length)
  for (const { receiverPublicKeyId, fingerprint, encryptedKey } of envelope.recipients) {
    writer
      .optional(receiverPublicKeyId, writeText)
      .bytes(fingerprint)
      .u16(encryptedKey.length)
      .bytes(encryptedKey)
  }
  return writer.finish()
}

function readHeader(bytes: Bytes) {
  const reader = new Reader(bytes)
  const fields = {
    suiteNumber: reader.u8(),
    id: bytesToUuid(reader.bytes(ID_BYTES)),
    createdAt: reader.u64(),
    expiresAt: reader.optional(() => reader.u64()),
    senderPrivateKeyId: reader.optional(() => readText(reader)),
    metadata: reader.optional(() => readMetadata(reader)),
    iv: reader.bytes(NONCE_BYTES),
    recipients: Array.from({ length: bounded(reader.u16(), MAX_RECIPIENTS) }, () => ({
      receiverPublicKeyId: reader.optional(() => readText(reader)),
      fingerprint: reader.bytes(DIGEST_BYTES),
      encryptedKey: reader.bytes(reader.u16()),
    })),
  }
  reader.end()
  return fields
}

function assertMagic(found: Uint8Array): void {
  if (compareBytes(found, MAGIC) === 0) return
  const ofOurs =
    found.length === MAGIC.length && compareBytes(found.subarray(0, 3), MAGIC.subarray(0, 3)) === 0
  if (ofOurs) {
    throw new ZkebError('VERSION', 'an envelope of a version this program does not know', {
      hint: 'update @zkeb/core',
    })
  }
  throw new ZkebError('FORMAT', 'not an envelope', {
    hint: `its binary form begins with ${BINARY_MAGIC}`,
  })
}

function bounded(length: number, max: number): number {
  if (length > max) throw new ZkebError('LIMIT', 'a length is larger than the format allows')
  return length
}

/** Labels are 1 to 255 bytes: one byte of length. */
function writeText(writer: Writer, text: string): Writer {
  const bytes = utf8(text)
  return writer.u8(bytes.length).bytes(bytes)
}

function readText(reader: Reader): string {
  return decodeText(reader.bytes(reader.u8()))
}

/** Metadata travels as its JCS bytes, and only as these. */
function readMetadata(reader: Reader): unknown {
  const bytes = reader.bytes(bounded(reader.u16(), MAX_METADATA_BYTES))
  const metadata = parseStrictJson(decodeText(bytes))
  try {
    if (compareBytes(encodeJcs(metadata, 'metadata', MAX_METADATA_BYTES), bytes) === 0)
      return metadata
  } catch {
    // Not canonical, either way.
  }
  throw malformed('metadata')
}

function decodeText(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes)
  } catch {
    throw malformed('a text')
  }
}
