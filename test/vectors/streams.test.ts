/** spec/vectors/stream.json: made by hand from the specification, read by core on every platform. */
import {
  type Identity,
  importIdentity,
  isZkebError,
  type JsonValue,
  openRange,
  openStream,
} from '@zkeb/core'
import { expect, test } from 'vitest'
import { toAssociatedDataBytes } from '../../packages/core/src/envelope/arguments'
import { headerDigest } from '../../packages/core/src/envelope/header'
import { PieceReader } from '../../packages/core/src/stream/piece-reader'
import { headMessage, readHead } from '../../packages/core/src/stream/stream-head'
import { identities } from '../../spec/vectors/envelope.json' with { type: 'json' }
import vectors from '../../spec/vectors/stream.json' with { type: 'json' }
import { base64ToBytes, bytesToHex, hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'
import { cutAt, flow, flowUntilError, iterate, read, readableOf } from '../support/streams'

interface Positive {
  readonly name: string
  readonly sender: string
  readonly recipients: readonly string[]
  readonly size: number
  readonly associatedData?: JsonValue
  readonly steps: Readonly<Record<'core' | 'h' | 'commitment' | 'headMessage', string>>
  readonly stream: string
}
interface Negative {
  readonly name: string
  readonly code: string
  readonly size: number
  readonly as: string
  readonly from: string | null
  readonly associatedData?: JsonValue
  readonly now: number
  readonly stream: string
}

const positive = vectors.positive as unknown as readonly Positive[]
const negative = vectors.negative as unknown as readonly Negative[]
const loaded = Object.entries(identities).map(
  async ([name, { secret }]) => [name, await importIdentity(secret)] as const,
)
const people = new Map(await Promise.all(loaded))
function person(name: string): Identity {
  const found = people.get(name)
  if (!found) throw new Error(name)
  return found
}
const given = <T extends object>(of: T & { associatedData?: JsonValue }) =>
  'associatedData' in of ? { associatedData: of.associatedData as JsonValue } : {}
const plaintextOf = (size: number) =>
  Uint8Array.from({ length: size }, (_, i) => (31 * i + (i >> 8)) & 0xff)
const { now } = vectors

test.each(positive.map((it) => [it.name, it] as const))('%s', async (_name, it) => {
  const stream = base64ToBytes(it.stream)
  const from = person(it.sender).public
  for (const name of it.recipients) {
    const options = { as: person(name), from, now, ...given(it) }
    const opened = await flow(cutAt(stream, [7, 400, 20_000]), openStream(options))
    expect(bytesToHex(opened)).toBe(bytesToHex(plaintextOf(it.size)))
    const range = await openRange(stream, { ...options, start: Math.floor(it.size / 2) })
    expect(range.size).toBe(it.size)
    const half = plaintextOf(it.size).subarray(Math.floor(it.size / 2))
    expect(bytesToHex(await read(range.stream))).toBe(bytesToHex(half))
  }
})

test.each(positive.map((it) => [it.name, it] as const))('%s: steps', async (_name, it) => {
  const pieces = iterate(readableOf(base64ToBytes(it.stream)))
  const { head, contentHead } = await readHead(new PieceReader(pieces))
  const sender = person(it.sender).public.signing.fingerprint
  const associatedData = toAssociatedDataBytes(given(it).associatedData)
  const h = await headerDigest(head, { sender, associatedData })
  expect(bytesToHex(h)).toBe(it.steps.h)
  expect(bytesToHex(contentHead.subarray(24))).toBe(it.steps.commitment)
  expect(bytesToHex(headMessage(hexToBytes(it.steps.h), contentHead))).toBe(it.steps.headMessage)
})

test.each(negative.map((it) => [it.name, it.code, it] as const))(
  '%s: %s',
  async (_name, code, it) => {
    const from = it.from === null ? () => undefined : person(it.from).public
    const options = { as: person(it.as), from, now: it.now, ...given(it) }
    const stream = base64ToBytes(it.stream)
    const { bytes, error } = await flowUntilError(stream, openStream(options))
    expect(isZkebError(error) ? error.code : error).toBe(code)
    const beginning = plaintextOf(it.size).subarray(0, bytes.length)
    expect(bytesToHex(bytes)).toBe(bytesToHex(beginning))
    const range = async () => read((await openRange(stream, options)).stream)
    expect(await outcomeOf(range)).not.toBe('none')
  },
)

test('every code that opening a stream can end in has a vector', () => {
  const codes = new Set(negative.map(({ code }) => code))
  expect([...codes].sort()).toEqual([
    'EXPIRED',
    'FORMAT',
    'LIMIT',
    'NOT_RECIPIENT',
    'OPEN',
    'SIGNATURE',
    'SIGNER_UNKNOWN',
    'SUITE_NOT_ALLOWED',
    'TRUNCATED',
    'VERSION',
  ])
})
