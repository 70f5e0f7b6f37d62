import {
  type Bytes,
  bytesToUuid,
  concatBytes,
  equalBytes,
  fromUtf8,
  unshare,
  utf8,
  uuidToBytes,
} from '../bytes'
import {
  BINARY_MAGIC,
  DIGEST_BYTES,
  ID_BYTES,
  MAX_CONTENT_BYTES,
  MAX_HEADER_BYTES,
  MAX_METADATA_BYTES,
  MAX_RECIPIENTS,
  NONCE_BYTES,
} from '../constants'
import { ByteReader } from '../encoding/byte-reader'
import { ByteWriter } from '../encoding/byte-writer'
import { encodeJcs } from '../encoding/jcs'
import { parseStrictJson } from '../encoding/strict-json'
import { malformed, tooLarge } from '../errors'
import { suiteById } from '../suites/registry'
import type { CheckedEnvelope, CheckedHeader, EnvelopeFields } from './envelope'
import { unknownVersion } from './json'

/** spec/envelope.md §8.3: magic, header, content, signature, each behind its length. */
export function toBinary(envelope: CheckedEnvelope): Bytes {
  const header = writeHeader(envelope, envelope.iv)
  const { content, signature } = envelope
  const head = new ByteWriter()
    .u32(BINARY_MAGIC)
    .u32(header.length)
    .bytes(header)
    .u32(content.length)
    .finish()
  const signatureLength = new ByteWriter().u16(signature.length).finish()
  return concatBytes(head, content, signatureLength, signature)
}

/** Throws `FORMAT`, `VERSION`, `SUITE_NOT_ALLOWED` or `LIMIT`; the fields are still to be checked. */
export function fromBinary(input: Uint8Array): EnvelopeFields {
  const reader = new ByteReader(unshare(input))
  assertMagic(reader.u32())
  const { suiteNumber, ...header } = readHeader(
    reader.bytes(bounded(reader.u32(), MAX_HEADER_BYTES)),
    NONCE_BYTES,
  )
  const content = reader.bytes(bounded(reader.u32(), MAX_CONTENT_BYTES))
  const signature = reader.bytes(reader.u16())
  reader.end()
  const { algorithm, keyAlgorithm, ...suite } = suiteById(suiteNumber)
  const signatureAlgorithm = signature.length > 0 ? suite.signatureAlgorithm : ''
  return { ...header, algorithm, keyAlgorithm, signatureAlgorithm, content, signature }
}

/** §8.3; a stream's header has no `iv`. */
export function writeHeader(header: Omit<CheckedHeader, 'signature'>, iv?: Uint8Array): Bytes {
  const writer = new ByteWriter()
    .u8(header.suite.id)
    .bytes(uuidToBytes(header.id))
    .u64(header.createdAt)
    .optional(header.expiresAt, (to, time) => to.u64(time))
    .optional(header.senderPrivateKeyId, writeText)
    .optional(header.metadataBytes, (to, jcs) => to.u16(jcs.length).bytes(jcs))
    .bytes(iv ?? new Uint8Array(0))
    .u16(header.recipients.length)
  for (const { receiverPublicKeyId, fingerprint, encryptedKey } of header.recipients) {
    writer
      .optional(receiverPublicKeyId, writeText)
      .bytes(fingerprint)
      .u16(encryptedKey.length)
      .bytes(encryptedKey)
  }
  return writer.finish()
}

/** Throws as {@link fromBinary} does. */
export function readHeader(bytes: Bytes, ivBytes = 0) {
  const reader = new ByteReader(bytes)
  const fields = {
    suiteNumber: reader.u8(),
    id: bytesToUuid(reader.bytes(ID_BYTES)),
    createdAt: reader.u64(),
    expiresAt: reader.optional(() => reader.u64()),
    senderPrivateKeyId: reader.optional(() => readText(reader)),
    metadata: reader.optional(() => readMetadata(reader)),
    iv: reader.bytes(ivBytes),
    recipients: Array.from({ length: bounded(reader.u16(), MAX_RECIPIENTS) }, () => ({
      receiverPublicKeyId: reader.optional(() => readText(reader)),
      fingerprint: reader.bytes(DIGEST_BYTES),
      encryptedKey: reader.bytes(reader.u16()),
    })),
  }
  reader.end()
  return fields
}

function assertMagic(found: number): void {
  if (found === BINARY_MAGIC) return
  throw found >>> 8 === BINARY_MAGIC >>> 8 ? unknownVersion() : malformed('the binary form')
}

/** Throws `LIMIT`. */
export function bounded(length: number, max: number): number {
  if (length > max) throw tooLarge('a part')
  return length
}

/** Labels are 1 to 255 bytes: one byte of length. */
function writeText(writer: ByteWriter, text: string): ByteWriter {
  const bytes = utf8(text)
  return writer.u8(bytes.length).bytes(bytes)
}

function readText(reader: ByteReader): string {
  return decodeText(reader.bytes(reader.u8()))
}

/** Metadata travels as its JCS bytes, and only as these. */
function readMetadata(reader: ByteReader): unknown {
  const bytes = reader.bytes(bounded(reader.u16(), MAX_METADATA_BYTES))
  const metadata = parseStrictJson(decodeText(bytes))
  try {
    if (equalBytes(encodeJcs(metadata, 'metadata', MAX_METADATA_BYTES), bytes)) return metadata
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
