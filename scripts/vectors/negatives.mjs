/** Envelopes that must be refused, each with its code; made from good ones, or by a sender who does not keep to the rules. */
import { constants, publicEncrypt, sign } from 'node:crypto'
import { decode, encode, toRow } from '../../packages/core/dist/index.js'
import { signPss, wrapOaep } from './by-hand.mjs'
import { hex } from './features.mjs'

const NOW = 1_790_000_001_000
const EXPIRES = 1_790_000_002_000

export function negatives(make) {
  const cases = []
  const add = (name, shape, input, code, options = {}) =>
    cases.push({ name, shape, input, code, as: 'bob', from: 'alice', now: NOW, ...options })
  const base = decode(
    make('negative', {
      to: ['bob', 'carol', 'dave'],
      labels: { bob: 'bob-1' },
      senderPrivateKeyId: 'alice-1',
      metadata: { a: 1, b: 'x' },
      expiresAt: EXPIRES,
    }).envelope,
  )
  addBinary(add, base)
  addJson(add, base)
  addRows(add, base)
  addOpening(add, base, make)
  addMalicious(add, make)
  return cases
}

function addBinary(add, base) {
  const binary = Buffer.from(encode(base))
  const at = (bytes, within = 0) => binary.indexOf(bytes) + within
  const text = (bytes) => bytes.toString('base64')
  const edit = (offset, ...bytes) => {
    const edited = Buffer.from(binary)
    edited.set(bytes, offset)
    return text(edited)
  }
  const flip = (offset) => edit(offset, binary[offset] ^ 1)
  const metadata = at(Buffer.from('{"a":1'))
  const content = at(base.content)
  const recipients = at(base.iv, 12)

  add('first byte of the magic', 'binary', flip(0), 'FORMAT')
  add('version in the magic', 'binary', edit(3, 0x32), 'VERSION')
  add('unknown suite', 'binary', edit(8, 9), 'SUITE_NOT_ALLOWED')
  add('a bit of the id', 'binary', flip(9), 'SIGNATURE')
  add('a bit of created', 'binary', flip(32), 'SIGNATURE')
  add('a bit of expires', 'binary', flip(41), 'SIGNATURE')
  add('a bit of the metadata', 'binary', flip(metadata + 7), 'FORMAT')
  add('another number in the metadata', 'binary', edit(metadata + 5, 0x32), 'SIGNATURE')
  add('a bit of the iv', 'binary', flip(recipients - 1), 'OPEN')
  add('a bit of a wrapped key', 'binary', flip(at(base.recipients[0].encryptedKey, 9)), 'SIGNATURE')
  add('a bit of a fingerprint', 'binary', flip(at(base.recipients[0].fingerprint, 9)), 'SIGNATURE')
  add('a bit of the salt', 'binary', flip(content), 'SIGNATURE')
  add('a bit of the commitment', 'binary', flip(content + 24), 'SIGNATURE')
  add('a bit of the ciphertext', 'binary', flip(content + 56), 'SIGNATURE')
  add('a bit of the tag', 'binary', flip(content + base.content.length - 1), 'SIGNATURE')
  add('a bit of the signature', 'binary', flip(binary.length - 1), 'SIGNATURE')
  add('a presence byte of 2', 'binary', edit(33, 2), 'FORMAT')
  add('a byte after the end', 'binary', text(Buffer.concat([binary, Buffer.of(0)])), 'FORMAT')
  add('a byte too few', 'binary', text(binary.subarray(0, -1)), 'FORMAT')
  add('nothing', 'binary', '', 'FORMAT')
  add('header length of 4 GiB', 'binary', edit(4, 255, 255, 255, 255), 'LIMIT')
  add('content length of 4 GiB', 'binary', edit(content - 4, 255, 255, 255, 255), 'LIMIT')
  add('65535 recipients', 'binary', edit(recipients, 255, 255), 'LIMIT')
  add('no recipients', 'binary', edit(recipients, 0, 0), 'FORMAT')
  add(
    'metadata that is not JCS',
    'binary',
    edit(metadata, ...Buffer.from('{"b":"x","a":1}')),
    'FORMAT',
  )
}

