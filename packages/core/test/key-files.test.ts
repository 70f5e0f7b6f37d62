/** Key files of other programs, in and out (spec/keys.md). */
import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import {
  exportIdentity,
  exportPublicIdentity,
  importIdentity,
  importPublicIdentity,
} from '@zkeb/core'
import {
  decryptPrivateKey,
  encryptPrivateKey,
  fromPkcs1,
  importCertificate,
} from '@zkeb/core/formats'
import { describe, expect, test } from 'vitest'
import { people } from '../../../test/support/identities'
import { KEY_FILES, PASSWORD, pemToDer } from '../../../test/support/key-files'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'

const { alice } = await people('alice')
const secret = await exportIdentity(alice, 'pem')
const published = await exportPublicIdentity(alice.public, 'pem')
const longest = new Uint8Array(64 * 1024).fill(0x30)

const FUNCTIONS = {
  decryptPrivateKey: (key: never) => decryptPrivateKey(key, PASSWORD),
  encryptPrivateKey: (key: never) => encryptPrivateKey(key, PASSWORD, { iterations: 100_000 }),
  fromPkcs1: async (key: never) => fromPkcs1(key),
  importCertificate: async (key: never) => importCertificate(key),
}

/** Which of {@link KEY_FILES} each of them reads. */
const READS = {
  decryptPrivateKey: /^(?:\w+Encrypted|encrypted600000)$/,
  encryptPrivateKey: /^(?:rsa|x25519|ed25519|p256)Private$/,
  fromPkcs1: /^pkcs1(?:Private|Public)$/,
  importCertificate: /Certificate$/,
}

/** The outermost length written with one octet more than it needs, which BER allows and DER does not. */
function longLengths(der: Uint8Array): Uint8Array {
  const size = (der[1] ?? 0) < 0x80 ? 0 : (der[1] ?? 0) - 0x80
  const length = size === 0 ? [der[1] ?? 0] : [...der.subarray(2, 2 + size)]
  return Uint8Array.of(der[0] ?? 0, 0x81 + length.length, 0, ...length, ...der.subarray(2 + size))
}

