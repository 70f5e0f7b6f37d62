/** What the vectors share: fixed people, sealing by hand, writing. */
import { readFileSync, writeFileSync } from 'node:fs'
import { RSA, readIdentity, sealByHand, sha256, signPss, wrapOaep } from './by-hand.mjs'
import { PQ, readPqIdentity, signComposite, wrapXWing } from './pq-by-hand.mjs'
import { makeIdentity, signEd25519, wrapHpke, X25519 } from './x25519-by-hand.mjs'

export const NOW = 1_790_000_000_123
export const NAMES = ['alice', 'bob', 'carol', 'mallory']
const lines = JSON.parse(
  readFileSync(new URL('../../test/support/identities.json', import.meta.url), 'utf8'),
)
/** Of suite pq there is no Mallory. */
const pqLine = (name) => lines[`${name === 'mallory' ? 'dave' : name}-pq`]

/** How each suite wraps and signs, and who is who in it. */
export const SUITES = {
  rsa: {
    suite: RSA,
    wrap: wrapOaep,
    signMessage: signPss,
    person: (name) => ({ ...readIdentity(lines[name]), line: lines[name] }),
  },
  x25519: { suite: X25519, wrap: wrapHpke, signMessage: signEd25519, person: makeIdentity },
  pq: {
    suite: PQ,
    wrap: wrapXWing,
    signMessage: signComposite,
    person: (name) => ({ ...readPqIdentity(pqLine(name)), line: pqLine(name) }),
  },
}

export const hex = (bytes) => Buffer.from(bytes).toString('hex')
export const base64 = (bytes) => Buffer.from(bytes).toString('base64')
export const iso = (time) => new Date(time).toISOString()
export const bytesFor = (label, length) => sha256(Buffer.from(label)).subarray(0, length)
const pathOf = (name) => new URL(`../../spec/vectors/${name}.json`, import.meta.url)
export const write = (name, value) =>
  writeFileSync(pathOf(name), `${JSON.stringify(value, null, 1)}\n`)
/** RSA-OAEP and RSA-PSS are randomized: what is of suite rsa stays as it stands in the file, but for this. */
export const makesRsa = process.argv.includes('--rsa')
/** What the file holds now. */
export const read = (name) => JSON.parse(readFileSync(pathOf(name), 'utf8'))

export function uuid(label) {
  const bytes = Buffer.from(bytesFor(`id ${label}`, 16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** An envelope of "hello", everything random in it following from its name. */
export function make(name, options) {
  return sealByHand({
    plaintext: Buffer.from('hello'),
    id: uuid(name),
    createdAt: NOW,
    cek: bytesFor(`cek ${name}`, 32),
    salt: bytesFor(`salt ${name}`, 24),
    ...options,
  })
}

export const text = (steps) =>
  Object.fromEntries(Object.entries(steps).map(([step, value]) => [step, hex(value)]))
