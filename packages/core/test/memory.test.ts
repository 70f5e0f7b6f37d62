/** Views, pools, shared memory: only the bytes that were given are read, and nothing else is written. */

import { decode, encode, open, openContent, seal, sealContent } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { people } from '../../../test/support/identities'

const { alice, bob } = await people('alice', 'bob')
const sealing = { to: bob.public, from: alice }
const opening = { as: bob, from: alice.public }
const SECRET = 0xee

/** `bytes` in the middle of an array that is full of secrets. */
function surround(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes.length + 200).fill(SECRET)
  whole.set(bytes, 100)
  return whole.subarray(100, 100 + bytes.length)
}

function isUntouched(view: Uint8Array): boolean {
  const whole = new Uint8Array(view.buffer)
  const around = [...whole.subarray(0, 100), ...whole.subarray(100 + view.length)]
  return around.every((byte) => byte === SECRET)
}

/** A Node Buffer inside the shared pool, next to other Buffers. */
function pooled(bytes: Uint8Array): Buffer {
  Buffer.from('a neighbour in the pool')
  const buffer = Buffer.from(bytes)
  Buffer.from('another neighbour')
  return buffer
}

const SIZES = [0, 1, 1000, 16_384, 40_000]

describe('plaintext', () => {
  test.each(SIZES)('a view of %d bytes is sealed without its neighbours', async (size) => {
    const view = surround(patternBytes(size))
    const opened = await open(await seal(view, sealing), opening)
    expect(Buffer.compare(opened.bytes, patternBytes(size))).toBe(0)
    expect(isUntouched(view)).toBe(true)
    expect(Buffer.compare(view, patternBytes(size))).toBe(0)
  })

  test('a Buffer of the pool is sealed without its neighbours', async () => {
    const buffer = pooled(patternBytes(100))
    expect(buffer.buffer.byteLength).toBeGreaterThan(100)
    const opened = await open(await seal(buffer, sealing), opening)
    expect(Buffer.compare(opened.bytes, patternBytes(100))).toBe(0)
  })

  test.each(SIZES)('%d bytes in shared memory are sealed', async (size) => {
    const shared = new Uint8Array(new SharedArrayBuffer(size + 20), 10, size)
    shared.set(patternBytes(size))
    const opened = await open(await seal(shared, sealing), opening)
    expect(Buffer.compare(opened.bytes, patternBytes(size))).toBe(0)
  })
})

describe('opened bytes', () => {
  test.each(SIZES)('%d bytes lie alone in memory of their own', async (size) => {
    const { bytes } = await open(await seal(patternBytes(size), sealing), opening)
    expect(bytes.constructor).toBe(Uint8Array)
    expect(bytes.byteOffset).toBe(0)
    expect(bytes.buffer.byteLength).toBe(size)
  })
})

describe('the binary form', () => {
  test('is read from views, pooled Buffers and shared memory', async () => {
    const binary = encode(await seal('x', sealing))
    const shared = new Uint8Array(new SharedArrayBuffer(binary.length))
    shared.set(binary)
    for (const input of [surround(binary), pooled(binary), shared]) {
      expect((await open(input, opening)).text()).toBe('x')
      expect(encode(input)).toEqual(binary)
    }
  })

  test('what was decoded does not change with the input', async () => {
    const envelope = await seal('x', sealing)
    const binary = Buffer.from(encode(envelope))
    const decoded = decode(binary)
    binary.fill(0)
    expect(encode(decoded)).toEqual(encode(envelope))
    expect((await open(decoded, opening)).text()).toBe('x')
  })

  test('is written into memory of its own', async () => {
    const binary = encode(await seal('x', sealing))
    expect(binary.constructor).toBe(Uint8Array)
    expect(binary.buffer.byteLength).toBe(binary.length)
  })
})

test('the object form is opened with columns that are views, Buffers and shared memory', async () => {
  const envelope = await seal(patternBytes(20_000), sealing)
  const share = (bytes: Uint8Array) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    return shared
  }
  for (const move of [surround, pooled, share]) {
    const moved = {
      ...envelope,
      iv: move(envelope.iv),
      content: move(envelope.content),
      signature: move(envelope.signature),
      recipients: envelope.recipients.map((recipient) => ({
        fingerprint: move(recipient.fingerprint),
        encryptedKey: move(recipient.encryptedKey),
      })),
    }
    const opened = await open(moved as never, opening)
    expect(Buffer.compare(opened.bytes, patternBytes(20_000))).toBe(0)
  }
})

describe('sealContent and openContent', () => {
  const key = { inputKey: surround(patternBytes(32)), context: surround(patternBytes(7)) }

  test.each(SIZES)('take views of %d bytes, and leave the neighbours', async (size) => {
    const view = surround(patternBytes(size))
    const { message } = await sealContent(key, view)
    expect(message.buffer.byteLength).toBe(message.length)
    const opened = await openContent(key, surround(message))
    expect(Buffer.compare(opened, patternBytes(size))).toBe(0)
    expect([view, key.inputKey, key.context].every(isUntouched)).toBe(true)
    expect(key.inputKey).toEqual(patternBytes(32))
  })
})

test("a recipient's fingerprint and label in views are found", async () => {
  const reader = {
    ...bob,
    public: {
      ...bob.public,
      encryption: {
        ...bob.public.encryption,
        fingerprint: surround(bob.public.encryption.fingerprint),
      },
    },
  }
  const envelope = await seal('x', { to: reader.public, from: alice })
  expect((await open(envelope, { as: reader, from: alice.public })).text()).toBe('x')
})