describe('decryptPrivateKey', () => {
  test.each(['rsa', 'x25519', 'ed25519', 'p256'] as const)('%s, of OpenSSL', async (kind) => {
    const plain = pemToDer(KEY_FILES[`${kind}Private`])
    const encrypted = KEY_FILES[`${kind}Encrypted`]
    expect(await decryptPrivateKey(encrypted, PASSWORD)).toEqual(plain)
    expect(await decryptPrivateKey(pemToDer(encrypted), PASSWORD)).toEqual(plain)
  })

  test('600 000 iterations', async () => {
    const plain = pemToDer(KEY_FILES.ed25519Private)
    expect(await decryptPrivateKey(KEY_FILES.encrypted600000, PASSWORD)).toEqual(plain)
  })

  test('gives what importIdentity takes', async () => {
    const encryption = await decryptPrivateKey(KEY_FILES.rsaEncrypted, PASSWORD)
    const identity = await importIdentity({ encryption, signing: secret.signing })
    const spki = pemToDer(KEY_FILES.rsaPublic)
    const again = await importPublicIdentity({ encryption: spki, signing: published.signing })
    expect(identity.public.fingerprint).toEqual(again.fingerprint)
  })

  test('views and shared memory', async () => {
    const der = pemToDer(KEY_FILES.ed25519Encrypted)
    const room = new Uint8Array(new SharedArrayBuffer(der.length + 20), 10, der.length)
    room.set(der)
    const plain = pemToDer(KEY_FILES.ed25519Private)
    expect(await decryptPrivateKey(room, PASSWORD)).toEqual(plain)
    const changing = Buffer.from(der)
    const pending = decryptPrivateKey(changing, PASSWORD)
    changing.fill(0)
    expect(await pending).toEqual(plain)
  })

  test('wrong passwords and damaged content: one error, OPEN, that tells them not apart', async () => {
    const der = pemToDer(KEY_FILES.ed25519Encrypted)
    const damaged = (at: number) => der.map((byte, i) => (i === der.length + at ? byte ^ 1 : byte))
    const works = [
      () => decryptPrivateKey(damaged(-1), PASSWORD), // padding
      () => decryptPrivateKey(damaged(-60), PASSWORD), // structure, mostly
      ...Array.from({ length: 600 }, (_, i) => () => decryptPrivateKey(der, `wrong ${i}`)),
      ...['', `${PASSWORD} `, 'pa\u0308ssword'].map((it) => () => decryptPrivateKey(der, it)),
    ]
    const told = await Promise.all(works.map(errorOf))
    const [first] = told as [Error & { code: string; hint: string }]
    expect(first.code).toBe('OPEN')
    for (const error of told as (typeof first)[]) {
      expect([error.code, error.message, error.hint]).toEqual(['OPEN', first.message, first.hint])
      expect(error).not.toHaveProperty('cause')
    }
  })

  test.each([
    'encryptedScrypt',
    'encryptedAes128',
    'encryptedTripleDes',
    'encryptedSha1',
    'encryptedSha512',
    'encryptedPbes1',
  ] as const)('%s: KEY, and how to encrypt it again', async (name) => {
    const error = await errorOf(() => decryptPrivateKey(KEY_FILES[name], PASSWORD))
    expect(error).toMatchObject({ code: 'KEY', hint: expect.stringContaining('-v2prf') })
  })

  test('more work than we do for a file: KEY, at once', async () => {
    const der = pemToDer(KEY_FILES.encrypted600000)
    const hex = Buffer.from(der).toString('hex')
    for (const count of ['00989681', '7fffffff', '00000000']) {
      // 02 03 0927c0 becomes four octets; the lengths around it grow by one.
      const bytes = Buffer.from(hex.replace('02030927c0', `0204${count}`), 'hex')
      for (const at of [1, 3, 16, 18, 31]) bytes[at] = (bytes[at] as number) + 1
      const error = await errorOf(() => decryptPrivateKey(bytes, PASSWORD))
      expect(error).toMatchObject({ code: 'KEY' })
    }
  })

  test('a key that is not encrypted: KEY, and where it belongs', async () => {
    const pem = await exportIdentity(alice, 'pem')
    const error = await errorOf(() => decryptPrivateKey(pem.encryption, PASSWORD))
    const hint = 'not encrypted: give it to importIdentity()'
    expect(error).toMatchObject({ code: 'KEY', hint })
  })

  test('several blocks in one text: KEY, that says so', async () => {
    const chain = KEY_FILES.rsaCertificate + KEY_FILES.rsaCertificate
    const error = await errorOf(() => importCertificate(chain))
    expect(error).toMatchObject({ code: 'KEY', hint: 'more than one block: give one' })
  })

  test('the old encryption of PKCS#1: KEY, and how to convert it', async () => {
    const error = await errorOf(() => fromPkcs1(KEY_FILES.encryptedLegacy))
    expect(error).toMatchObject({ code: 'KEY', hint: expect.stringContaining('-topk8') })
  })
})

