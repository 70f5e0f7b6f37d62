import { createHash, webcrypto } from 'node:crypto'
import {
  fingerprintToHex,
  generateIdentity,
  identityFromKeyPairs,
  open,
  optional,
  pae,
  seal,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people, person } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, bob } = await people('alice', 'bob')
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

describe('generateIdentity', () => {
  test('RSA-4096, not extractable, unless asked otherwise', async () => {
    const identity = await generateIdentity()
    expect(identity.suite).toBe('rsa')
    expect(identity.public.encryption.type).toBe('RSA-4096')
    expect(identity.public.signing.type).toBe('RSA-4096')
    expect(identity.keyPairs.encryption.privateKey.extractable).toBe(false)
    expect(identity.keyPairs.signing.privateKey.extractable).toBe(false)
    const envelope = await seal('x', { to: identity.public, from: identity })
    expect((await open(envelope, { as: identity, from: identity.public })).text()).toBe('x')
  }, 120_000)

  test('labels and size as asked for', async () => {
    const keyIds = { encryption: 'e1', signing: 's1' }
    const identity = await generateIdentity({ modulusLength: 2048, extractable: true, keyIds })
    expect(identity.public.encryption.keyId).toBe('e1')
    expect(identity.public.signing.keyId).toBe('s1')
    expect(identity.public.encryption.type).toBe('RSA-2048')
    expect(identity.keyPairs.encryption.privateKey.extractable).toBe(true)
  })

  test.each([1024, 2047, 2049, 8192, 0, -1, Number.NaN, '2048'])(
    '%s bits: RangeError',
    async (modulusLength) => {
      expect(await outcomeOf(() => generateIdentity({ modulusLength } as never))).toBe('RangeError')
    },
  )

  test.each(['x448', 'RSA', '', 'toString', '__proto__', null])(
    'suite %s: TypeError',
    async (suite) => {
      expect(await outcomeOf(() => generateIdentity({ suite } as never))).toBe('TypeError')
    },
  )
})

describe('fingerprints', () => {
  test("a key's is SHA-256 of its SPKI", () => {
    for (const key of [alice.public.encryption, alice.public.signing]) {
      expect(key.fingerprint).toEqual(sha256(key.encoded))
    }
  })

  test("an identity's covers both keys, in their roles", () => {
    const { encryption, signing, fingerprint } = alice.public
    expect(fingerprint).toEqual(
      sha256(pae(['zkeb/identity/v1', encryption.fingerprint, signing.fingerprint])),
    )
    expect(fingerprint).not.toEqual(
      sha256(pae(['zkeb/identity/v1', signing.fingerprint, encryption.fingerprint])),
    )
  })

  test('labels are no part of them', async () => {
    const labelled = await person('alice', { encryption: 'x', signing: 'y' })
    expect(labelled.public.fingerprint).toEqual(alice.public.fingerprint)
  })

  test('as text: 64 lower-case hex digits', () => {
    expect(fingerprintToHex(Uint8Array.from({ length: 32 }, (_, i) => i * 8))).toBe(
      '0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8',
    )
    expect(() => fingerprintToHex(new Uint8Array(31))).toThrow(RangeError)
  })
})

describe('pae', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

  test('known answers of PASETO', () => {
    expect(hex(pae([]))).toBe('0000000000000000')
    expect(hex(pae(['']))).toBe('01000000000000000000000000000000')
    expect(hex(pae(['', '']))).toBe('020000000000000000000000000000000000000000000000')
    expect(hex(pae(['Paragon']))).toBe('0100000000000000070000000000000050617261676f6e')
    expect(hex(pae(['Paragon', 'Initiative']))).toBe(
      '0200000000000000070000000000000050617261676f6e0a00000000000000496e6974696174697665',
    )
  })

  test('absent differs from empty', () => {
    expect(hex(optional(undefined))).toBe('00')
    expect(hex(optional(''))).toBe('01')
    expect(hex(optional(Uint8Array.of(0)))).toBe('0100')
  })
})

describe('identityFromKeyPairs', () => {
  const { subtle } = webcrypto
  const parameters = {
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  }
  const oaep = (change = {}, extractable = true) =>
    subtle.generateKey({ name: 'RSA-OAEP', ...parameters, ...change }, extractable, [
      'encrypt',
      'decrypt',
    ])
  const pss = (change = {}, name = 'RSA-PSS') =>
    subtle.generateKey({ name, ...parameters, ...change }, true, ['sign', 'verify'])
  const take = (encryption: unknown, signing: unknown) =>
    outcomeOf(() => identityFromKeyPairs({ encryption, signing } as never))
  const { encryption, signing } = alice.keyPairs

  test('takes over what an identity gives out', async () => {
    const again = await identityFromKeyPairs(alice.keyPairs, { keyIds: { signing: 'again' } })
    expect(again.public.fingerprint).toEqual(alice.public.fingerprint)
    expect(again.public.signing.keyId).toBe('again')
    const envelope = await seal('x', { to: again.public, from: again })
    expect((await open(envelope, { as: alice, from: alice.public })).text()).toBe('x')
  })

  test('takes pairs of WebCrypto that cannot be extracted', async () => {
    const identity = await identityFromKeyPairs({
      encryption: await oaep({}, false),
      signing: await pss(),
    } as never)
    const envelope = await seal('x', { to: identity.public, from: identity })
    expect((await open(envelope, { as: identity, from: identity.public })).text()).toBe('x')
  })

  test('a private key where the public one belongs: KEY, and nothing is published', async () => {
    const exchanged = { publicKey: encryption.privateKey, privateKey: encryption.privateKey }
    expect(await take(exchanged, signing)).toBe('KEY')
    expect(await take(encryption, { ...signing, publicKey: signing.privateKey })).toBe('KEY')
  })

  test('a public key where the private one belongs: KEY', async () => {
    expect(await take({ ...encryption, privateKey: encryption.publicKey }, signing)).toBe('KEY')
    expect(await take(encryption, { ...signing, privateKey: signing.publicKey })).toBe('KEY')
  })

  test('halves that do not belong together: KEY', async () => {
    expect(
      await take({ ...encryption, publicKey: bob.keyPairs.encryption.publicKey }, signing),
    ).toBe('KEY')
    expect(await take(encryption, { ...signing, publicKey: bob.keyPairs.signing.publicKey })).toBe(
      'KEY',
    )
  })

  test('pairs of another purpose, algorithm, hash, size or exponent: KEY', async () => {
    expect(await take(signing, encryption)).toBe('KEY')
    expect(await take(signing, signing)).toBe('KEY')
    expect(await take(await oaep({ hash: 'SHA-1' }), signing)).toBe('KEY')
    expect(await take(await oaep({ hash: 'SHA-512' }), signing)).toBe('KEY')
    expect(await take(encryption, await pss({}, 'RSASSA-PKCS1-v1_5'))).toBe('KEY')
    expect(await take(encryption, await pss({ modulusLength: 1024 }))).toBe('KEY')
    expect(await take(encryption, await pss({ publicExponent: Uint8Array.of(3) }))).toBe('KEY')
  })
})
