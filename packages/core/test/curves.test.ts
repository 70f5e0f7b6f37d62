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
