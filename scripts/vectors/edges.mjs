/** Envelopes of suite x25519 at the very edge of what is allowed, and one step behind it. */
import { decode, encode, toRow } from '../../packages/core/dist/index.js'
import { hex } from './features.mjs'

const NOW = 1_790_000_001_000
/** §10: of metadata in bytes of JCS, of JSON texts in commas outside of strings. */
const MAX_METADATA = 16_384
const MAX_COMMAS = 16_384
/** §1. */
const MAX_LEVELS = 32
/** `{"a":""}`. */
const AROUND = 8

const PEOPLE = { from: 'alice-x25519', to: ['bob-x25519'] }
/** A value of that many levels, under a key. */
const nested = (levels) => ({
  a: JSON.parse('['.repeat(levels - 1) + ']'.repeat(levels - 1)),
})

/** As CASES of the caller: envelopes that open. */
export const EDGES = [
  ['metadata of 32 levels', { metadata: nested(MAX_LEVELS) }],
  ['metadata of 16384 bytes, of commas', { metadata: { a: ','.repeat(MAX_METADATA - AROUND) } }],
  ['expires before it was created', { createdAt: NOW + 9_000, expiresAt: NOW + 5_000 }],
  ['an id of version 1', { id: '2ed6657d-e927-11eb-9a03-0242ac130003' }],
  ['an id of zeros', { id: '00000000-0000-0000-0000-000000000000' }],
].map(([title, options]) => [`x25519: ${title}`, { ...PEOPLE, ...options }])

const seal = (make) =>
  decode(
    make('x25519: edges', {
      ...PEOPLE,
      metadata: { a: 1, b: { c: 'x', d: [] } },
      expiresAt: NOW + 5_000,
    }).envelope,
  )
const rowsOf = (envelope) => {
  const { envelope: row, recipients } = toRow(envelope)
  return { row, recipients: recipients.map((it) => ({ ...it, fingerprint: hex(it.fingerprint) })) }
}

/** Other texts of an envelope that open as it does. */
export function otherTexts(make) {
  const envelope = seal(make)
  const json = envelope.toJSON()
  const { row, recipients } = rowsOf(envelope)
  const texts = []
  const add = (title, shape, input) =>
    texts.push({
      ...{ name: `x25519: ${title}`, shape, input, as: 'bob-x25519', from: 'alice-x25519' },
      plaintext: Buffer.from('hello').toString('base64'),
      binary: Buffer.from(encode(envelope)).toString('base64'),
    })
  const rows = (title, columns) =>
    add(`row: ${title}`, 'rows', { envelope: { ...row, ...columns }, recipients })
  const digits = (time) => time.replace('Z', '000Z')
  rows('six digits', { created_at: digits(row.created_at), expires_at: digits(row.expires_at) })
  rows('metadata that is not JCS', { metadata: ' {"b": {"d":[],"c":"\\u0078"},\n"a":1}' })
  add('positions in another order', 'rows', {
    envelope: row,
    recipients: [...recipients].reverse(),
  })
  const reversed = Object.fromEntries(Object.entries(json).reverse())
  add('members in another order', 'jsonText', JSON.stringify(reversed))
  add('white space', 'jsonText', `\r\n\t ${JSON.stringify(json, null, '\t')} \n`)
  add('escapes', 'jsonText', JSON.stringify(json).replaceAll('e', '\\u0065').replaceAll('/', '\\/'))
  return texts
}

/** As the negative cases of other files. */
export function edgeNegatives(make) {
  const envelope = seal(make)
  const json = envelope.toJSON()
  const cases = []
  const add = (title, shape, input, code) =>
    cases.push({
      ...{ name: `x25519: ${title}`, shape, input, code },
      ...{ as: 'bob-x25519', from: 'alice-x25519', now: NOW },
    })
  const change = (title, members, code) => add(title, 'json', { ...json, ...members }, code)
  change('metadata of 33 levels', { metadata: nested(MAX_LEVELS + 1) }, 'FORMAT')
  const zeros = (commas) => `[${'0,'.repeat(commas)}0]`
  add('16384 commas, and no envelope', 'jsonText', zeros(MAX_COMMAS), 'FORMAT')
  add('16385 commas', 'jsonText', zeros(MAX_COMMAS + 1), 'LIMIT')
  const text = JSON.stringify(json)
  add('33 levels, and no envelope', 'jsonText', `${'['.repeat(33)}${']'.repeat(33)}`, 'FORMAT')
  const next = { version: 'zkeb/envelope/v2', extra: 1 }
  change('an unknown member, and another version', next, 'VERSION')
  change('another version, and nothing else of ours', { ...next, id: 1, recipients: {} }, 'VERSION')
  const doubled = text.replace('{', '{"version":"zkeb/envelope/v2",')
  add('another version, and the version twice', 'jsonText', doubled, 'FORMAT')
  change('an algorithm that is a number', { algorithm: 1 }, 'FORMAT')
  change('a key algorithm that is null', { keyAlgorithm: null }, 'FORMAT')
  change('a signature algorithm that is a list', { signatureAlgorithm: [] }, 'FORMAT')
  const [primary] = json.recipients
  change('an unknown member of a recipient', { recipients: [{ ...primary, x: 1 }] }, 'FORMAT')
  change('recipients that are no list', { recipients: { 0: primary } }, 'FORMAT')
  const { row, recipients } = rowsOf(envelope)
  const rows = (title, columns, code) =>
    add(`row: ${title}`, 'rows', { envelope: { ...row, ...columns }, recipients }, code)
  rows('metadata of 33 levels', { metadata: JSON.stringify(nested(MAX_LEVELS + 1)) }, 'FORMAT')
  rows('unsigned', { signature: '', signature_algorithm: '' }, 'FORMAT')
  const rsa = { signature: '', signature_algorithm: '', key_algorithm: 'RSA-OAEP' }
  rows('unsigned, with the keys of rsa', rsa, 'FORMAT')
  rows('seven digits', { created_at: row.created_at.replace('Z', '0000Z') }, 'FORMAT')
  rows('no digits', { created_at: '2026-09-21T13:33:20Z' }, 'FORMAT')
  return cases
}
