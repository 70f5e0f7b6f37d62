/** spec/vectors/*.json: made by hand from the specification, read by core on every platform (vitest.config.ts). */
import {
  decode,
  type EnvelopeInput,
  type EnvelopeJson,
  type EnvelopeRows,
  encode,
  fingerprintToHex,
  fromRow,
  type Identity,
  importIdentity,
  importPublicIdentity,
  type JsonValue,
  open,
  openContent,
  pae,
  toRow,
  verify,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { contentDigest } from '../../packages/core/src/content/chunked'
import { encodeJcs } from '../../packages/core/src/encoding/jcs'
import { parseStrictJson } from '../../packages/core/src/encoding/strict-json'
import { toAssociatedDataBytes } from '../../packages/core/src/envelope/arguments'
import { headerDigest, signedMessage } from '../../packages/core/src/envelope/header'
import { parseEnvelope } from '../../packages/core/src/envelope/shapes'
import envelopes from '../../spec/vectors/envelope.json' with { type: 'json' }
import fingerprints from '../../spec/vectors/fingerprint.json' with { type: 'json' }
import jcs from '../../spec/vectors/jcs.json' with { type: 'json' }
import paes from '../../spec/vectors/pae.json' with { type: 'json' }
import { base64ToBytes, bytesToBase64, bytesToHex, hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'

interface Rows {
  readonly envelope: EnvelopeRows['envelope']
  readonly recipients: readonly (Omit<EnvelopeRows['recipients'][number], 'fingerprint'> & {
    fingerprint: string
  })[]
}
interface Positive {
  readonly name: string
  readonly sender: string
  readonly recipients: readonly string[]
  readonly associatedData?: JsonValue
  readonly plaintext: string
  readonly cek: string
  readonly steps: Record<
    'core' | 'h' | 'baseNonce' | 'commitment' | 'digest' | 'signedMessage',
    string
  >
  readonly json: EnvelopeJson
  readonly binary: string
  readonly rows: Rows
}
interface OtherText {
  readonly name: string
  readonly shape: 'jsonText' | 'rows'
  readonly input: unknown
  readonly as: string
  readonly from: string
  readonly plaintext: string
  readonly binary: string
}
interface Negative {
  readonly name: string
  readonly shape: 'binary' | 'json' | 'jsonText' | 'rows'
  readonly input: unknown
  readonly code: string
  readonly as: string
  readonly from: string | null
  readonly associatedData?: JsonValue
  readonly now: number
}

const { identities } = envelopes
const positive = envelopes.positive as unknown as readonly Positive[]
const otherTexts = envelopes.otherTexts as unknown as readonly OtherText[]
const negative = envelopes.negative as unknown as readonly Negative[]

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
const sha256 = async (hex: string) =>
  bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', hexToBytes(hex))))
const fromVectorRows = ({ envelope, recipients }: Rows) =>
  fromRow({
    envelope,
    recipients: recipients.map((row) => ({ ...row, fingerprint: hexToBytes(row.fingerprint) })),
  })

describe('envelopes that open', () => {
  test.each(positive.map((it) => [it.name, it] as const))('%s', async (_name, it) => {
    const binary = base64ToBytes(it.binary)
    const rows = fromVectorRows(it.rows)
    const from = person(it.sender).public
    for (const shape of [it.json, JSON.stringify(it.json), binary, rows]) {
      for (const recipient of it.recipients) {
        const options = { as: person(recipient), from, now: envelopes.now, ...given(it) }
        const opened = await open(shape as EnvelopeInput, options)
        expect(bytesToBase64(opened.bytes)).toBe(it.plaintext)
        expect(opened.id).toBe(it.json.id)
      }
      await verify(shape as EnvelopeInput, { from, now: envelopes.now, ...given(it) })
      expect(bytesToBase64(encode(shape as EnvelopeInput))).toBe(it.binary)
      expect(decode(shape as EnvelopeInput).toJSON()).toEqual(it.json)
    }
    const { envelope, recipients } = toRow(binary)
    expect({ ...it.rows.envelope, metadata: null }).toEqual({ ...envelope, metadata: null })
    expect(JSON.parse(it.rows.envelope.metadata ?? 'null')).toEqual(
      JSON.parse(envelope.metadata ?? 'null'),
    )
    const printed = recipients.map((row) => ({
      ...row,
      fingerprint: bytesToHex(row.fingerprint),
    }))
    expect(printed).toEqual(it.rows.recipients)
  })

  test.each(positive.map((it) => [it.name, it] as const))(
    '%s: every step on the way',
    async (_name, it) => {
      const { core, h, baseNonce, commitment } = it.steps
      const checked = parseEnvelope(it.json)
      const sender = person(it.sender).public.signing.fingerprint
      const associatedData = toAssociatedDataBytes(given(it).associatedData)
      expect(await sha256(core)).toBe(h)
      expect(bytesToHex(await headerDigest(checked, { sender, associatedData }))).toBe(h)
      const message = signedMessage(hexToBytes(h), {
        ...checked,
        digest: await contentDigest(checked.content),
      })
      expect(bytesToHex(message)).toBe(it.steps.signedMessage)
      expect(bytesToHex(checked.content.subarray(24, 56))).toBe(commitment)
      expect(bytesToHex(checked.iv)).toBe(baseNonce)
      const key = { inputKey: hexToBytes(it.cek), context: hexToBytes(h) }
      const plaintext = await openContent(key, checked.content, checked.iv)
      expect(bytesToBase64(plaintext)).toBe(it.plaintext)
    },
  )
})

test.each(otherTexts.map((it) => [it.name, it] as const))('%s: opens', async (_name, it) => {
  const { now } = envelopes
  const options = { as: person(it.as), from: person(it.from).public, now }
  const input = it.shape === 'rows' ? fromVectorRows(it.input as Rows) : it.input
  const opened = await open(input as EnvelopeInput, options)
  expect(bytesToBase64(opened.bytes)).toBe(it.plaintext)
  expect(bytesToBase64(encode(input as EnvelopeInput))).toBe(it.binary)
})

test.each(negative.map((it) => [it.name, it.code, it] as const))(
  '%s: %s',
  async (_name, code, it) => {
    const from = it.from === null ? () => undefined : person(it.from).public
    const options = { as: person(it.as), from, now: it.now, ...given(it) }
    const outcome = await outcomeOf(() => {
      if (it.shape === 'rows') return open(fromVectorRows(it.input as Rows), options)
      const binary = it.shape === 'binary'
      const input = binary ? base64ToBytes(String(it.input)) : it.input
      return open(input as EnvelopeInput, options)
    })
    expect(outcome).toBe(code)
  },
)

test('fingerprints', async () => {
  expect(fingerprints.cases.length).toBeGreaterThan(0)
  for (const it of fingerprints.cases) {
    const identity = await importPublicIdentity({
      encryption: base64ToBytes(it.encryptionSpki),
      signing: base64ToBytes(it.signingSpki),
    })
    expect(fingerprintToHex(identity.fingerprint)).toBe(it.fingerprint)
    expect(fingerprintToHex(identity.encryption.fingerprint)).toBe(it.encryptionFingerprint)
    expect(fingerprintToHex(identity.signing.fingerprint)).toBe(it.signingFingerprint)
  }
  for (const [name, it] of Object.entries(identities)) {
    expect(fingerprintToHex(person(name).public.fingerprint)).toBe(it.fingerprint)
  }
})

test('pae', () => {
  expect(paes.cases.length).toBeGreaterThan(0)
  for (const it of paes.cases) expect(bytesToHex(pae(it.pieces.map(hexToBytes)))).toBe(it.pae)
})

test('jcs', () => {
  const canonical = (text: string) => bytesToHex(encodeJcs(parseStrictJson(text), 'value', 65_536))
  expect(jcs.cases.length).toBeGreaterThan(0)
  for (const it of jcs.cases) expect(canonical(it.text)).toBe(it.jcs)
  expect(jcs.refused.length).toBeGreaterThan(0)
  for (const text of jcs.refused) expect(() => canonical(text), text).toThrow()
})

test('every code that opening can end in has a vector', () => {
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
