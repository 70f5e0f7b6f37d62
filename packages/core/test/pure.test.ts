/** The pure platform beside the one of this run: the same bytes, keys that are plain objects, bad keys refused. */
import { generateKeyPairSync, generatePrimeSync, webcrypto } from 'node:crypto'
import * as core from '@zkeb/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { people } from '../../../test/support/identities'
import { errorOf, outcomeOf } from '../../../test/support/outcome'
// As it is published: on the sources there is one platform at a time.
// @ts-expect-error its declarations are those of core (package.json)
import * as built from '../dist/pure/index.js'

/** The same API of another copy. */
const pure: typeof core = built

type Core = typeof core
const { alice, bob } = await people('alice', 'bob')
const extractable = true
const SUITES = ['rsa', 'x25519', 'pq'] as const

/** Two people of a suite, with keys made by `maker`, or the fixed ones of RSA. */
async function pairOf(suite: core.SuiteName, maker: Core): Promise<[string, string]> {
  const make = () => maker.generateIdentity({ suite, extractable })
  const both = suite === 'rsa' ? [alice, bob] : [await make(), await make()]
  const lines = await Promise.all(both.map((identity) => maker.exportIdentity(identity)))
  return lines as [string, string]
}

test('it is another copy, of another platform', async () => {
  const { keyPairs } = await pure.generateIdentity({ suite: 'x25519' })
  expect(keyPairs?.encryption.privateKey).not.toBeInstanceOf(CryptoKey)
  expect(pure.ZkebError).not.toBe(core.ZkebError)
})

describe.each(SUITES)('%s', (suite) => {
  const DIRECTIONS: readonly (readonly [string, Core, Core])[] = [
    ['made and sealed in pure, opened outside', pure, core],
    ['made and sealed outside, opened in pure', core, pure],
  ]
  test.each(DIRECTIONS)('%s', async (_direction, sealer, opener) => {
    // RSA keys of pure are those of the other: making them would take a minute.
    const lines = await pairOf(suite, suite === 'rsa' ? core : sealer)
    const [from, to] = await Promise.all(lines.map((line) => sealer.importIdentity(line)))
    const [sender, reader] = await Promise.all(lines.map((line) => opener.importIdentity(line)))
    if (!from || !to || !sender || !reader) throw new Error('two lines')
    expect(sender.public.fingerprint).toEqual(from.public.fingerprint)

    const data = Uint8Array.from({ length: 40_000 }, (_, i) => i * 7)
    const options = { to: to.public, from, metadata: { a: 1 }, associatedData: ['b'] }
    const envelope = await sealer.seal(data, options)
    for (const shape of [sealer.encode(envelope), JSON.stringify(envelope)]) {
      const opening = { as: reader, from: sender.public, associatedData: ['b'] }
      const opened = await opener.open(shape, opening)
      expect(Buffer.compare(opened.bytes, data)).toBe(0)
      const wrong = () => opener.open(shape, { ...opening, associatedData: ['c'] })
      expect(await outcomeOf(wrong)).toBe('SIGNATURE')
    }
  })

  test('keys are written the same', async () => {
    const [line] = await pairOf(suite, core)
    const [there, here] = [
      await pure.importIdentity(line, { extractable }),
      await core.importIdentity(line, { extractable }),
    ]
    expect(await pure.exportIdentity(there)).toBe(line)
    expect(await pure.exportPublicIdentity(there.public)).toBe(
      await core.exportPublicIdentity(here.public),
    )
    if (suite === 'pq') return
    for (const form of ['pem', 'jwk'] as const) {
      const written = await pure.exportIdentity(there, form)
      expect((await core.importIdentity(written)).public.fingerprint).toEqual(
        here.public.fingerprint,
      )
      const again = await pure.importIdentity(await core.exportIdentity(here, form))
      expect(again.public.fingerprint).toEqual(here.public.fingerprint)
    }
  })

  test('key pairs survive structured clone', async () => {
    const [line] = await pairOf(suite, core)
    const identity = await pure.importIdentity(line)
    const cloned = await pure.identityFromKeyPairs(structuredClone(identity.keyPairs))
    expect(cloned.public.fingerprint).toEqual(identity.public.fingerprint)
    const envelope = await pure.seal('x', { to: cloned.public, from: cloned })
    expect((await pure.open(envelope, { as: cloned, from: cloned.public })).text()).toBe('x')
    expect(await outcomeOf(() => pure.exportIdentity(cloned))).toBe('KEY')
  })
})

test('RSA keys are made, in steps that let other work run', async () => {
  let turns = 0
  const turning = setInterval(() => turns++, 1)
  const { rsa } = await import('../src/crypto/pure')
  const { publicKey, privateKey } = await rsa.generate('encryption', 2048, false)
  clearInterval(turning)
  expect(turns).toBeGreaterThan(1)
  expect(privateKey).toMatchObject({ type: 'private', extractable: false })
  const wrapped = await rsa.encrypt(publicKey, new Uint8Array(32))
  expect(await rsa.decrypt(privateKey, wrapped)).toEqual(new Uint8Array(32))
  // What it made, the platform takes.
  const der = await rsa.exportDer(privateKey)
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['decrypt'])
  const opened = await webcrypto.subtle.decrypt(algorithm, key, wrapped)
  expect(new Uint8Array(opened)).toEqual(new Uint8Array(32))
})

