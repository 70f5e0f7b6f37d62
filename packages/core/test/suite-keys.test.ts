/** Keys of suites x25519 and pq: their forms, what is refused, and keys from seeds. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import {
  exportIdentity,
  exportPublicIdentity,
  identityFromKeyPairs,
  importIdentity,
  importPublicIdentity,
  type KeyInput,
  type RawKey,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../../../test/support/bytes'
import { peopleOf, person } from '../../../test/support/identities'
import { errorOf, outcomeOf } from '../../../test/support/outcome'
import { keysOfSuite } from '../src/suites/keys'

const { alice, bob } = await peopleOf('x25519')
const { alice: quantum } = await peopleOf('pq')
const secret = await exportIdentity(alice, 'pem')
const published = await exportPublicIdentity(alice.public, 'pem')
const secretJwk = await exportIdentity(alice, 'jwk')
const publicJwk = await exportPublicIdentity(alice.public, 'jwk')
const other = await exportIdentity(bob, 'jwk')
const rsa = await exportIdentity(await person('alice'), 'pem')

const derOf = (pem: string) => {
  const body = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')
  return new Uint8Array(Buffer.from(body, 'base64'))
}
/** That key, and more bytes than a text can hold as hex. */
function endless(pem: string) {
  const bytes = new Uint8Array(300 * 1024 * 1024)
  bytes.set(derOf(pem))
  return bytes
}
const X25519_SPKI = '302a300506032b656e032100'
const ED25519_SPKI = '302a300506032b6570032100'

describe('x25519', () => {
  const forms = {
    pem: secret,
    jwk: secretJwk,
    der: { encryption: derOf(secret.encryption), signing: derOf(secret.signing) },
    'pem and jwk': { encryption: secret.encryption, signing: secretJwk.signing },
  }
  test.each(Object.entries(forms))('private keys as %s', async (_name, form) => {
    const again = await importIdentity(form)
    expect(again.suite).toBe('x25519')
    expect(again.public.fingerprint).toEqual(alice.public.fingerprint)
  })

  const publicForms = {
    pem: published,
    jwk: publicJwk,
    der: { encryption: alice.public.encryption.encoded, signing: alice.public.signing.encoded },
  }
  test.each(Object.entries(publicForms))('public keys as %s', async (_name, form) => {
    const again = await importPublicIdentity(form)
    expect(again.fingerprint).toEqual(alice.public.fingerprint)
  })

  test('other programs read what is written, and are read', async () => {
    for (const [pem, kind] of [
      [secret.encryption, 'x25519'],
      [secret.signing, 'ed25519'],
    ] as const) {
      const key = createPrivateKey(pem)
      expect(key.asymmetricKeyType).toBe(kind)
      expect(key.export({ format: 'pem', type: 'pkcs8' })).toBe(pem)
    }
    expect(createPublicKey(published.signing).asymmetricKeyType).toBe('ed25519')
    const pkcs8 = { format: 'pem', type: 'pkcs8' } as const
    const theirs = await importIdentity({
      encryption: generateKeyPairSync('x25519').privateKey.export(pkcs8) as string,
      signing: generateKeyPairSync('ed25519').privateKey.export(pkcs8) as string,
    })
    expect(theirs.suite).toBe('x25519')
  })

  test('a public JWK holds nothing private', () => {
    for (const jwk of Object.values(publicJwk))
      expect(Object.keys(jwk)).toEqual(['kty', 'crv', 'x'])
  })

  const longer = (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)
  const version2 = derOf(secret.signing).slice()
  version2[4] = 1
  const BAD: readonly (readonly [string, 'encryption' | 'signing', KeyInput])[] = [
    ['the signing key for encryption', 'encryption', secret.signing],
    ['the encryption key for signing', 'signing', secret.encryption],
    ['a JWK of the signing key for encryption', 'encryption', secretJwk.signing],
    ['an RSA key beside it', 'encryption', rsa.encryption],
    ['a byte behind the end', 'signing', longer(derOf(secret.signing))],
    ['a byte less', 'signing', derOf(secret.signing).subarray(0, 47)],
    ['version 2 of PKCS#8', 'signing', version2],
    [
      'a JWK whose x is that of another',
      'signing',
      { ...secretJwk.signing, x: other.signing.x ?? '' },
    ],
    ['a JWK without x', 'signing', { ...secretJwk.signing, x: undefined } as never],
    ['a JWK whose d is short', 'signing', { ...secretJwk.signing, d: 'AAAA' }],
    ['a JWK whose d is padded', 'signing', { ...secretJwk.signing, d: `${secretJwk.signing.d}=` }],
    ['a JWK of Ed448', 'signing', { ...secretJwk.signing, crv: 'Ed448' }],
    ['a JWK that says EC', 'signing', { ...secretJwk.signing, kty: 'EC' }],
    ['a public key', 'signing', published.signing],
    ['a JWK whose d is long', 'signing', { ...secretJwk.signing, d: 'A'.repeat(1 << 28) }],
    ['bytes without end', 'signing', endless(secret.signing)],
    ['bytes without end', 'encryption', endless(secret.encryption)],
    [
      'Ed448',
      'signing',
      generateKeyPairSync('ed448').privateKey.export({ format: 'der', type: 'pkcs8' }),
    ],
  ]
  test.each(BAD)('%s: KEY', async (_name, place, key) => {
    const error = await errorOf(() => importIdentity({ ...secret, [place]: key }))
    expect(error).toMatchObject({ code: 'KEY', hint: expect.stringMatching(/./) })
    expect(error).not.toHaveProperty('cause')
    expect(String(error)).not.toMatch(/[A-Za-z0-9+/_-]{40}/)
  })

  const p = 2n ** 255n - 19n
  const littleEndian = (n: bigint) => {
    const hex = n.toString(16).padStart(64, '0')
    return bytesToHex(hexToBytes(hex).reverse())
  }
  const SMALL_Y = [
    0n,
    1n,
    p - 1n,
    0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
    p - 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  ]
  const BAD_POINTS = [
    ...SMALL_Y.flatMap((y) => [y, y + 2n ** 255n]),
    // In a second encoding: not reduced.
    ...[p, p + 1n, p + 2n, p + 18n, p + 3n].flatMap((y) => [y, y + 2n ** 255n]),
  ].map(littleEndian)
  test.each(BAD_POINTS)('Ed25519 point %s: KEY', async (point) => {
    const signing = hexToBytes(ED25519_SPKI + point)
    expect(await outcomeOf(() => importPublicIdentity({ ...published, signing }))).toBe('KEY')
    const line = Buffer.from(signing).toString('base64url')
    const [head, suite, encryption] = (await exportPublicIdentity(alice.public)).split(':')
    expect(
      await outcomeOf(() => importPublicIdentity([head, suite, encryption, line].join(':'))),
    ).toBe('KEY')
  })

  /** RFC 7748 §6.1, cr.yp.to/ecdh.html#validate: what gives zero with every private key. */
  const ZERO_POINTS = [
    0n,
    1n,
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
    p - 1n,
    p,
    p + 1n,
  ].map(littleEndian)
  test.each(ZERO_POINTS)('X25519 point %s: KEY', async (point) => {
    const encryption = hexToBytes(X25519_SPKI + point)
    expect(await outcomeOf(() => importPublicIdentity({ ...published, encryption }))).toBe('KEY')
  })

  test('S + L is no second signature', async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const message = new Uint8Array(5)
    const signature = Uint8Array.from(await alice.signer.sign(message))
    const s = BigInt(`0x${bytesToHex(signature.slice(32).reverse())}`)
    const second = Uint8Array.from(signature)
    second.set(hexToBytes(littleEndian(s + order)), 32)
    expect(await alice.public.signing.verify(message, signature)).toBe(true)
    expect(await alice.public.signing.verify(message, second)).toBe(false)
  })
})

