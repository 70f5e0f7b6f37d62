import { isBytes } from '../bytes'
import { MAX_CONTENT_BYTES } from '../constants'
import { isPlainObject } from '../encoding/jcs'
import { parseStrictJson } from '../encoding/strict-json'
import { malformed } from '../errors'
import { fromBinary, toBinary } from './binary'
import { type CheckedEnvelope, checkEnvelope, type Envelope, type EnvelopeFields } from './envelope'
import { assertVersion, type EnvelopeJson, fromJson, toJson } from './json'
import { type EnvelopeRows, fromRows, toRows } from './row'

/** An envelope in any shape but rows: the object, its JSON (parsed or text), or its binary form. */
export type EnvelopeInput = Envelope | EnvelopeJson | string | Uint8Array

/**
 * Reads an envelope in whatever shape it comes and checks its form; nothing is authenticated. Throws `FORMAT`,
 * `VERSION`, `SUITE_NOT_ALLOWED`, `TRUNCATED` or `LIMIT`.
 */
export function parseEnvelope(input: EnvelopeInput): CheckedEnvelope {
  return checkEnvelope(readFields(input))
}

function readFields(input: unknown): EnvelopeFields {
  if (isBytes(input)) return fromBinary(input)
  if (typeof input === 'string') return fromJson(parseStrictJson(input))
  if (!isPlainObject(input)) throw malformed('the envelope')
  if (!('content' in input)) return fromJson(input)
  const { content, ...fields } = input
  assertVersion(fields.version)
  // A copy, as every other shape makes one; what is too long is left for checkEnvelope() to refuse.
  const fits = isBytes(content) && content.length <= MAX_CONTENT_BYTES
  return { ...fields, content: fits ? new Uint8Array(content) : content } as never
}

/** What callers get: the format's own fields, frozen, and `toJSON` for JSON.stringify. */
export function publishEnvelope(checked: CheckedEnvelope): SealedEnvelope {
  const { suite: _, metadataBytes: __, plaintextBytes: ___, ...fields } = checked
  const toJSON = { value: () => toJson(fields) }
  return Object.freeze(Object.defineProperty(fields, 'toJSON', toJSON)) as SealedEnvelope
}

/** An envelope that writes itself as JSON. */
export interface SealedEnvelope extends Envelope {
  /** The JSON form, for JSON.stringify. */
  toJSON(): EnvelopeJson
}

/** Writes the binary form (spec/envelope.md §8.3), the most compact one. Throws `FORMAT` and the like for a bad envelope. */
export function encode(envelope: EnvelopeInput): Uint8Array {
  return toBinary(parseEnvelope(envelope))
}

/**
 * Reads an envelope of any shape into the object form; nothing is authenticated. Throws `FORMAT`, `VERSION`,
 * `SUITE_NOT_ALLOWED`, `TRUNCATED` or `LIMIT`.
 */
export function decode(envelope: EnvelopeInput): SealedEnvelope {
  return publishEnvelope(parseEnvelope(envelope))
}

/** Writes the rows for tables `envelopes` and `envelope_recipients` (spec/envelope.md §8.2). */
export function toRow(envelope: EnvelopeInput): EnvelopeRows {
  return toRows(parseEnvelope(envelope))
}

/** Reads the rows of one envelope; nothing is authenticated. Throws as {@link decode} does. */
export function fromRow(rows: EnvelopeRows): SealedEnvelope {
  return publishEnvelope(checkEnvelope(fromRows(rows)))
}
