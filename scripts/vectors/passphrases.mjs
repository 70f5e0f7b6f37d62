/** Passphrases as recipients (spec/passphrase.md), with node:crypto alone, and labels that must be refused. */
import { scryptSync } from 'node:crypto'
import { decode } from '../../packages/core/dist/index.js'
import { base64, bytesFor, make, NOW, read, SUITES, text } from './features.mjs'
import { xWing } from './pq-by-hand.mjs'
import { deriveKeyPair } from './x25519-by-hand.mjs'

const PASSPHRASE = 'correct horse'
/** Argon2id of these very inputs, by the package cryptography (Python, OpenSSL). */
const ARGON2ID_SEED = Buffer.from(
  '39354c35a154d40b1ef45245e07beb79c07c5af859b67485f0f1097d7adce23e',
  'hex',
)
/** The same with two lanes, by the plain Python of test/interop. */
const TWO_LANES_SEED = Buffer.from(
  'fdea90628d009222eb3a989dbe1c2ae77bfa547a7220d7c75d01b65201f93378',
  'hex',
)
/** The first of these, for others to use. */
export const ARGON2ID = {
  passphrase: PASSPHRASE,
  seed: ARGON2ID_SEED,
  label: `$argon2id$v=19$m=8192,t=4,p=1$${base64(bytesFor('salt argon2id', 16)).replaceAll('=', '')}`,
}
const b64 = (bytes) => base64(bytes).replaceAll('=', '')
const salt = b64(bytesFor('salt', 16))
const [alice, alicePq] = [SUITES.x25519, SUITES.pq].map(({ person }) => person('alice'))

/** §3, by scrypt of the weakest kind that is allowed. */
export function passphraseKey(suite, passphrase, saltName, { p = 1 } = {}) {
  const random = bytesFor(saltName, 16)
  const cost = { N: 2 ** 15, r: 8, p, maxmem: 2 ** 26 }
  const seed = scryptSync(passphrase.normalize('NFKC'), random, 32, cost)
  const encryption = suite === 'pq' ? xWing(seed) : deriveKeyPair(seed)
  return { encryption, seed, label: `$scrypt$ln=15,r=8,p=${p}$${b64(random)}` }
}

/** What a label says of a seed that is known. */
const seeded = (label, seed) => ({ encryption: deriveKeyPair(seed), seed, label })

function seal(name, keys, suite = 'x25519') {
  const { person: _, ...rules } = SUITES[suite]
  const from = suite === 'pq' ? alicePq : alice
  const to = keys.map(({ encryption, label }) => ({
    keys: { encryption },
    ...(label !== undefined && { receiverPublicKeyId: label }),
  }))
  return decode(make(name, { ...rules, from, to }).envelope).toJSON()
}

function positives() {
  const scrypt = passphraseKey('x25519', PASSPHRASE, 'salt scrypt')
  const argon2id = (name, p) => `$argon2id$v=19$m=8192,t=4,p=${p}$${b64(bytesFor(name, 16))}`
  const one = (name, key, { passphrase = PASSPHRASE, json } = {}) => ({
    name,
    passphrase,
    json: json ?? seal(`passphrase ${name}`, [key]),
    steps: stepsOf(key),
  })
  const unicode = '\ufb01 \u212b e\u0301'
  const first = passphraseKey('x25519', 'one', 'salt one')
  const second = passphraseKey('x25519', 'two', 'salt two')
  const person = { encryption: SUITES.x25519.person('bob').encryption, label: 'bob-1' }
  const both = seal('passphrase two', [person, first, second])
  const pq = passphraseKey('pq', PASSPHRASE, 'salt pq')
  return [
    one('scrypt', scrypt),
    one('argon2id', seeded(argon2id('salt argon2id', 1), ARGON2ID_SEED)),
    one('scrypt, p = 2', passphraseKey('x25519', PASSPHRASE, 'salt scrypt 2', { p: 2 })),
    one('argon2id, two lanes', seeded(argon2id('salt argon2id 2', 2), TWO_LANES_SEED)),
    one('NFKC', passphraseKey('x25519', unicode, 'salt nfkc'), { passphrase: unicode }),
    one('two passphrases and a key, the one', first, { passphrase: 'one', json: both }),
    one('two passphrases and a key, the other', second, { passphrase: 'two', json: both }),
    { ...one('suite pq', pq, { json: seal('passphrase pq', [pq], 'pq') }), from: 'alice-pq' },
  ]
}

function stepsOf({ seed, encryption: { der, spki, fingerprint } }) {
  // Of X-Wing the seed is the private key, and there is no SPKI.
  if (!der) return text({ seed, fingerprint })
  return text({ seed, secretKey: der.subarray(-32), spki, fingerprint })
}

/** An envelope whose recipients have these labels, and keys that no passphrase makes. */
function relabelled(...labels) {
  const keys = labels.map((label, i) => ({ ...seeded(label, Buffer.alloc(32, i + 1)) }))
  return seal(`label ${labels.join()}`, keys)
}

