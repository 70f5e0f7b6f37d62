/** The engine's X25519 and Ed25519 give what JavaScript gives, keys and results with zero bytes in front included. */
import { expect, test } from 'vitest'
import { nobleCurves } from '../../packages/core/src/crypto/noble-curves'
import { curves, webcryptoBackend } from '../../packages/core/src/crypto/webcrypto'

/** Of as many random ones, two begin with a zero byte. */
const RANDOM_KEYS = 500
const noble = nobleCurves(webcryptoBackend)

function secrets(): Uint8Array<ArrayBuffer>[] {
  const random = Array.from({ length: RANDOM_KEYS }, () => webcryptoBackend.randomBytes(32))
  const zeros = [1, 2, 31].map((length) => webcryptoBackend.randomBytes(32).fill(0, 0, length))
  return [...zeros, ...random]
}

test('X25519: public keys and shared secrets', async () => {
  const peer = await noble.x25519(webcryptoBackend.randomBytes(32))
  for (const secret of secrets()) {
    const [ours, theirs] = [await curves.x25519(secret), await noble.x25519(secret)]
    expect(ours.publicKey).toEqual(theirs.publicKey)
    expect(await ours.agree(peer.publicKey)).toEqual(await theirs.agree(peer.publicKey))
  }
})

test('Ed25519: public keys and signatures', async () => {
  for (const secret of secrets()) {
    const ours = await curves.importPrivate('Ed25519', secret, false)
    const theirs = await noble.importPrivate('Ed25519', secret, true)
    expect(await curves.exportKey(ours.publicKey)).toEqual(await noble.exportKey(theirs.publicKey))
    const signature = await curves.sign(ours.privateKey, secret)
    expect(signature).toEqual(await noble.sign(theirs.privateKey, secret))
    expect(await curves.verify(ours.publicKey, secret, signature)).toBe(true)
  }
})