describe('pq', async () => {
  const line = await exportIdentity(quantum)
  const [head, suite, seed = '', signing = ''] = line.split(':')
  const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))
  const lineOf = (one: Uint8Array, two: Uint8Array) =>
    [head, suite, ...[one, two].map((it) => Buffer.from(it).toString('base64url'))].join(':')

  test('a line holds a seed of 32 bytes, and two PKCS#8 in PAE', () => {
    expect(bytesOf(seed)).toHaveLength(32)
    const pair = Buffer.from(bytesOf(signing))
    expect(pair).toHaveLength(8 + 8 + 48 + 8 + 54)
    expect(
      createPrivateKey({ key: pair.subarray(16, 64), format: 'der', type: 'pkcs8' })
        .asymmetricKeyType,
    ).toBe('ed25519')
    expect(pair.subarray(72, 94).toString('hex')).toBe(
      '3034020100300b060960864801650304031204228020',
    )
  })

  test('there is no PEM, DER or JWK: KEY, and the hint names the line', async () => {
    const hint = expect.stringContaining('line')
    for (const form of ['pem', 'jwk'] as const) {
      for (const work of [
        () => exportIdentity(quantum, form),
        () => exportPublicIdentity(quantum.public, form),
      ]) {
        expect(await errorOf(work)).toMatchObject({ code: 'KEY', hint })
      }
    }
    const akp = { kty: 'AKP', alg: 'ML-DSA-65', priv: 'AAAA', pub: 'AAAA' } as JsonWebKey
    const both = { encryption: { ...akp, d: 'AAAA' }, signing: { ...akp, d: 'AAAA' } }
    expect(await errorOf(() => importIdentity(both))).toMatchObject({ code: 'KEY', hint })
    const spki = quantum.public.signing.encoded.slice(-1974)
    const ders = { encryption: spki, signing: spki }
    expect(await errorOf(() => importPublicIdentity(ders))).toMatchObject({ code: 'KEY', hint })
  })

  const [one, two] = [bytesOf(seed), bytesOf(signing)]
  const changed = (bytes: Uint8Array, at: number) =>
    Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte))
  const BAD = [
    ['a shorter seed', lineOf(one.subarray(1), two)],
    ['a longer seed', lineOf(Uint8Array.of(...one, 0), two)],
    ['the seed twice', lineOf(one, one)],
    ['signing keys with an appendix', lineOf(one, Uint8Array.of(...two, 0))],
    ['signing keys cut', lineOf(one, two.subarray(0, -1))],
    ['another count', lineOf(one, changed(two, 0))],
    ['another first length', lineOf(one, changed(two, 8))],
    ['another second length', lineOf(one, changed(two, 64))],
    ['another algorithm', lineOf(one, changed(two, 28))],
    ['another second algorithm', lineOf(one, changed(two, 89))],
    ['the line of another suite', line.replace(':pq:', ':x25519:')],
    ['another suite under this name', (await exportIdentity(alice)).replace(':x25519:', ':pq:')],
  ] as const
  test.each(BAD)('%s: KEY', async (_name, bad) => {
    expect(await outcomeOf(() => importIdentity(bad))).toBe('KEY')
  })

  test('public keys that are cut, or fail the modulus check of ML-KEM, or are of small order', async () => {
    const { encryption, signing: keys } = quantum.public
    const [prefix] = (await exportPublicIdentity(quantum.public)).split(':')
    const outcome = (a: Uint8Array, b: Uint8Array) =>
      outcomeOf(() => importPublicIdentity(lineOf(a, b).replace(String(head), String(prefix))))
    const own = Uint8Array.from(encryption.encoded)
    expect(await outcome(own, keys.encoded)).toBe('none')
    expect(await outcome(own.subarray(1), keys.encoded)).toBe('KEY')
    expect(await outcome(Uint8Array.from(own).fill(255, 0, 2), keys.encoded)).toBe('KEY')
    expect(await outcome(Uint8Array.from(own).fill(0, -32), keys.encoded)).toBe('KEY')
    expect(await outcome(own, keys.encoded.subarray(0, -1))).toBe('KEY')
    const small = Uint8Array.from(keys.encoded).fill(0, 8 + 8 + 12, 8 + 8 + 44)
    expect(await outcome(own, small)).toBe('KEY')
  })

  test('stored keys are plain objects that are cloned, and checked when they come back', async () => {
    const kept = structuredClone(quantum.keyPairs)
    const again = await identityFromKeyPairs(kept)
    expect(again.public.fingerprint).toEqual(quantum.public.fingerprint)
    const { privateKey, publicKey } = kept.encryption
    const shorter = { ...privateKey, bytes: (privateKey as RawKey).bytes.subarray(1) } as RawKey
    const bad = [
      { ...kept, encryption: { publicKey, privateKey: shorter } },
      { ...kept, encryption: { publicKey, privateKey: { ...privateKey, bytes: 'x' } as never } },
      { ...kept, encryption: { publicKey: undefined as never, privateKey } },
      {
        ...kept,
        signing: { ...kept.signing, publicKey: { ...kept.signing.publicKey, keys: [] } as never },
      },
    ]
    for (const pairs of bad) expect(await outcomeOf(() => identityFromKeyPairs(pairs))).toBe('KEY')
  })
})