function addJson(add, base) {
  const json = base.toJSON()
  const [first, second, third] = json.recipients
  const change = (name, members, code) => add(name, 'json', { ...json, ...members }, code)
  change('another version', { version: 'zkeb/envelope/v2' }, 'VERSION')
  change('no version of ours', { version: '1' }, 'FORMAT')
  change('unknown algorithm', { algorithm: 'A256GCM' }, 'SUITE_NOT_ALLOWED')
  change('unknown key algorithm', { keyAlgorithm: 'RSA1_5' }, 'SUITE_NOT_ALLOWED')
  change(
    'signature algorithm in lower case',
    { signatureAlgorithm: 'rsa-pss' },
    'SUITE_NOT_ALLOWED',
  )
  change('unknown member', { extra: 1 }, 'FORMAT')
  change('id in upper case', { id: json.id.toUpperCase() }, 'FORMAT')
  change('time with microseconds', { createdAt: json.createdAt.replace('Z', '000Z') }, 'FORMAT')
  change('time without milliseconds', { createdAt: '2026-09-21T13:33:20Z' }, 'FORMAT')
  change('February 30th', { createdAt: '2026-02-30T00:00:00.000Z' }, 'FORMAT')
  change('metadata is null', { metadata: null }, 'FORMAT')
  change('metadata is a list', { metadata: [] }, 'FORMAT')
  change('metadata of 16385 bytes', { metadata: { a: 'x'.repeat(16_377) } }, 'LIMIT')
  change('Base64 without padding', { iv: `${json.encryptedData.slice(0, 14)}` }, 'FORMAT')
  change('Base64 with a line feed', { signature: `${json.signature}\n` }, 'FORMAT')
  change(
    'Base64 whose unused bits are set',
    { authTag: `${json.authTag.slice(0, 21)}B==` },
    'FORMAT',
  )
  change('Base64 with U+0141 for A', { iv: `\u0141${json.iv.slice(1)}` }, 'FORMAT')
  change('a recipient twice', { recipients: [first, second, second] }, 'FORMAT')
  change(
    'the primary twice',
    { recipients: [first, { ...second, fingerprint: first.fingerprint }, third] },
    'FORMAT',
  )
  change('recipients in the wrong order', { recipients: [first, third, second] }, 'FORMAT')
  change('no recipients', { recipients: [] }, 'FORMAT')
  change(
    'the first recipient with a wrapped key',
    { recipients: [{ ...first, encryptedKey: json.encryptedKey }, second, third] },
    'FORMAT',
  )
  change('the label of the primary in one place only', { receiverPublicKeyId: 'bob-2' }, 'FORMAT')
  change('a label of 256 bytes', { senderPrivateKeyId: 'x'.repeat(256) }, 'FORMAT')
  change('an empty label', { senderPrivateKeyId: '' }, 'FORMAT')
  change(
    'wrapped key of 255 bytes',
    { encryptedKey: Buffer.alloc(255).toString('base64') },
    'FORMAT',
  )
  change(
    'content cut at a chunk',
    { encryptedData: Buffer.alloc(56 + 16_384).toString('base64') },
    'TRUNCATED',
  )
  change(
    'content of an impossible length',
    { encryptedData: Buffer.alloc(56 + 16_400 - 1).toString('base64') },
    'FORMAT',
  )
  change('metadata emptied', { metadata: {} }, 'SIGNATURE')
  change('expiry prolonged', { expiresAt: '2027-01-01T00:00:00.000Z' }, 'SIGNATURE')
  change('a recipient dropped', { recipients: [first, second] }, 'SIGNATURE')

  const text = JSON.stringify(json)
  add('a key twice', 'jsonText', text.replace('{', `{"id":${JSON.stringify(json.id)},`), 'FORMAT')
  add(
    'a key twice, once escaped',
    'jsonText',
    text.replace('{', `{"\\u0069d":${JSON.stringify(json.id)},`),
    'FORMAT',
  )
  add('a key twice in the metadata', 'jsonText', text.replace('"a":1', '"a":1,"a":1'), 'FORMAT')
  add('1.0 in the metadata', 'jsonText', text.replace('"a":1', '"a":1.0'), 'FORMAT')
  add('-0 in the metadata', 'jsonText', text.replace('"a":1', '"a":-0'), 'FORMAT')
  add('text after the end', 'jsonText', `${text}x`, 'FORMAT')
  add('not JSON', 'jsonText', 'hello', 'FORMAT')
}

function addRows(add, base) {
  const { envelope, recipients } = toRow(base)
  const rows = recipients.map((row) => ({ ...row, fingerprint: hex(row.fingerprint) }))
  const change = (name, columns, code) =>
    add(`row: ${name}`, 'rows', { envelope: { ...envelope, ...columns }, recipients: rows }, code)
  change(
    'microseconds that are not zero',
    { created_at: envelope.created_at.replace('Z', '001Z') },
    'FORMAT',
  )
  change('metadata set to NULL', { metadata: null }, 'SIGNATURE')
  change('1e0 in the metadata', { metadata: '{"a":1e0,"b":"x"}' }, 'FORMAT')
  change('tag and nonce exchanged', { iv: envelope.auth_tag, auth_tag: envelope.iv }, 'FORMAT')
  change(
    'wrapped key and signature exchanged',
    { encrypted_key: envelope.signature, signature: envelope.encrypted_key },
    'SIGNATURE',
  )
  change('expiry removed', { expires_at: null }, 'SIGNATURE')
  change('label of the sender removed', { sender_private_key_id: null }, 'SIGNATURE')
  const edit = (name, list, code) =>
    add(`row: ${name}`, 'rows', { envelope, recipients: list }, code)
  edit('a position missing', [rows[0], rows[2]], 'FORMAT')
  edit('the primary missing', [rows[1], rows[2]], 'FORMAT')
  edit(
    'a wrapped key at position 0',
    [{ ...rows[0], encrypted_key: envelope.encrypted_key }, rows[1], rows[2]],
    'FORMAT',
  )
}