describe('encryptPrivateKey', () => {
  const iterations = 100_000

  test.each(['rsa', 'x25519', 'ed25519', 'p256'] as const)('%s, there and back', async (kind) => {
    const plain = pemToDer(KEY_FILES[`${kind}Private`])
    for (const key of [KEY_FILES[`${kind}Private`], plain, Buffer.from(plain)]) {
      const encrypted = await encryptPrivateKey(key, PASSWORD, { iterations })
      expect(await decryptPrivateKey(encrypted, PASSWORD)).toEqual(plain)
    }
    expect(plain).toEqual(pemToDer(KEY_FILES[`${kind}Private`]))
  })

  test('600 000 iterations, a new salt and a new IV every time; node:crypto opens it', async () => {
    const [first, second] = await Promise.all([
      encryptPrivateKey(KEY_FILES.ed25519Private, PASSWORD),
      encryptPrivateKey(KEY_FILES.ed25519Private, PASSWORD),
    ])
    expect(Buffer.from(pemToDer(first)).toString('hex')).toContain('02030927c0')
    // From behind the PBES2 identifier on, nothing is the same but the numbers of the algorithms.
    expect(pemToDer(first).subarray(34, 50)).not.toEqual(pemToDer(second).subarray(34, 50))
    expect(pemToDer(first).subarray(-48)).not.toEqual(pemToDer(second).subarray(-48))
    const key = createPrivateKey({ key: first, passphrase: PASSWORD })
    const der = key.export({ format: 'der', type: 'pkcs8' })
    expect(new Uint8Array(der)).toEqual(pemToDer(KEY_FILES.ed25519Private))
  })

  const version = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  const missing = version.error !== undefined && !process.env['CI']
  test.skipIf(missing)('OpenSSL opens it (skipped where there is no openssl)', async () => {
    const input = await encryptPrivateKey(secret.encryption, PASSWORD, { iterations })
    const args = ['pkey', '-passin', `pass:${PASSWORD}`]
    const { stdout, stderr } = spawnSync('openssl', args, { input })
    expect(stderr.toString()).toBe('')
    expect(stdout.toString()).toBe(secret.encryption)
  })

  test('a key whose file would be too long to be read: KEY', async () => {
    const element = (tag: number, content: Uint8Array) =>
      Uint8Array.of(tag, 0x82, content.length >> 8, content.length & 0xff, ...content)
    const keyOf = (length: number) => {
      const secretPart = element(4, new Uint8Array(length))
      return element(0x30, Uint8Array.of(2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, ...secretPart))
    }
    const largest = await encryptPrivateKey(keyOf(65_300), PASSWORD, { iterations })
    expect(await decryptPrivateKey(largest, PASSWORD)).toEqual(keyOf(65_300))
    for (const length of [65_450, 65_500]) {
      const work = () => encryptPrivateKey(keyOf(length), PASSWORD, { iterations })
      expect(await outcomeOf(work)).toBe('KEY')
    }
  })

  test('passwords that are none, and counts beyond the limits: misuse', async () => {
    const key = KEY_FILES.ed25519Private
    for (const password of [undefined, null, 5, new Uint8Array(8), '\ud800x', ['x']]) {
      expect(await misuseOf(() => encryptPrivateKey(key, password as never))).toMatch(/^password: /)
      const encrypted = KEY_FILES.ed25519Encrypted
      const decrypting = () => decryptPrivateKey(encrypted, password as never)
      expect(await misuseOf(decrypting)).toMatch(/^password: /)
    }
    expect(await outcomeOf(() => encryptPrivateKey(key, ''))).toBe('RangeError')
    for (const count of [0, 1, 99_999, 10_000_001, 1e9, 2 ** 31, 100_000.5, Number.NaN, '600000']) {
      const work = () => encryptPrivateKey(key, PASSWORD, { iterations: count as never })
      expect(await misuseOf(work)).toMatch(/^iterations: /)
    }
  })
})

describe('fromPkcs1', () => {
  test('a private key becomes PKCS#8, a public one SPKI, as OpenSSL writes them', () => {
    for (const toInput of [(pem: string) => pem, pemToDer]) {
      expect(fromPkcs1(toInput(KEY_FILES.pkcs1Private))).toEqual(pemToDer(KEY_FILES.rsaPrivate))
      expect(fromPkcs1(toInput(KEY_FILES.pkcs1Public))).toEqual(pemToDer(KEY_FILES.rsaPublic))
    }
  })

  test('of 512 to 16384 bits: sizes are for the import to judge', () => {
    for (const bytes of [64, 127, 128, 255, 256, 2048]) {
      const modulus = Buffer.alloc(bytes, 0x7f).toString('base64url')
      const key = createPublicKey({ key: { kty: 'RSA', n: modulus, e: 'AQAB' }, format: 'jwk' })
      const spki = fromPkcs1(key.export({ format: 'der', type: 'pkcs1' }))
      expect(spki).toEqual(new Uint8Array(key.export({ format: 'der', type: 'spki' })))
    }
  })

  test('leaves the caller its bytes', () => {
    const der = pemToDer(KEY_FILES.pkcs1Private)
    fromPkcs1(der)
    expect(der).toEqual(pemToDer(KEY_FILES.pkcs1Private))
  })

  test('three primes: KEY', async () => {
    expect(await outcomeOf(() => fromPkcs1(KEY_FILES.pkcs1ThreePrimes))).toBe('KEY')
  })
})

