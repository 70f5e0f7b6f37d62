/** Misuse by the programmer: a TypeError or RangeError that names the argument, and tells no content. */
import { runInNewContext } from 'node:vm'
import {
  generateIdentity,
  importIdentity,
  importPublicIdentity,
  open,
  openContent,
  seal,
  sealContent,
  verify,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people, person } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'

const { alice, bob } = await people('alice', 'bob')
const sealing = { to: bob.public, from: alice }
const opening = { as: bob, from: alice.public }
const envelope = await seal('x', sealing)

const sealWith = (change: object) => misuseOf(() => seal('x', { ...sealing, ...change } as never))
const openWith = (change: object) =>
  misuseOf(() => open(envelope, { ...opening, ...change } as never))

describe('seal: data', () => {
  class Thing {
    secret = 1
  }
  const cycle: unknown[] = []
  cycle.push(cycle)

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a BigInt', 1n],
    ['a BigInt inside', { a: [1n] }],
    ['NaN', Number.NaN],
    ['Infinity inside', { a: Number.POSITIVE_INFINITY }],
    ['undefined in an array', [undefined]],
    ['a function inside', { a: () => 1 }],
    ['a cycle', cycle],
    ['a Date', new Date()],
    ['a Map', new Map([['a', 1]])],
    ['a Set inside', { a: new Set([1]) }],
    ['a Blob', new Blob(['x'])],
    ['an ArrayBuffer', new ArrayBuffer(4)],
    ['an ArrayBuffer of another realm', runInNewContext('new ArrayBuffer(4)')],
    ['a SharedArrayBuffer', new SharedArrayBuffer(4)],
    ['a DataView', new DataView(new ArrayBuffer(4))],
    ['a Uint16Array', new Uint16Array(4)],
    ['bytes inside', { a: new Uint8Array(4) }],
    ['a class of its own', new Thing()],
    ['a hidden toJSON', Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'x' })],
    ['a promise', Promise.resolve('x')],
    ['text with a lone high surrogate', 'a\ud800'],
    ['text with a lone low surrogate', '\udc00a'],
    ['text with surrogates in the wrong order', '\udf89\ud83c'],
    ['an array with a hole', Object.assign(new Array(3), { 0: 1, 2: 3 })],
    ['holes inside', { a: [new Array(3)] }],
  ])('%s', async (_name, data) => {
    expect(await misuseOf(() => seal(data as never, sealing))).toMatch(/^data: /)
  })

  test('an optional member that is undefined is left out, as JSON does', async () => {
    const data = { a: 1, b: undefined } as never
    expect((await open(await seal(data, sealing), opening)).json()).toEqual({ a: 1 })
  })

  test('bytes of another realm are bytes', async () => {
    const foreign = runInNewContext('Uint8Array.of(1, 2, 3)') as Uint8Array
    expect((await open(await seal(foreign, sealing), opening)).bytes).toEqual(
      Uint8Array.of(1, 2, 3),
    )
  })
})

describe('seal: options', () => {
  test.each([undefined, null])('%s options name an argument', async (options) => {
    expect(await misuseOf(() => seal('x', options as never))).toMatch(/^(from|options): /)
  })

  test.each([undefined, null, 5, 'bob', {}, alice, [undefined], [alice.public, 5], alice.keyPairs])(
    'to: %s',
    async (to) => {
      expect(await sealWith({ to })).toMatch(/^to: /)
    },
  )

  test.each([[[]], [[bob.public, bob.public]], [[bob.public, alice.public, bob.public]]])(
    'to: a list of wrong length',
    async (to) => {
      expect(await sealWith({ to })).toMatch(/^to: /)
      expect(await outcomeOf(() => seal('x', { ...sealing, to }))).toBe('RangeError')
    },
  )

  test('to: a private identity is told apart', async () => {
    expect(await sealWith({ to: bob })).toContain('identity.public')
  })

  test.each([
    undefined,
    null,
    5,
    'alice',
    {},
    alice.public,
    { public: alice.public },
    { signer: alice.signer },
  ])('from: %s', async (from) => {
    expect(await sealWith({ from })).toMatch(/^from[.:]/)
  })

  test.each(['expiresAt', 'now'])('%s', async (name) => {
    const wrong = [
      '2030-01-01',
      '1900000000000',
      1.5,
      -1,
      Number.NaN,
      253_402_300_800_000,
      new Date(Number.NaN),
      true,
      {},
    ]
    for (const value of wrong) {
      expect(await sealWith({ [name]: value }), String(value)).toMatch(new RegExp(`^${name}: `))
    }
  })

  test('expiresAt in the past', async () => {
    expect(await sealWith({ expiresAt: Date.now() - 1 })).toMatch(/^expiresAt: /)
    expect(await sealWith({ now: 1_000, expiresAt: 1_000 })).toMatch(/^expiresAt: /)
    expect(await outcomeOf(() => seal('x', { ...sealing, now: 1_000, expiresAt: 1_001 }))).toBe(
      'none',
    )
  })

  test.each([null, [], 'x', 5, true, new Map(), new Date()])('metadata: %s', async (metadata) => {
    expect(await sealWith({ metadata })).toMatch(/^metadata: /)
  })

  test('metadata and associated data: only JSON, and nothing of it is told', async () => {
    for (const name of ['metadata', 'associatedData']) {
      for (const bad of [0.5, undefined, 1n, 'secret\0', '\ud800', new Date(), 2 ** 53]) {
        const message = await sealWith({ [name]: { secret: { secret: bad } } })
        expect(message, String(bad)).toMatch(new RegExp(`^${name}: (?!.*secret)`))
      }
    }
  })

  test('metadata of 16 KiB is taken, one byte more is a RangeError', async () => {
    const metadata = { a: 'x'.repeat(16 * 1024 - 8) }
    const sealed = await seal('x', { ...sealing, metadata })
    expect((await open(sealed, opening)).metadata).toEqual(metadata)
    expect(await sealWith({ metadata: { a: `${metadata.a}x` } })).toMatch(/^metadata: /)
  })

  test('associated data of 64 KiB is taken, one byte more is a RangeError', async () => {
    const associatedData = 'x'.repeat(64 * 1024 - 2)
    const sealed = await seal('x', { ...sealing, associatedData })
    expect((await open(sealed, { ...opening, associatedData })).text()).toBe('x')
    expect(await sealWith({ associatedData: `${associatedData}x` })).toMatch(/^associatedData: /)
  })
})

