import { type Bytes, concatBytes } from '../bytes'
import { CONTENT_HEAD_BYTES, MAX_PLAINTEXT_BYTES, TAG_BYTES } from '../constants'
import { fromBase64, toBase64 } from '../encoding/base64'
import { ZkebError } from '../errors'
import { type Envelope, malformed } from './envelope'

/** Base64 of the longest content: four characters for three bytes, tags of every chunk included. */
const MAX_DATA_CHARACTERS =
  Math.ceil((CONTENT_HEAD_BYTES + MAX_PLAINTEXT_BYTES * 1.001 + TAG_BYTES) / 3) * 4

/** spec/envelope.md §8.1: the text columns that the JSON and the row form share. */
export interface TextColumns {
  readonly encryptedData: string
  readonly authTag: string
  readonly iv: string
  readonly signature: string
  readonly encryptedKey: string
}

export function toTextColumns({ content, iv, signature, recipients }: Envelope): TextColumns {
  const tag = content.length - TAG_BYTES
  return {
    encryptedData: toBase64(content.subarray(0, tag)),
    authTag: toBase64(content.subarray(tag)),
    iv: toBase64(iv),
    signature: toBase64(signature),
    encryptedKey: toBase64(recipients[0].encryptedKey),
  }
}

/** Throws `FORMAT`, and `LIMIT` before anything of unbounded size is decoded. */
export function fromTextColumns(columns: { readonly [K in keyof TextColumns]: unknown }) {
  const { encryptedData, authTag, iv, signature, encryptedKey } = columns
  if (typeof encryptedData === 'string' && encryptedData.length > MAX_DATA_CHARACTERS) {
    throw new ZkebError('LIMIT', `content of more than ${MAX_PLAINTEXT_BYTES} bytes`)
  }
  const tag = decodeColumn(authTag, 'authTag')
  if (tag.length !== TAG_BYTES) throw malformed('authTag')
  return {
    content: concatBytes(decodeColumn(encryptedData, 'encryptedData'), tag),
    iv: decodeColumn(iv, 'iv'),
    signature: decodeColumn(signature, 'signature'),
    encryptedKey: decodeColumn(encryptedKey, 'encryptedKey'),
  }
}

export function decodeColumn(value: unknown, name: string): Bytes {
  if (typeof value !== 'string') throw malformed(name)
  return fromBase64(value, name)
}

/** ISO 8601 in UTC with milliseconds. */
export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** Unix milliseconds of exactly what {@link toTime} writes. Throws `FORMAT`. */
export function fromTime(value: unknown, name: string): number {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN
  // Date.parse takes many texts for one time, and February 30th for March 1st.
  if (Number.isNaN(milliseconds) || toTime(milliseconds) !== value) throw malformed(name)
  return milliseconds
}