function addOpening(add, base, make) {
  const json = base.toJSON()
  const bound = decode(make('bound', { associatedData: { record: 1 } }).envelope).toJSON()
  const exchanged = make('exchanged', { to: ['bob', 'carol'] }).envelope
  add('another sender', 'json', json, 'SIGNATURE', { from: 'mallory' })
  add('no sender found', 'json', json, 'SIGNER_UNKNOWN', { from: null })
  add('expired', 'json', json, 'EXPIRED', { now: EXPIRES })
  add('not addressed to the reader', 'json', json, 'NOT_RECIPIENT', { as: 'mallory' })
  add('expired and another sender', 'json', json, 'SIGNATURE', { from: 'mallory', now: EXPIRES })
  add('expired and not addressed', 'json', json, 'EXPIRED', { as: 'mallory', now: EXPIRES })
  add('associated data missing', 'json', bound, 'SIGNATURE')
  add('other associated data', 'json', bound, 'SIGNATURE', { associatedData: { record: 2 } })
  add('associated data where there was none', 'json', json, 'SIGNATURE', { associatedData: null })
  const turned = { ...exchanged, recipients: [...exchanged.recipients].reverse() }
  add('primary and secondary exchanged', 'json', decode(turned).toJSON(), 'SIGNATURE')
}

function addMalicious(add, make) {
  const forged = (name, options, code, opening) =>
    add(
      `signed by the sender: ${name}`,
      'json',
      decode(make(name, options).envelope).toJSON(),
      code,
      opening,
    )
  const flip = (offset) => (bytes) => {
    const flipped = Buffer.from(bytes)
    flipped[offset < 0 ? bytes.length + offset : offset] ^= 1
    return flipped
  }
  const rsa =
    (options) =>
    (cek, { publicKey }) =>
      publicEncrypt({ key: publicKey, ...options }, cek)
  const three = Buffer.alloc(2 * 16_384 + 5, 7)
  const swap = (m) =>
    Buffer.concat([
      m.subarray(0, 56),
      m.subarray(16_456, 32_856),
      m.subarray(56, 16_456),
      m.subarray(32_856),
    ])
  forged('commitment altered', { content: flip(24) }, 'OPEN')
  forged('salt altered', { content: flip(0) }, 'OPEN')
  forged('ciphertext altered', { content: flip(56) }, 'OPEN')
  forged('tag altered', { content: flip(-1) }, 'OPEN')
  forged('nonce altered', { iv: flip(11) }, 'OPEN')
  forged('chunks exchanged', { plaintext: three, content: swap }, 'OPEN')
  forged('last chunk cut', { plaintext: three, content: (m) => m.subarray(0, -3) }, 'OPEN')
  forged('wrapped key is garbage', { wrap: () => Buffer.alloc(256, 1) }, 'OPEN')
  forged('wrapped key is more than the modulus', { wrap: () => Buffer.alloc(256, 255) }, 'OPEN')
  forged(
    'wrapped key is longer than the modulus',
    { wrap: (c, k) => Buffer.concat([Buffer.of(0), wrapOaep(c, k)]) },
    'OPEN',
  )
  forged('content key of 16 bytes', { wrap: (c, k) => wrapOaep(c.subarray(0, 16), k) }, 'OPEN')
  forged('another content key', { wrap: (_, k) => wrapOaep(Buffer.alloc(32, 3), k) }, 'OPEN')
  forged('OAEP with SHA-1', { wrap: (c, k) => wrapOaep(c, k, 'sha1') }, 'OPEN')
  forged(
    'OAEP with a label',
    {
      wrap: rsa({
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: 'sha256',
        oaepLabel: Buffer.from('x'),
      }),
    },
    'OPEN',
  )
  forged('PKCS#1 v1.5 encryption', { wrap: rsa({ padding: constants.RSA_PKCS1_PADDING }) }, 'OPEN')
  const second = (c, k, _, i) => wrapOaep(i === 0 ? c : Buffer.alloc(32, 3), k)
  forged(
    'another content key for the second recipient',
    { to: ['carol', 'bob'], wrap: second },
    'OPEN',
  )
  forged('PSS with an empty salt', { signMessage: (m, k) => signPss(m, k, 0) }, 'SIGNATURE')
  forged('PSS with the longest salt', { signMessage: (m, k) => signPss(m, k, 222) }, 'SIGNATURE')
  forged('PSS with SHA-512', { signMessage: (m, k) => signPss(m, k, 32, 'sha512') }, 'SIGNATURE')
  const v15 = (m, { privateKey }) =>
    sign('sha256', m, { key: privateKey, padding: constants.RSA_PKCS1_PADDING })
  forged('PKCS#1 v1.5 signature', { signMessage: v15 }, 'SIGNATURE')
}