describe('RSA keys that are refused', () => {
  const toBase64Url = (value: bigint) => {
    const hex = value.toString(16)
    return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex').toString('base64url')
  }
  const toNumber = (text = '') => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)

  test('numbers that would keep node-forge busy for ever: KEY', async () => {
    const jwk = await core.exportIdentity(alice, 'jwk')
    const n = toNumber(jwk.encryption.n)
    const three = toBase64Url(3n)
    const changes: JsonWebKey[] = [
      { p: three, q: toBase64Url(n / 3n) },
      { p: toBase64Url(1n), q: jwk.encryption.n ?? '' },
      { p: toBase64Url(0n) },
      { q: toBase64Url(0n) },
      { n: toBase64Url(0n) },
      { dp: jwk.encryption.dq ?? '' },
      { qi: three },
      { d: toBase64Url(toNumber(jwk.encryption.d) + n) },
      { d: toBase64Url(toNumber(jwk.encryption.d) + 2n) },
      { n: 'A'.repeat(50_000_000) },
      { q: 'a b' },
      { e: three },
    ]
    for (const change of changes) {
      const encryption = { ...jwk.encryption, ...change }
      const importing = () => pure.importIdentity({ encryption, signing: jwk.signing })
      expect(await outcomeOf(importing)).toBe('KEY')
    }
  })

  test('a consistent key of one tiny prime, which would take node-forge for ever: KEY', async () => {
    const [e, p, q] = [65_537n, 3n, generatePrimeSync(2047, { bigint: true })]
    const phi = (p - 1n) * (q - 1n)
    let k = 1n
    while ((1n + k * phi) % e !== 0n) k++
    const d = (1n + k * phi) / e
    const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: q % p }
    const texts = Object.entries(numbers).map(([name, number]) => [name, toBase64Url(number)])
    const encryption = { kty: 'RSA', ...Object.fromEntries(texts) } as JsonWebKey
    const { signing } = await core.exportIdentity(alice, 'jwk')
    expect(await outcomeOf(() => pure.importIdentity({ encryption, signing }))).toBe('KEY')
  })

  test('a stored key that says another exponent than it has: KEY', async () => {
    const { rsa } = await import('../src/crypto/pure')
    const made = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
    const bytes = new Uint8Array(made.publicKey.export({ format: 'der', type: 'spki' }))
    const algorithm = { name: 'RSA-OAEP', modulusLength: 2048, hash: { name: 'SHA-256' } }
    const encrypt = async (publicExponent: Uint8Array) => {
      const key = { type: 'public', algorithm: { ...algorithm, publicExponent }, bytes } as const
      return rsa.encrypt({ ...key, extractable: true }, new Uint8Array(32))
    }
    expect(await outcomeOf(() => encrypt(Uint8Array.of(3)))).toBe('none')
    expect(await outcomeOf(() => encrypt(Uint8Array.of(1, 0, 1)))).toBe('KEY')
  })

  test('key pairs of WebCrypto, and clones that were changed: KEY, with a hint', async () => {
    const usages = ['sign', 'verify'] as const
    const parameters = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-256', ...parameters }
    const native = await webcrypto.subtle.generateKey(algorithm, true, [...usages])
    const own = (await pure.importIdentity(await core.exportIdentity(alice))).keyPairs
    const change = (changes: object) => {
      const { signing } = structuredClone(own) as { signing: { publicKey: object } }
      return { ...signing, publicKey: { ...signing.publicKey, ...changes } }
    }
    const pairs = [
      native,
      change({ bytes: new Uint8Array(300) }),
      change({ bytes: 'x' }),
      change({ bytes: own.signing.privateKey }),
      change({ algorithm: { ...own.signing.publicKey.algorithm, modulusLength: 4096 } }),
    ]
    for (const signing of pairs) {
      const work = () => pure.identityFromKeyPairs({ ...own, signing } as never)
      expect(await errorOf(work)).toMatchObject({ code: 'KEY', hint: expect.stringMatching(/./) })
    }
  })
})

test('key pairs of curves that another platform made: KEY, whichever half it is', async () => {
  const native = await core.generateIdentity({ suite: 'x25519', extractable })
  const own = await pure.importIdentity(await core.exportIdentity(native))
  const foreign = (await webcrypto.subtle.generateKey('X25519', true, ['deriveBits'])) as never
  const { publicKey, privateKey } = foreign as CryptoKeyPair
  const pair = own.keyPairs.encryption
  for (const encryption of [foreign, { ...pair, publicKey }, { ...pair, privateKey }]) {
    const work = () => pure.identityFromKeyPairs({ ...own.keyPairs, encryption } as never)
    expect(await outcomeOf(work)).toBe('KEY')
  }
})

describe('without crypto.getRandomValues', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  test.each([{}, undefined])(
    'RUNTIME and a hint where randomness is needed: %s',
    async (crypto) => {
      const identity = await pure.importIdentity(await core.exportIdentity(alice))
      const envelope = await core.seal('x', { to: alice.public, from: alice })
      vi.stubGlobal('crypto', crypto)
      const works = [
        () => pure.seal('x', { to: identity.public, from: identity }),
        () => pure.generateIdentity({ modulusLength: 2048 }),
        () => pure.generateIdentity({ suite: 'x25519' }),
      ]
      for (const work of works) {
        const hint = expect.stringContaining('getRandomValues')
        expect(await errorOf(work)).toMatchObject({ code: 'RUNTIME' })
        expect(await errorOf(work)).toMatchObject({ message: hint })
      }
      await pure.verify(envelope, { from: identity.public })
    },
  )
})