describe('importCertificate', () => {
  const ed25519Name =
    'CN=\\ x\\ ,emailAddress=a@example.com,OU=a/b\\;\\<c\\>\\\\d,O=Zürich \\+ \\"Söhne\\",DC=example,DC=com'

  test.each([
    ['rsa', 'A1B2C3', 'CN=alice,O=Example\\, Inc.,C=CH', 'CN=alice,O=Example\\, Inc.,C=CH'],
    ['ed25519', '01', ed25519Name, ed25519Name],
    ['p256', '00', 'CN=ec', 'CN=ec'],
    // Version 1; the title is not in our table of names.
    ['x25519', '7F'.padEnd(40, 'F'), 'UID=u1,2.5.4.12=#0c024472,CN=\\#z,O=x+OU=y', ed25519Name],
  ] as const)('%s', (kind, serialNumber, subject, issuer) => {
    const pem = KEY_FILES[`${kind}Certificate`]
    const publicKey = pemToDer(KEY_FILES[`${kind}Public`])
    const { validFrom, validTo } = new X509Certificate(pem)
    const said = {
      publicKey,
      subject,
      issuer,
      serialNumber,
      notBefore: new Date(validFrom),
      notAfter: new Date(validTo),
    }
    expect(importCertificate(pem)).toEqual(said)
    expect(importCertificate(pemToDer(pem))).toEqual(said)
  })

  test('gives what importPublicIdentity takes', async () => {
    const encryption = importCertificate(KEY_FILES.rsaCertificate).publicKey
    const identity = await importPublicIdentity({ encryption, signing: published.signing })
    expect(identity.encryption.type).toBe('RSA-2048')
  })

  test('verifies nothing: a broken signature, a time long past', () => {
    const der = pemToDer(KEY_FILES.p256Certificate)
    der[der.length - 1] = (der[der.length - 1] as number) ^ 1
    const past = Buffer.from(der)
      .toString('latin1')
      .replaceAll(/\d{12}Z/g, '500101000000Z')
    const { notAfter } = importCertificate(Buffer.from(past, 'latin1'))
    expect(notAfter.toISOString()).toBe('1950-01-01T00:00:00.000Z')
  })

  test.each(['260230000000Z', '261301000000Z', '260101240000Z', '260101000060Z', '2601010000000'])(
    'a time that is none, %s: KEY',
    async (time) => {
      const text = Buffer.from(pemToDer(KEY_FILES.p256Certificate)).toString('latin1')
      const changed = Buffer.from(text.replace(/\d{12}Z/, time), 'latin1')
      expect(await outcomeOf(() => importCertificate(changed))).toBe('KEY')
    },
  )

  test('a name is one line, whatever stands in it', () => {
    const text = Buffer.from(pemToDer(KEY_FILES.rsaCertificate)).toString('latin1')
    const changed = text.replaceAll('Example, Inc.', 'Ex\n\0 \x7f!, Inc.') // as many bytes
    const { subject } = importCertificate(Buffer.from(changed, 'latin1'))
    expect(subject).toBe('CN=alice,O=Ex\\0a\\00 \\7f!\\, Inc.,C=CH')
  })
})

describe.each(Object.entries(FUNCTIONS))('%s: what it does not read', (name, work) => {
  const reads = READS[name as keyof typeof FUNCTIONS]
  const others = Object.entries(KEY_FILES).filter(([file]) => !reads.test(file))

  test('files of other kinds: KEY with a hint, PEM and DER', async () => {
    for (const [file, pem] of others) {
      const error = await errorOf(() => work(pem as never))
      expect(error, file).toMatchObject({ code: 'KEY' })
      expect(error, file).not.toHaveProperty('cause')
      if (file === 'encryptedLegacy') continue
      expect(await outcomeOf(() => work(pemToDer(pem) as never)), file).toBe('KEY')
    }
  })

  test('nothing, text, too much: KEY', async () => {
    const pem = Object.entries(KEY_FILES).find(([file]) => reads.test(file))?.[1] ?? ''
    const der = pemToDer(pem)
    const inputs = [
      '',
      'hello',
      pem + pem,
      pem.slice(0, -30),
      '-'.repeat(64 * 1024 * 1024),
      new Uint8Array(0),
      longest,
      new Uint8Array(64 * 1024 * 1024).fill(0x30),
      Uint8Array.of(...der, 0),
      der.subarray(0, -1),
      longLengths(der),
      Uint8Array.of(0x30, 0x80, ...der.subarray(2), 0, 0),
      Uint8Array.of(0x3f, ...der.subarray(1)),
    ]
    for (const input of inputs) expect(await outcomeOf(() => work(input as never))).toBe('KEY')
  })

  test('what is no input at all: TypeError', async () => {
    for (const input of [undefined, null, 5, {}, [], new Date(), new ArrayBuffer(8)]) {
      expect(await misuseOf(() => work(input as never))).toMatch(/^(?:key|certificate): /)
    }
  })
})
