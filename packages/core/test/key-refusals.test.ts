/** Every bad key is refused with KEY and a hint that helps; nothing of it stands in the message. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  exportIdentity,
  exportPublicIdentity,
  importIdentity,
  importPublicIdentity,
  type KeyInput,
  ZkebError,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people } from '../../../test/support/identities'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'

const { alice, bob } = await people('alice', 'bob')
const secret = await exportIdentity(alice, 'pem')
const published = await exportPublicIdentity(alice.public, 'pem')
const secretJwk = await exportIdentity(alice, 'jwk')
const publicJwk = await exportPublicIdentity(alice.public, 'jwk')
const otherModulus = (await exportIdentity(bob, 'jwk')).encryption.n ?? ''
const secretLine = await exportIdentity(alice)
const publicLine = await exportPublicIdentity(alice.public)

const rsa = (modulusLength: number, publicExponent = 65537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent })
const pemOf = (key: KeyObject, type: 'pkcs8' | 'spki' | 'pkcs1' | 'sec1') =>
  key.export({ format: 'pem', type } as never) as string
const small = rsa(1024)
const odd = rsa(2050)
const three = rsa(2048, 3)
const pssOnly = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const x25519 = generateKeyPairSync('x25519')
const plain = rsa(2048)

function cut(pem: string): string {
  const lines = pem.split('\n')
  return [...lines.slice(0, 5), ...lines.slice(6)].join('\n')
}
function alter(pem: string): string {
  const body = pem.indexOf('\n') + 1
  return `${pem.slice(0, body)}A${pem.slice(body + 1)}`
}
const relabel = (pem: string, label: string) =>
  pem.replaceAll(/(BEGIN|END) [A-Z ]+(?=-----)/g, `$1 ${label}`)
const pkcs8 = plain.privateKey.export({ format: 'der', type: 'pkcs8' })
const spki = alice.public.encryption.encoded
const toPem = (der: Uint8Array, label: string) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`
const longer = (der: Uint8Array, ...more: number[]) => Uint8Array.of(...der, ...more)
/** The modulus made even: its last byte stands before the exponent, 02 03 01 00 01. */
const even = Uint8Array.from(spki, (byte, i) => (i === spki.length - 6 ? byte & 0xfe : byte))
const evenModulus = ({ n = '' }: JsonWebKey) => {
  const modulus = Buffer.from(n, 'base64url')
  modulus.writeUInt8(modulus.readUInt8(modulus.length - 1) & 0xfe, modulus.length - 1)
  return modulus.toString('base64url')
}
/** One bit of a number is another. */
const bent = (number = '') => {
  const bytes = Buffer.from(number, 'base64url')
  bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10)
  return bytes.toString('base64url')
}
/** An odd number of that many bytes. */
const oddNumber = (length: number) => Buffer.alloc(length, 0xa5).toString('base64url')
const bobJwk = (await exportIdentity(bob, 'jwk')).encryption
const bobsPrimes = (({ p, q, dp, dq, qi }) => ({ p, q, dp, dq, qi }))(bobJwk)
const withPrimes = (length: number) => {
  const numbers = ['p', 'q', 'dp', 'dq', 'qi'].map((name) => [name, oddNumber(length)])
  return { ...secretJwk.encryption, ...Object.fromEntries(numbers) }
}
const tlv = (tag: number, ...content: Uint8Array[]) => {
  const body = Buffer.concat(content)
  const length = body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length]
  return Buffer.concat([Buffer.from([tag, ...(body.length < 128 ? [body.length] : length)]), body])
}
const fromHex = (hex: string) => Buffer.from(hex, 'hex')
const RSA_ID = fromHex('300d06092a864886f70d0101010500')
/** PKCS#8 with 3000 bytes in each number that only speeds things up. */
const slowPkcs8 = () => {
  const int = (text = '') => tlv(2, Buffer.of(0), Buffer.from(text, 'base64url'))
  const { n, d } = secretJwk.encryption
  const primes = Array.from({ length: 5 }, () => int(oddNumber(3000)))
  const key = tlv(0x30, fromHex('020100'), int(n), fromHex('0203010001'), int(d), ...primes)
  return tlv(0x30, fromHex('020100'), RSA_ID, tlv(4, key))
}
const modulus = Buffer.from(publicJwk.encryption.n ?? '', 'base64url')
const E = fromHex('0203010001')
const spkiOf = (key: Uint8Array, algorithm = RSA_ID) =>
  tlv(0x30, algorithm, tlv(3, Buffer.of(0), key))