describe('open and verify: options', () => {
  test('none', async () => {
    expect(await misuseOf(() => open(envelope, undefined as never))).toMatch(/^(as|options): /)
    expect(await misuseOf(() => verify(envelope, undefined as never))).toMatch(/^(from|options): /)
  })

  test.each([
    undefined,
    null,
    5,
    {},
    bob.public,
    { public: bob.public },
    { decrypter: bob.decrypter },
  ])('as: %s', async (as) => {
    expect(await openWith({ as })).toMatch(/^as[.:]/)
  })

  test.each([undefined, null, 5, 'alice', {}, alice, [alice.public], () => 5])(
    'from: %s',
    async (from) => {
      expect(await openWith({ from })).toMatch(/^from[.:]/)
      expect(await misuseOf(() => verify(envelope, { from } as never))).toMatch(/^from[.:]/)
    },
  )

  test.each(['now'])('%s', async (name) => {
    for (const value of [-1, 1.5, Number.NaN, '5', true]) {
      expect(await openWith({ [name]: value }), String(value)).toMatch(/^now: /)
    }
  })

  test('associatedData', async () => {
    expect(await openWith({ associatedData: 0.5 })).toMatch(/^associatedData: /)
  })
})

describe('labels', () => {
  test.each(['', 'x'.repeat(256), 'ł'.repeat(128), 'a\0', '\ud800', 5, null, {}])(
    'keyIds: %j',
    async (keyId) => {
      for (const place of ['encryption', 'signing']) {
        const keyIds = { [place]: keyId } as never
        const expected = new RegExp(`^keyIds\\.${place}: `)
        expect(await misuseOf(() => person('alice', keyIds))).toMatch(expected)
      }
    },
  )
})

describe('sealContent and openContent', () => {
  const context = new Uint8Array(32)

  test.each([31, 33, 0])('an input key of %d bytes', async (length) => {
    const key = { inputKey: new Uint8Array(length), context }
    expect(await misuseOf(() => sealContent(key, new Uint8Array(1)))).toMatch(/^inputKey: /)
    expect(await misuseOf(() => openContent(key, new Uint8Array(100)))).toMatch(/^inputKey: /)
  })

  test('an input key that is text', async () => {
    const key = { inputKey: 'x'.repeat(32) as never, context }
    expect(await misuseOf(() => sealContent(key, new Uint8Array(1)))).toMatch(/^inputKey: /)
  })

  test('takes no salt: a salt must not repeat', () => {
    expect(sealContent.length).toBe(2)
  })
})

test('functions of keys name their input', async () => {
  expect(await misuseOf(() => importIdentity(5 as never))).toMatch(/^input: /)
  expect(await misuseOf(() => importPublicIdentity(5 as never))).toMatch(/^input: /)
  expect(await misuseOf(() => importIdentity({ encryption: 5 } as never))).toMatch(/^encryption: /)
  expect(await misuseOf(() => generateIdentity({ modulusLength: 5 } as never))).toMatch(
    /^modulusLength: /,
  )
  expect(await misuseOf(() => generateIdentity({ suite: 'x' } as never))).toMatch(/^suite: /)
})
