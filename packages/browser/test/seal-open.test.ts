/** What spec/vectors does not show of a page; test/vectors/own.test.ts runs there as well. */
import { beforeAll, describe, expect, test } from 'vitest'
import * as browser from '../src/index'
import {
  encode,
  generateIdentity,
  type Identity,
  inspect,
  isZkebError,
  open,
  seal,
} from '../src/index'

const MIB = 1024 * 1024

let alice: Identity
let bob: Identity

beforeAll(async () => {
  const make = () => generateIdentity({ modulusLength: 2048 })
  ;[alice, bob] = await Promise.all([make(), make()])
})

test('the surface is what a page needs, and nothing that writes private keys out', () => {
  expect(Object.keys(browser).sort()).toEqual([
    'Keyring',
    'ZkebError',
    'armor',
    'dearmor',
    'decode',
    'encode',
    'exportPublicIdentity',
    'fingerprintToHex',
    'generateIdentity',
    'grant',
    'importIdentity',
    'importPublicIdentity',
    'inspect',
    'isZkebError',
    'memoryReplayGuard',
    'open',
    'openKeyStore',
    'openRange',
    'openStream',
    'passphraseReader',
    'passphraseRecipient',
    'readGrant',
    'seal',
    'sealStream',
    'verify',
  ])
})

describe('every size', () => {
  for (const size of [0, 1, 16_383, 16_384, 16_385, MIB]) {
    test(`${size} bytes, as object, JSON and binary`, async () => {
      const bytes = randomBytes(size)
      const envelope = await seal(bytes, { to: bob.public, from: alice })
      expect(inspect(envelope).plaintextBytes).toBe(size)
      for (const shape of [envelope, JSON.stringify(envelope), encode(envelope)]) {
        const opened = await open(shape, { as: bob, from: alice.public })
        expect(equal(opened.bytes, bytes)).toBe(true)
      }
    })
  }

  test('a view seals its own bytes only, shared memory what it held', async () => {
    const memory = randomBytes(64)
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer
    const view = new Uint8Array(shared, 8, 16)
    view.set(memory.subarray(8, 24))
    for (const data of [memory.subarray(8, 24), view]) {
      const envelope = await seal(data, { to: bob.public, from: alice })
      const opened = await open(envelope, { as: bob, from: alice.public })
      expect(equal(opened.bytes, memory.slice(8, 24))).toBe(true)
    }
  })
})

test('an RSA-4096 identity, the default, seals and opens', async () => {
  const dave = await generateIdentity()
  expect(dave.public.encryption.type).toBe('RSA-4096')
  const envelope = await seal('long keys', { to: [dave.public, bob.public], from: dave })
  expect((await open(envelope, { as: dave, from: dave.public })).text()).toBe('long keys')
  expect((await open(envelope, { as: bob, from: dave.public })).text()).toBe('long keys')
})

test('one flipped bit anywhere is refused', async () => {
  const binary = encode(await seal('x', { to: bob.public, from: alice, metadata: { to: 'bob' } }))
  const codes = new Set<string>()
  for (let i = 0; i < binary.length; i++) {
    const altered = Uint8Array.from(binary)
    altered[i] = (altered[i] as number) ^ (1 << (i % 8))
    const error: unknown = await open(altered, { as: bob, from: alice.public }).catch((e) => e)
    if (!isZkebError(error)) throw new Error(`byte ${i} altered: not refused`, { cause: error })
    codes.add(error.code)
  }
  // What is well-formed fails by the signature; iv, which is not under it, by the key derivation.
  expect(codes).toContain('SIGNATURE')
  expect(codes).toContain('OPEN')
})

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i += 65_536) crypto.getRandomValues(bytes.subarray(i, i + 65_536))
  return bytes
}

/** toEqual on a mebibyte takes seconds. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