const rsaKey = (first: number[], exponent = E) =>
  tlv(0x30, tlv(2, Buffer.from(first), modulus), exponent)
const encrypted = plain.privateKey.export({
  format: 'pem',
  type: 'pkcs8',
  cipher: 'aes-256-cbc',
  passphrase: 'x',
}) as string

/** Of an RSA-2048 key, made by openssl for this test. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIC+TCCAeGgAwIBAgIULV0AGQKMJv3qiaHZzWhCUflNXVIwDQYJKoZIhvcNAQEL
BQAwDDEKMAgGA1UEAwwBeDAeFw0yNjExMjExODQ4MzdaFw0zNjExMTgxODQ4Mzda
MAwxCjAIBgNVBAMMAXgwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQC2
XLjkigIPo8BrKzx9NUTvPo5BUqwrHxsvjQKNYIoIPkqx1cj1Ujpqos3mNyAhs53h
5Yx4ni/uEDqWcae0p9z3IrB5dmSOwOPCQfEa0LfsYoLUnPOB75a6v8fWRfiDYV/O
rBI7QxR0cy2wZSbjjA8dq2zYAU2SdTXkmfn4FdpUe1q/KP1o8qsrjSLHsF8dJmTo
ei4ko2q+lTvr+eDF68URifCSx7egE3XiAAlywlUvmC/1COpWCxqxsIwBm25TzdQj
dHoElF9v5L40kioVezwGL3nNBXluII0PGirP8xxxDqb/AN3NToPxSIvPTagDcBLN
KR3wlGBBCCoFcG3YkHSfAgMBAAGjUzBRMB0GA1UdDgQWBBQmTwKLOAbpH15qUfqG
kXDiUH2ptzAfBgNVHSMEGDAWgBQmTwKLOAbpH15qUfqGkXDiUH2ptzAPBgNVHRMB
Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQAYZt9NSeD3OZWltOSVKQ0hsYGb
nJufYaBtSwPrj+QK/PKWh2CbxTXYxntuQNOCOMSOcwzwpKG+LRiM52/IuguyjTzi
GRPSl6ENObmqX8rnJuf0DaTdianhpsYvXO8nBNlxuF6magdVZZIhs3kpAjsHkIob
jJkV+bI7GV+krXdZu/Bn7sTlYCbhShuHYdV8c07Ptdotc0aQpWDAs5maNX2VxFpO
RifEM+iZ4c1epx3bNoGVz1xTd9FGO/vLFcHTmIpQZ3RDN/S+YANd6JMM8zx77HL5
J5GhJccFJR8rKZM6aQhg0ErWj7kQKCf9nbvSy8/eFxKKDlYeBB1uWzxHAheK
-----END CERTIFICATE-----
`

/** More lines than an array can hold within memory. */
function manyLines(label: string) {
  return `-----BEGIN ${label}-----\n${'\n'.repeat(64 * 1024 * 1024)}A\n-----END ${label}-----`
}

