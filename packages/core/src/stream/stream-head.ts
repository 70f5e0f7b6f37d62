import { type Bytes, equalBytes, fromUtf8, utf8 } from '../bytes'
import {
  CONTENT_HEAD_BYTES,
  MAX_HEADER_BYTES,
  SALT_BYTES,
  STREAM_HEAD_LABEL,
  STREAM_MAGIC,
  STREAM_VERSION,
} from '../constants'
import { ByteReader } from '../encoding/byte-reader'
import { ByteWriter } from '../encoding/byte-writer'
import { pae } from '../encoding/pae'
import { bounded, readHeader, writeHeader } from '../envelope/binary'
import { checkHeader } from '../envelope/envelope'
import type { Header } from '../envelope/header'
import type { Authenticable } from '../envelope/verify'
import { ZkebError } from '../errors'
import { suiteById } from '../suites/registry'
import type { PieceReader } from './piece-reader'

/** Magic and length of the header, in bytes. */
const PREFIX_BYTES = 8
/** The length of the head signature, in bytes. */
const LENGTH_BYTES = 2

/** spec/stream.md §2: everything of a stream before its first chunk. */
export function writeHead(
  header: Header,
  { signature, contentHead }: { readonly signature: Uint8Array; readonly contentHead: Bytes },
): Bytes {
  const { metadataBytes, ...fields } = header
  const metadata = metadataBytes && JSON.parse(fromUtf8(metadataBytes))
  const head = checkHeader({ ...fields, metadata, signature })
  const bytes = writeHeader(head)
  return new ByteWriter()
    .bytes(utf8(STREAM_MAGIC))
    .u32(bytes.length)
    .bytes(bytes)
    .u16(head.signature.length)
    .bytes(head.signature)
    .bytes(contentHead)
    .finish()
}

/** Reads and checks the same, and counts its bytes. Throws `FORMAT`, `VERSION`, `SUITE_NOT_ALLOWED` or `LIMIT`. */
export async function readHead(
  reader: PieceReader,
): Promise<{ readonly head: Authenticable; readonly contentHead: Bytes; readonly bytes: number }> {
  const prefix = await reader.bytes(PREFIX_BYTES)
  assertMagic(prefix.subarray(0, STREAM_MAGIC.length))
  const length = new ByteReader(prefix.subarray(STREAM_MAGIC.length)).u32()
  const headerBytes = await reader.bytes(bounded(length, MAX_HEADER_BYTES))
  const { suiteNumber, ...fields } = readHeader(headerBytes)
  const signatureLength = new ByteReader(await reader.bytes(LENGTH_BYTES)).u16()
  const signature = await reader.bytes(signatureLength)
  const contentHead = await reader.bytes(CONTENT_HEAD_BYTES)
  const { algorithm, keyAlgorithm, signatureAlgorithm } = suiteById(suiteNumber)
  const algorithms = { algorithm, keyAlgorithm, signatureAlgorithm }
  const head = { ...checkHeader({ ...fields, ...algorithms, signature }), version: STREAM_VERSION }
  const bytes = PREFIX_BYTES + length + LENGTH_BYTES + signatureLength + CONTENT_HEAD_BYTES
  return { head, contentHead, bytes }
}

/** §3: what the head signature is over. */
export function headMessage(h: Bytes, contentHead: Bytes): Bytes {
  const salt = contentHead.subarray(0, SALT_BYTES)
  const commitment = contentHead.subarray(SALT_BYTES)
  return pae([STREAM_HEAD_LABEL, h, salt, commitment])
}

function assertMagic(found: Uint8Array): void {
  const magic = utf8(STREAM_MAGIC)
  if (equalBytes(found, magic)) return
  const version = magic.length - 1
  if (equalBytes(found.subarray(0, version), magic.subarray(0, version))) {
    throw new ZkebError('VERSION', 'a stream of a version this program does not know')
  }
  throw new ZkebError('FORMAT', 'not a stream', {
    hint: `a stream begins with ${STREAM_MAGIC}; envelopes are for open()`,
  })
}