describe('an encryption key pair from a seed', () => {
  const seed = hexToBytes('6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037')

  test('x25519: DeriveKeyPair of RFC 9180, appendix A.1', async () => {
    const { fromSeed } = await keysOfSuite('x25519')
    const pair = await fromSeed?.(seed.slice())
    expect(bytesToHex(pair?.public.encoded ?? seed)).toBe(
      `${X25519_SPKI}3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d`,
    )
  })

  test('pq: the seed is the key', async () => {
    const { fromSeed, exportPrivate } = await keysOfSuite('pq')
    const pair = await fromSeed?.(seed.slice())
    expect(pair?.public.encoded).toHaveLength(1216)
    if (pair) expect(await exportPrivate('encryption', pair.handle)).toEqual(seed)
  })

  test.each(['x25519', 'pq'])('%s: it unwraps what is wrapped to it', async (suite) => {
    const { fromSeed, wrap, unwrap } = await keysOfSuite(suite)
    const pair = await fromSeed?.(seed.slice())
    const context = { info: 'i', aad: new Uint8Array(1) }
    if (!pair) throw new Error('no key')
    const wrapped = await wrap(pair.public, seed.slice(), context)
    expect(await unwrap(pair, wrapped, context)).toEqual(seed)
    expect(await unwrap(pair, wrapped, { ...context, info: 'j' })).toBeUndefined()
    expect(await unwrap(pair, wrapped, { ...context, aad: new Uint8Array(2) })).toBeUndefined()
  })
})
