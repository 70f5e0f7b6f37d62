/** Curves where the platform has them, where it has not, and where keys cannot be taken out of it. */
import { webcrypto } from 'node:crypto'
import { identityFromKeyPairs, open, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { peopleOf } from '../../../test/support/identities'
import { nodeBackend } from '../src/crypto/node'
import { webcryptoCurves } from '../src/crypto/webcrypto-curves'

const { subtle } = webcrypto
const real = webcryptoCurves(() => subtle as SubtleCrypto, nodeBackend)
const message = Uint8Array.of(1, 2, 3)
const secret = new Uint8Array(32).fill(9)

/** A SubtleCrypto that knows no curve of ours, and counts how often it was asked for one. */
function withoutCurves() {
  let asked = 0
  const lacking = {
    async importKey() {
      asked++
      throw new DOMException('no such algorithm', 'NotSupportedError')
    },
  }
  const curves = webcryptoCurves(() => lacking as unknown as SubtleCrypto, nodeBackend)
  return { curves, asked: () => asked }
}

describe('a WebCrypto without curves', () => {
  test('keys are plain, can be cloned, and work with those of other platforms', async () => {
    const { curves } = withoutCurves()
    const pair = structuredClone(await curves.importPrivate('Ed25519', secret, false))
    expect(pair.privateKey).toMatchObject({ type: 'private', extractable: false })
    const native = await real.importPrivate('Ed25519', secret, false)
    const signature = await curves.sign(pair.privateKey, message)
    expect(await real.verify(native.publicKey, message, signature)).toBe(true)
    const other = await real.sign(native.privateKey, message)
    expect(await curves.verify(pair.publicKey, message, other)).toBe(true)
    expect(await curves.verify(pair.publicKey, Uint8Array.of(4), other)).toBe(false)
    expect(await curves.exportKey(pair.publicKey)).toEqual(await real.exportKey(native.publicKey))
  })

  test('X25519 agrees with that of other platforms', async () => {
    const { curves } = withoutCurves()
    const [ours, theirs] = [await curves.x25519(secret), await real.x25519(message32())]
    expect(await ours.agree(theirs.publicKey)).toEqual(await theirs.agree(ours.publicKey))
    const { privateKey } = await curves.generate('X25519', true)
    expect(privateKey).toHaveProperty('bytes')
    expect(await curves.agree(privateKey, new Uint8Array(32))).toBeUndefined()
  })

  test('is asked once for each curve', async () => {
    const { curves, asked } = withoutCurves()
    for (let i = 0; i < 3; i++) {
      await curves.generate('X25519', false)
      await curves.generate('Ed25519', false)
    }
    expect(asked()).toBe(2)
  })
})

/** WebKitGTK (libgcrypt): a private key whose first byte is zero is refused. */
test('a single key that WebCrypto does not take is a plain one, and works with the others', async () => {
  const picky = new Proxy(subtle, {
    get: (target, name: 'importKey') =>
      name === 'importKey'
        ? async (...args: Parameters<SubtleCrypto['importKey']>) => {
            const [format, der] = args
            const isRefused = format === 'pkcs8' && (der as unknown as Uint8Array)[16] === 0
            if (isRefused) throw new DOMException('no such key', 'DataError')
            return (target.importKey as (...all: unknown[]) => unknown)(...args)
          }
        : (target[name] as () => unknown).bind(target),
  })
  const curves = webcryptoCurves(() => picky as unknown as SubtleCrypto, nodeBackend)
  const zero = new Uint8Array(32).fill(9, 1)
  const pair = await curves.importPrivate('Ed25519', zero, true)
  expect(await curves.exportKey(pair.privateKey)).toEqual(zero)
  const native = await real.importPrivate('Ed25519', zero, false)
  expect(
    await real.verify(native.publicKey, message, await curves.sign(pair.privateKey, message)),
  ).toBe(true)
  const theirs = await real.x25519(secret)
  const ours = await curves.x25519(zero)
  expect(await ours.agree(theirs.publicKey)).toEqual(await theirs.agree(ours.publicKey))
  expect((await curves.importPrivate('X25519', secret, false)).privateKey).not.toHaveProperty(
    'bytes',
  )
})

/** WebKitGTK again: so does its generator fail. */
test('a generator that fails now and then is asked again, and one that always fails is not for ever', async () => {
  let failures = 0
  const moody = (times: number) => {
    failures = 0
    return {
      importKey: subtle.importKey.bind(subtle),
      async generateKey(...args: unknown[]) {
        if (failures++ < times) throw new DOMException('failed', 'OperationError')
        return (subtle.generateKey as (...all: unknown[]) => unknown).apply(subtle, args)
      },
    } as unknown as SubtleCrypto
  }
  const generate = (times: number) => {
    const platform = moody(times)
    return webcryptoCurves(() => platform, nodeBackend).generate('Ed25519', false)
  }
  expect((await generate(1)).privateKey).not.toHaveProperty('bytes')
  await expect(generate(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ name: 'OperationError' })
  expect(failures).toBeLessThan(10)
})

test('pairs of WebCrypto that cannot be extracted seal, open, sign and verify', async () => {
  const { alice } = await peopleOf('x25519')
  const make = (curve: string, usages: KeyUsage[]) =>
    subtle.generateKey(curve, false, usages) as unknown as Promise<CryptoKeyPair>
  const own = await identityFromKeyPairs({
    encryption: await make('X25519', ['deriveBits']),
    signing: await make('Ed25519', ['sign', 'verify']),
  })
  expect(own.suite).toBe('x25519')
  const sealed = await seal('x', { to: [own.public, alice.public], from: own })
  expect((await open(sealed, { as: own, from: own.public })).text()).toBe('x')
  expect((await open(sealed, { as: alice, from: own.public })).text()).toBe('x')
})

function message32() {
  return new Uint8Array(32).fill(5)
}