/** Of suite rsa, and so randomized: as it stands in the file, where it does. */
function ofSuiteRsa(name) {
  const kept = read('passphrase').negative.find((it) => it.name === name)
  return kept?.json ?? sealRsa()
}

function sealRsa() {
  const { person, ...rules } = SUITES.rsa
  const to = [{ keys: person('bob'), receiverPublicKeyId: `$scrypt$ln=15,r=8,p=1$${salt}` }]
  return decode(make('passphrase rsa', { ...rules, from: person('alice'), to }).envelope).toJSON()
}

export function passphraseVectors() {
  const positive = positives()
  const scrypt = (parameters) => `$scrypt$${parameters}$${salt}`
  const argon2id = (parameters, version = 19) => `$argon2id$v=${version}$${parameters}$${salt}`
  const rsa = 'suite rsa, with such a label'
  const negative = [
    ['another passphrase', 'correct horsf', positive[0].json, 'OPEN'],
    ['the key of another passphrase', PASSPHRASE, relabelled(scrypt('ln=15,r=8,p=1')), 'OPEN'],
    ['no passphrase', 'x', relabelled('carol-1'), 'NOT_RECIPIENT'],
    ['a leading zero', 'x', relabelled(scrypt('ln=015,r=8,p=1')), 'FORMAT'],
    ['a short salt', 'x', relabelled(`$scrypt$ln=15,r=8,p=1$${salt.slice(1)}`), 'FORMAT'],
    ['another r', 'x', relabelled(scrypt('ln=15,r=9,p=1')), 'FORMAT'],
    ['version 0x10', 'x', relabelled(argon2id('m=65536,t=3,p=1', 16)), 'FORMAT'],
    ['a parameter twice', 'x', relabelled(argon2id('m=65536,m=65536,t=3,p=1')), 'FORMAT'],
    ['too much memory', 'x', relabelled(argon2id('m=1048577,t=1,p=1')), 'LIMIT'],
    ['too many passes', 'x', relabelled(argon2id('m=65536,t=17,p=1')), 'LIMIT'],
    ['too little', 'x', relabelled(argon2id('m=8192,t=3,p=1')), 'LIMIT'],
    ['too little of scrypt', 'x', relabelled(scrypt('ln=14,r=8,p=1')), 'LIMIT'],
    ['no passes', 'x', relabelled(argon2id('m=65536,t=0,p=1')), 'LIMIT'],
    ['no memory', 'x', relabelled(argon2id('m=0,t=3,p=1')), 'LIMIT'],
    ['no lanes', 'x', relabelled(argon2id('m=65536,t=3,p=0')), 'LIMIT'],
    ['17 lanes', 'x', relabelled(argon2id('m=32768,t=1,p=17')), 'LIMIT'],
    ['no cost of scrypt', 'x', relabelled(scrypt('ln=0,r=8,p=1')), 'LIMIT'],
    ['ten digits', 'x', relabelled(scrypt('ln=9999999999,r=8,p=1')), 'LIMIT'],
    ['eleven digits', 'x', relabelled(scrypt('ln=10000000000,r=8,p=1')), 'FORMAT'],
    ['unused bits of the salt', 'x', relabelled(unusedBits(scrypt('ln=15,r=8,p=1'))), 'FORMAT'],
    ['a hash', 'x', relabelled(`${scrypt('ln=15,r=8,p=1')}$${salt}`), 'FORMAT'],
    [
      'two that are too much together',
      'x',
      relabelled(scrypt('ln=20,r=8,p=1'), argon2id('m=8192,t=4,p=1')),
      'LIMIT',
    ],
    [
      'two, one of them malformed',
      'x',
      relabelled(scrypt('ln=15,r=8,p=1'), scrypt('ln=15,r=8,p=x')),
      'FORMAT',
    ],
    ['wrong for all of two', 'three', positive[5].json, 'OPEN'],
    [rsa, 'x', ofSuiteRsa(rsa), 'NOT_RECIPIENT', 'alice-rsa'],
  ].map(([name, passphrase, json, code, from]) => ({
    ...{ name, passphrase, json, code },
    ...(from && { from }),
  }))
  return {
    description:
      'Passphrases as recipients (spec/passphrase.md), sealed by `from`, or by Alice of suite x25519; every plaintext is "hello", steps are hexadecimal. ' +
      'Negative cases: open with `passphrase`: must fail with `code`.',
    now: NOW + 2_000,
    identities: {
      alice: alice.line,
      'alice-pq': alicePq.line,
      'alice-rsa': SUITES.rsa.person('alice').line,
    },
    positive,
    negative,
  }
}

/** The last of 22 characters has four unused bits. */
function unusedBits(label) {
  return label.slice(0, -1) + String.fromCharCode(label.charCodeAt(label.length - 1) + 1)
}