/** Name, key, and a word that the hint must hold. */
type BadKey = readonly [string, KeyInput, string?]
const BOTH: readonly BadKey[] = [
  ['nothing', ''],
  ['text', 'hello'],
  ['no bytes', new Uint8Array(0)],
  ['bytes', Uint8Array.from({ length: 300 }, (_, i) => i & 0xff)],
  ['64 MiB of bytes', new Uint8Array(64 * 1024 * 1024).fill(0x30)],
  ['64 MiB of text', '-'.repeat(64 * 1024 * 1024)],
  ['64 MiB of lines', `-----BEGIN PUBLIC KEY-----${'\n'.repeat(64 * 1024 * 1024)}`],
  ['PEM of 64 Mi lines', manyLines('PUBLIC KEY')],
  ['private PEM of 64 Mi lines', manyLines('PRIVATE KEY')],
  ['an empty JWK', {}],
  ['a JWK that is no RSA key', { kty: 'oct', k: 'AAAA' }],
  ['an SSH key', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 me@host'],
  ['a certificate', CERTIFICATE, 'openssl x509'],
  ['a PEM of another label', relabel(published.encryption, 'TRUSTED KEY')],
  ['a one-line identity', publicLine],
]

const BAD_SECRETS: readonly BadKey[] = [
  ...BOTH,
  ['1024 bits', pemOf(small.privateKey, 'pkcs8'), '2048'],
  ['1024 bits as a JWK', small.privateKey.export({ format: 'jwk' }) as JsonWebKey, '2048'],
  ['2050 bits', pemOf(odd.privateKey, 'pkcs8'), '2048'],
  ['e = 3', pemOf(three.privateKey, 'pkcs8'), '65537'],
  ['e = 3 as a JWK', three.privateKey.export({ format: 'jwk' }) as JsonWebKey, '65537'],
  ['an RSASSA-PSS key', pemOf(pssOnly.privateKey, 'pkcs8')],
  ['an EC key', pemOf(ec.privateKey, 'pkcs8'), 'an EC key;'],
  ['an EC key in its own form', pemOf(ec.privateKey, 'sec1'), 'an EC key;'],
  ['an EC key as a JWK', ec.privateKey.export({ format: 'jwk' }) as JsonWebKey, 'an EC key;'],
  ['an Ed25519 key', pemOf(ed.privateKey, 'pkcs8'), 'RSA'],
  ['an Ed25519 key as a JWK', ed.privateKey.export({ format: 'jwk' }) as JsonWebKey, 'RSA'],
  ['an X25519 key', pemOf(x25519.privateKey, 'pkcs8'), 'RSA'],
  ['PKCS#1', pemOf(plain.privateKey, 'pkcs1'), 'pkcs8 -topk8'],
  ['encrypted PKCS#8', encrypted, 'decrypt'],
  ['a public key', published.encryption, 'private key belongs'],
  ['a public JWK', publicJwk.encryption],
  ['a JWK whose d is undefined', { ...publicJwk.encryption, d: undefined } as never],
  ['a public key under a private label', relabel(published.encryption, 'PRIVATE KEY')],
  ['SPKI bytes', alice.public.encryption.encoded],
  ['PKCS#1 under the wrong label', relabel(pemOf(plain.privateKey, 'pkcs1'), 'PRIVATE KEY')],
  ['a cut line', cut(secret.encryption)],
  ['an altered first byte', alter(secret.encryption)],
  ['no end', secret.encryption.slice(0, -30)],
  ['an end of another label', secret.encryption.replace('END PRIVATE', 'END PUBLIC')],
  ['two blocks', secret.encryption + secret.encryption, 'more than one block'],
  ['text before the block', `key:\n${secret.encryption}`],
  [
    'a JWK without p and q',
    (({ kty, n, e, d }) => ({ kty, n, e, d }))(secretJwk.encryption) as never,
  ],
  ['a JWK without n', { ...secretJwk.encryption, n: undefined } as never],
  ['a JWK whose n is that of another key', { ...secretJwk.encryption, n: otherModulus }],
  ['a JWK whose n is a number', { ...secretJwk.encryption, n: 5 } as never],
  ['a JWK whose n is even', { ...secretJwk.encryption, n: evenModulus(secretJwk.encryption) }],
  ['a JWK whose d is 1', { ...secretJwk.encryption, d: 'AQ' }],
  ...(['d', 'p', 'q', 'dp', 'dq', 'qi'] as const).map(
    (name): BadKey => [
      `a JWK whose ${name} has a bit more or less`,
      { ...secretJwk.encryption, [name]: bent(secretJwk.encryption[name]) },
    ],
  ),
  ['a JWK with the primes of another key', { ...secretJwk.encryption, ...bobsPrimes }],
  ['a JWK with primes of 1 KiB', withPrimes(1024)],
  ['a JWK with primes of 64 KiB', withPrimes(64 * 1024)],
  ['a JWK with padding', { ...secretJwk.encryption, n: `${secretJwk.encryption.n}==` }],
  ['PKCS#8 with primes of 3000 bytes', slowPkcs8()],
  ['PKCS#8 with an attribute', tlv(0x30, pkcs8.subarray(4), fromHex('a000'))],
  ['PKCS#8 and a byte', longer(pkcs8, 0)],
  ['PKCS#8 and a byte as PEM', toPem(longer(pkcs8, 0), 'PRIVATE KEY')],
  ['PKCS#8 twice', longer(pkcs8, ...pkcs8)],
  ['PKCS#8 without its last byte', pkcs8.subarray(0, -1)],
  ['PKCS#8 in an indefinite length', longer(Uint8Array.of(0x30, 0x80), ...pkcs8.subarray(4), 0, 0)],
]

const BAD_PUBLICS: readonly BadKey[] = [
  ...BOTH,
  ['1024 bits', pemOf(small.publicKey, 'spki'), '2048'],
  ['1024 bits as a JWK', small.publicKey.export({ format: 'jwk' }) as JsonWebKey, '2048'],
  ['2050 bits', pemOf(odd.publicKey, 'spki'), '2048'],
  ['e = 3', pemOf(three.publicKey, 'spki'), '65537'],
  ['an RSASSA-PSS key', pemOf(pssOnly.publicKey, 'spki')],
  ['an EC key', pemOf(ec.publicKey, 'spki'), 'an EC key;'],
  ['an Ed25519 key', pemOf(ed.publicKey, 'spki'), 'RSA'],
  ['PKCS#1', pemOf(plain.publicKey, 'pkcs1'), 'RSAPublicKey_in'],
  ['a private key', secret.encryption, 'public key belongs'],
  ['a private JWK', secretJwk.encryption],
  ['a private key under a public label', relabel(secret.encryption, 'PUBLIC KEY')],
  ['a cut line', cut(published.encryption)],
  ['a JWK without e', { ...publicJwk.encryption, e: undefined } as never],
  ['a JWK with an empty n', { ...publicJwk.encryption, n: '' }],
  ['SPKI with a negative modulus', spkiOf(rsaKey([]))],
  ['SPKI whose modulus has two zeros before it', spkiOf(rsaKey([0, 0]))],
  ['SPKI whose exponent has a zero before it', spkiOf(rsaKey([0], fromHex('020400010001')))],
  ['SPKI with bytes behind the key', spkiOf(Buffer.concat([rsaKey([0]), fromHex('deadbeef')]))],
  ['SPKI without NULL', spkiOf(rsaKey([0]), fromHex('300b06092a864886f70d010101'))],
  ['SPKI with parameters', spkiOf(rsaKey([0]), fromHex('301106092a864886f70d010101040453454352'))],
  ['SPKI in a longer length', longer(Uint8Array.of(0x30, 0x83, 0), ...spki.subarray(2))],
  ['a JWK with a long n', { ...publicJwk.encryption, n: oddNumber(64 * 1024) }],
  ['SPKI and a byte', longer(spki, 0)],
  ['SPKI and a byte as PEM', toPem(longer(spki, 0), 'PUBLIC KEY')],
  ['SPKI twice', longer(spki, ...spki)],
  ['SPKI without its last byte', spki.subarray(0, -1)],
  ['SPKI in an indefinite length', longer(Uint8Array.of(0x30, 0x80), ...spki.subarray(4), 0, 0)],
]

/** Refused in either place, with a hint; the good key in the other place. */
async function expectKey(work: (key: 'encryption' | 'signing') => Promise<unknown>, hint?: string) {
  for (const place of ['encryption', 'signing'] as const) {
    const error = await errorOf(() => work(place))
    expect(error, String(error)).toBeInstanceOf(ZkebError)
    expect(error).toMatchObject({ code: 'KEY' })
    expect(error).not.toHaveProperty('cause')
    if (hint) expect((error as ZkebError).hint).toContain(hint)
    const said = `${error} ${(error as ZkebError).hint}`
    expect(said.length).toBeLessThan(400)
    expect(said).not.toMatch(/[A-Za-z0-9+/_-]{60}/)
  }
}

describe('private keys', () => {
  test.each(BAD_SECRETS.map(([name, ...rest]) => [name, rest] as const))(
    '%s: KEY',
    async (_name, [key, hint]) => {
      await expectKey((place) => importIdentity({ ...secret, [place]: key }), hint)
    },
  )

  test('one key for both purposes: KEY', async () => {
    for (const both of [secret, secretJwk]) {
      const same = { encryption: both.encryption, signing: both.encryption }
      expect(await outcomeOf(() => importIdentity(same as never))).toBe('KEY')
    }
    const mixed = { encryption: secret.signing, signing: secretJwk.signing }
    expect(await outcomeOf(() => importIdentity(mixed))).toBe('KEY')
  })
})

describe('public keys', () => {
  test.each(BAD_PUBLICS.map(([name, ...rest]) => [name, rest] as const))(
    '%s: KEY',
    async (_name, [key, hint]) => {
      await expectKey((place) => importPublicIdentity({ ...published, [place]: key }), hint)
    },
  )

  describe.each(['encryption', 'signing'] as const)('%s', (place) => {
    const EVEN: readonly (readonly [string, KeyInput])[] = [
      ['DER', even],
      ['PEM', toPem(even, 'PUBLIC KEY')],
      ['JWK', { ...publicJwk.encryption, n: evenModulus(publicJwk.encryption) }],
    ]
    test.each(EVEN)('an even modulus as %s: KEY', async (_form, key) => {
      expect(await outcomeOf(() => importPublicIdentity({ ...published, [place]: key }))).toBe(
        'KEY',
      )
    })
  })

  test('SPKI as it should be, put together in the same way', async () => {
    expect(spkiOf(rsaKey([0]))).toEqual(Buffer.from(spki))
  })

  test('one key for both purposes: KEY', async () => {
    const same = { encryption: published.signing, signing: publicJwk.signing }
    expect(await outcomeOf(() => importPublicIdentity(same))).toBe('KEY')
  })
})

describe('one key where an identity belongs', () => {
  const hint = 'an identity needs { encryption, signing }'

  test('PEM: KEY', async () => {
    const attempts = [
      () => importIdentity(secret.encryption),
      () => importIdentity(CERTIFICATE),
      () => importPublicIdentity(published.encryption),
    ]
    for (const work of attempts) expect(await errorOf(work)).toMatchObject({ code: 'KEY', hint })
  })

  test('DER, JWK: misuse', async () => {
    const attempts = [
      () => importIdentity(pkcs8 as never),
      () => importIdentity(secretJwk.encryption as never),
      () => importPublicIdentity(spki as never),
      () => importPublicIdentity(publicJwk.encryption as never),
    ]
    for (const work of attempts) expect(await misuseOf(work)).toContain(hint)
  })
})

test('public and private identities exchanged: misuse that names the argument', async () => {
  const remote = { public: alice.public, decrypter: alice.decrypter, signer: alice.signer }
  for (const wrong of [alice.public, remote, {}, undefined]) {
    expect(await misuseOf(() => exportIdentity(wrong as never))).toMatch(/^identity: /)
  }
  for (const wrong of [alice, remote, {}, undefined]) {
    expect(await misuseOf(() => exportPublicIdentity(wrong as never))).toMatch(/^identity: /)
  }
})

describe('lines', () => {
  const [prefix, suite, encryption, signing] = secretLine.split(':') as [
    string,
    string,
    string,
    string,
  ]
  const [, , publicEncryption, publicSigning] = publicLine.split(':') as [
    string,
    string,
    string,
    string,
  ]

  test.each([
    '',
    'x',
    'zkeb-secret-v1',
    'zkeb-secret-v1:rsa',
    'zkeb-secret-v1:rsa::',
    `${prefix}:${suite}:${encryption}`,
    `${prefix}:${suite}:${encryption}:`,
    `${prefix}:${suite}:${encryption}:${signing}:`,
    `${prefix}:${suite}:${encryption}:${signing}:x`,
    `${prefix}:pq:${encryption}:${signing}`,
    `${prefix}::${encryption}:${signing}`,
    `${prefix}:RSA:${encryption}:${signing}`,
    `zkeb-secret-v2:${suite}:${encryption}:${signing}`,
    `zkeb-public-v1:${suite}:${encryption}:${signing}`,
    `${prefix}:${suite}:${encryption}:${encryption}`,
    `${prefix}:${suite}:${publicEncryption}:${publicSigning}`,
    `${prefix}:${suite}:${encryption}:${signing.slice(0, -1)}`,
    `${prefix}:${suite}:${encryption}:${signing.slice(0, -3)}`,
    `${prefix}:${suite}:${encryption.slice(1)}:${signing}`,
    `${prefix}:${suite}:${encryption.slice(0, 40)} ${encryption.slice(41)}:${signing}`,
    `${prefix}:${suite}:${encryption}\n:${signing}`,
    publicLine,
    secretLine.slice(0, secretLine.length / 2),
    `"${secretLine}"`,
  ])('a line that is wrong: KEY', async (line) => {
    expect(await outcomeOf(() => importIdentity(line))).toBe('KEY')
  })

  test('lines that are too long: KEY, before they are taken apart', async () => {
    for (const line of [':'.repeat(128 * 1024 * 1024), `${publicLine}${' '.repeat(65_536)}`]) {
      expect(await outcomeOf(() => importPublicIdentity(line))).toBe('KEY')
      expect(await outcomeOf(() => importIdentity(line))).toBe('KEY')
    }
  })

  test('a key with a byte behind its end: KEY', async () => {
    const append = (key: string) =>
      Buffer.concat([Buffer.from(key, 'base64url'), Buffer.of(0)]).toString('base64url')
    const secretLines = [
      `${prefix}:${suite}:${append(encryption)}:${signing}`,
      `${prefix}:${suite}:${encryption}:${append(signing)}`,
    ]
    for (const line of secretLines) expect(await outcomeOf(() => importIdentity(line))).toBe('KEY')
    const publicLines = [
      `zkeb-public-v1:${suite}:${append(publicEncryption)}:${publicSigning}`,
      `zkeb-public-v1:${suite}:${publicEncryption}:${append(publicSigning)}`,
    ]
    for (const line of publicLines) {
      expect(await outcomeOf(() => importPublicIdentity(line))).toBe('KEY')
    }
  })

  test('the secret line where the public one belongs: KEY, with a hint', async () => {
    const error = await errorOf(() => importPublicIdentity(secretLine))
    expect(error).toMatchObject({ code: 'KEY', hint: expect.stringContaining('secret line') })
    const other = await errorOf(() => importIdentity(publicLine))
    expect(other).toMatchObject({ code: 'KEY', hint: expect.stringContaining('public line') })
  })

  test('an encryption key and a signing key of two people still are two keys', async () => {
    const other = (await exportIdentity(bob)).split(':')[3]
    const mixed = await importIdentity(`${prefix}:${suite}:${encryption}:${other}`)
    expect(mixed.public.fingerprint).not.toEqual(alice.public.fingerprint)
  })
})

describe('what is no key input at all: TypeError', () => {
  test.each([undefined, null, 5, true, [], () => 1, new Map()])('%s', async (value) => {
    expect(await outcomeOf(() => importIdentity(value as never))).toBe('TypeError')
    expect(await outcomeOf(() => importPublicIdentity(value as never))).toBe('TypeError')
    expect(await outcomeOf(() => importIdentity({ ...secret, signing: value } as never))).toBe(
      'TypeError',
    )
    expect(
      await outcomeOf(() => importPublicIdentity({ ...published, encryption: value } as never)),
    ).toBe('TypeError')
  })

  test('DER bytes without saying which key they are', async () => {
    expect(await outcomeOf(() => importIdentity(new Uint8Array(10) as never))).toBe('TypeError')
  })
})
