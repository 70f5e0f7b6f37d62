/** Key pairs that were made or stored elsewhere, as plain bytes: copied, and refused where they are damaged. */

import { randomBytes, webcrypto } from 'node:crypto'
import { inspect } from 'node:util'
import {
  generateIdentity,
  identityFromKeyPairs,
  open,
  passphraseRecipient,
  type RawKey,
  seal,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { peopleOf, SUITES } from '../../../test/support/identities'
import { errorOf, outcomeOf } from '../../../test/support/outcome'
import { nobleCurves } from '../src/crypto/noble-curves'

const { alice, bob } = await peopleOf('x25519')
const { subtle } = webcrypto
const curves = nobleCurves({ randomBytes: (length) => new Uint8Array(randomBytes(length)) })
const makePairs = async () => ({
  encryption: await curves.generate('X25519', true),
  signing: await curves.generate('Ed25519', true),
})
const bytesOf = (key: unknown) => (key as RawKey).bytes

describe('plain bytes', () => {
  test('are copied: what the caller does to theirs afterwards changes no identity', async () => {
    const pairs = await makePairs()
    const identity = await identityFromKeyPairs(pairs)
    const before = await seal('x', { to: identity.public, from: identity })
    for (const { publicKey, privateKey } of Object.values(pairs)) {
      bytesOf(publicKey).fill(0)
      bytesOf(privateKey).fill(0)
    }
    const after = await seal('x', { to: identity.public, from: identity })
    for (const sealed of [before, after]) {
      expect((await open(sealed, { as: identity, from: identity.public })).text()).toBe('x')
    }
  })

  test('in Buffers are taken, and left as they are', async () => {
    const { encryption, signing } = await makePairs()
    const bytes = Buffer.from(bytesOf(signing.publicKey))
    const before = bytes.toString('hex')
    const publicKey = { ...signing.publicKey, bytes } as unknown as RawKey
    const pairs = { encryption, signing: { ...signing, publicKey } }
    expect(await outcomeOf(() => identityFromKeyPairs(pairs))).toBe('none')
    expect(bytes.toString('hex')).toBe(before)
  })

  test.each(SUITES)(
    'of a public identity of suite %s do not say to whom is sealed',
    async (suite) => {
      const { alice: from, bob: reader, carol: other } = await peopleOf(suite)
      const { encryption } = reader.public
      const kept = encryption.encoded.slice()
      encryption.encoded.set(other.public.encryption.encoded.subarray(0, kept.length))
      const sealed = await seal('x', { to: reader.public, from })
      encryption.encoded.set(kept)
      expect((await open(sealed, { as: reader, from: from.public })).text()).toBe('x')
    },
  )

  test('of a passphrase, neither', async () => {
    const kdf = { id: 'scrypt', ln: 15, p: 1 } as const
    const { encryption } = await passphraseRecipient('x', { suite: 'x25519', kdf })
    encryption.encoded.set(alice.public.encryption.encoded)
    const context = { info: 'i', aad: new Uint8Array(1) }
    const wrapped = await encryption.wrap(new Uint8Array(32), context)
    expect(await alice.decrypter.unwrap(wrapped, context)).toBeUndefined()
  })
})

/** The same point, for RFC 7748 §5; its one encoding is less than p. */
test('an X25519 point with the high bit set: KEY', async () => {
  const point = alice.public.encryption.encoded.slice(-32)
  point[31] = (point[31] as number) | 0x80
  const { encryption, signing } = alice.keyPairs
  const publicKey =
    'bytes' in encryption.publicKey
      ? { ...encryption.publicKey, bytes: point }
      : ((await subtle.importKey('raw', point, 'X25519', true, [])) as CryptoKey)
  const pairs = { encryption: { ...encryption, publicKey }, signing }
  expect(await outcomeOf(() => identityFromKeyPairs(pairs))).toBe('KEY')
  expect(await outcomeOf(() => identityFromKeyPairs({ encryption, signing }))).toBe('none')
})

describe('damaged records: KEY, and nothing that the platform says', async () => {
  const { encryption, signing } = alice.keyPairs
  const quantum = (await generateIdentity({ suite: 'pq' })).keyPairs
  const plain = (type: string, bytes?: unknown) => ({
    ...{ type, algorithm: { name: 'X25519' }, extractable: true },
    ...(bytes !== undefined && { bytes }),
  })
  const plainPair = (bytes?: unknown) => ({
    publicKey: plain('public', bytes),
    privateKey: plain('private', bytes),
  })
  const sealedIn = await subtle.importKey(
    'raw',
    alice.public.signing.encoded.slice(-32),
    'Ed25519',
    false,
    ['verify'],
  )
  const RECORDS: Record<string, unknown> = {
    nothing: null,
    'no pairs': {},
    'no public key': { encryption, signing: { privateKey: signing.privateKey } },
    'a public key that is not extractable': {
      encryption,
      signing: { ...signing, publicKey: sealedIn },
    },
    'no bytes': { encryption: plainPair(), signing },
    'bytes that are null': { encryption: plainPair(null), signing },
    'bytes that are text': { encryption: plainPair('a'.repeat(32)), signing },
    'RSA without a hash': {
      encryption: { privateKey: { algorithm: { name: 'RSA-OAEP' } } },
      signing: { privateKey: { algorithm: { name: 'RSA-PSS' } } },
    },
    'halves that are a number': {
      ...quantum,
      signing: { ...quantum.signing, privateKey: { ...quantum.signing.privateKey, keys: 5 } },
    },
  }
  test.each(Object.entries(RECORDS))('%s', async (_name, pairs) => {
    const error = await errorOf(() => identityFromKeyPairs(pairs as never))
    expect(error).toMatchObject({ code: 'KEY', hint: expect.stringMatching(/./) })
    expect(error).not.toHaveProperty('cause')
  })

  test('labels that do not fit are misuse all the same', async () => {
    const keyIds = { encryption: '' }
    expect(await outcomeOf(() => identityFromKeyPairs(bob.keyPairs, { keyIds }))).toBe('RangeError')
  })
})

test.each(['rsa', 'x25519', 'pq'] as const)(
  'the log of an identity shows no private key: %s',
  async (suite) => {
    const { alice } = await peopleOf(suite)
    const logged = JSON.stringify(alice) + inspect(alice, { depth: 9, showHidden: false })
    expect(logged).not.toMatch(/private|keyPairs/)
    expect(alice.keyPairs.encryption.privateKey.type).toBe('private')
  },
)
