/**
 * Random and mutated input into everything that reads what others wrote. Out comes an envelope that says what it
 * said, or a ZkebError; a TypeError or RangeError only where the type of the input is wrong.
 */

import {
  decode,
  encode,
  exportIdentity,
  exportPublicIdentity,
  fromRow,
  importIdentity,
  importPublicIdentity,
  open,
  seal,
  toRow,
} from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { hostile, mutatedBytes, mutatedText, replaced } from '../support/fuzz'
import { hunt, outcome } from '../support/hunt'
import { people, person } from '../support/identities'

const { bob, carol } = await people('bob', 'carol')
const alice = await person('alice', { signing: 'a' })
const sealing = { from: alice, to: [bob.public, carol.public], metadata: { a: [1, 'x'] } }
const expiresAt = 253_402_300_799_999
const envelope = await seal('hello', { ...sealing, expiresAt })
const second = await seal('other', sealing)
const opening = { as: bob, from: alice.public }

describe('decode and open', () => {
  const binary = encode(envelope)
  const text = JSON.stringify(envelope)
  const same = Buffer.from(binary)

  /** Nothing but the envelope itself opens; what decodes is written again as it was read. */
  async function check(input: unknown, isBinary = false) {
    const decoded = await outcome(() => {
      const again = encode(decode(input as never))
      if (isBinary && !Buffer.from(again).equals(input as Uint8Array))
        throw new Error('two encodings')
    })
    const opened = await outcome(() => open(input as never, opening))
    if (decoded !== 'none') expect(opened).toBe(decoded)
    if (opened === 'none') expect(same.equals(encode(input as never))).toBe(true)
  }

  hunt('mutated binary', mutatedBytes(binary, encode(second)), (bytes) => check(bytes, true))

  const bytes = fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 400 }))
  hunt('random bytes, some behind a right beginning', bytes, ([magic, rest]) =>
    check(magic ? Uint8Array.of(...binary.slice(0, 40), ...rest) : rest, true),
  )

  hunt('mutated JSON text', mutatedText(text, JSON.stringify(second)), (json) => check(json))

  hunt('random text', fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (json) => check(json))

  hunt('JSON with one member exchanged for anything', replaced(envelope.toJSON()), (json) =>
    check(json),
  )

  const object = { ...envelope, recipients: [...envelope.recipients] }
  hunt('the object form with one member exchanged for anything', replaced(object), (edited) =>
    check(edited),
  )

  hunt('anything', hostile, (anything) => check(anything))
})

describe('fromRow', () => {
  const rows = toRow(envelope)
  const same = Buffer.from(encode(envelope))

  async function check(edited: unknown) {
    const opened = await outcome(() => open(fromRow(edited as never), opening))
    if (opened === 'none') expect(same.equals(encode(fromRow(edited as never)))).toBe(true)
  }

  const copy = { envelope: rows.envelope, recipients: [...rows.recipients] }
  hunt('with one column exchanged for anything', replaced(copy), check)

  const others: Record<string, unknown> = { ...toRow(second).envelope }
  const columns = Object.entries(rows.envelope).filter(([, value]) => typeof value === 'string')
  const mutated = fc
    .constantFrom(...columns)
    .chain(([name, value]) =>
      mutatedText(String(value), String(others[name])).map((text) => ({ [name]: text })),
    )
  hunt('with one text column mutated', mutated, (column) =>
    check({ ...rows, envelope: { ...rows.envelope, ...column } }),
  )
})

describe('keys', async () => {
  const forms = {
    line: await exportIdentity(alice),
    pem: await exportIdentity(alice, 'pem'),
    jwk: await exportIdentity(alice, 'jwk'),
    publicLine: await exportPublicIdentity(alice.public),
    publicPem: await exportPublicIdentity(alice.public, 'pem'),
    publicJwk: await exportPublicIdentity(alice.public, 'jwk'),
  }
  const { pem, publicPem } = forms
  const { encryption, signing } = alice.public
  const der = { encryption: encryption.encoded, signing: signing.encoded }

  /** KEY, misuse, or an identity; both functions are asked, as a user might ask the wrong one. */
  async function check(input: unknown) {
    for (const read of [importIdentity, importPublicIdentity]) {
      const result = await outcome(() => read(input as never), typeof input !== 'string')
      if (!['none', 'KEY', 'misuse'].includes(result)) expect.fail(result)
    }
  }

  const { line, publicLine } = forms
  const lines = [mutatedText(line, publicLine), mutatedText(publicLine, line)]
  hunt('mutated lines', fc.oneof(...lines), check)

  const secretPem = mutatedText(pem.encryption, pem.signing)
  const anyPem = mutatedText(publicPem.signing, pem.signing)
  const pems = [
    secretPem.map((encryption) => ({ ...pem, encryption })),
    anyPem.map((signing) => ({ ...publicPem, signing })),
  ]
  hunt('mutated PEM', fc.oneof(...pems), check)

  const ders = [
    mutatedBytes(der.encryption, der.signing).map((encryption) => ({ ...der, encryption })),
    fc.uint8Array().map((signing) => ({ ...der, signing })),
  ]
  hunt('mutated DER', fc.oneof(...ders), check)

  const jwks = fc.oneof(replaced(forms.jwk), replaced(forms.publicJwk))
  hunt('JWK with one member exchanged for anything', jwks, check)

  hunt('anything', hostile, check)
})
