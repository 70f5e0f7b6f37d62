/** Random and mutated keys of the curves, in every form, and key files of other programs. `KEY`, or a key. */

import {
  exportIdentity,
  exportPublicIdentity,
  importIdentity,
  importPublicIdentity,
} from '@zkeb/core'
import { decryptPrivateKey, fromPkcs1, importCertificate } from '@zkeb/core/formats'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { hostile, mutatedBytes, mutatedText, replaced } from '../support/fuzz'
import { FEW_RUNS, hunt, outcome } from '../support/hunt'
import { peopleOf } from '../support/identities'
import { KEY_FILES, PASSWORD, pemToDer } from '../support/key-files'

/** Keys of a suite are expensive only where their expansion is. */
const RUNS = { x25519: undefined, pq: FEW_RUNS }

describe.each(['x25519', 'pq'] as const)('lines of suite %s', async (suite) => {
  const { alice, bob } = await peopleOf(suite)
  const [line, other] = [await exportIdentity(alice), await exportIdentity(bob)]
  const publicLine = await exportPublicIdentity(alice.public)
  const publicOther = await exportPublicIdentity(bob.public)

  /** What is read is written again as it was: there is one line for a key. */
  async function check(text: string) {
    const secret = await outcome(async () => {
      const identity = await importIdentity(text, { extractable: true })
      expect(await exportIdentity(identity)).toBe(text.trim())
    })
    const known = await outcome(async () => {
      expect(await exportPublicIdentity(await importPublicIdentity(text))).toBe(text.trim())
    })
    for (const result of [secret, known]) expect(['none', 'KEY']).toContain(result)
    expect([secret, known]).toContain('KEY')
  }

  hunt('mutated', mutatedText(line, other), check, RUNS[suite])
  hunt('mutated, public', mutatedText(publicLine, publicOther), check, RUNS[suite])

  /** The bytes of one key, in a line that is right otherwise. */
  const [version, name, encryption = '', signing = ''] = line.split(':')
  const bytesOf = (key: string) => new Uint8Array(Buffer.from(key, 'base64url'))
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  const keys = mutatedBytes(bytesOf(signing), bytesOf(encryption))
  hunt(
    'a mutated signing key',
    keys,
    (key) => check(`${version}:${name}:${encryption}:${textOf(key)}`),
    RUNS[suite],
  )
  const [, , publicEncryption = '', publicSigning = ''] = publicLine.split(':')
  const publicKeys = mutatedBytes(bytesOf(publicEncryption), bytesOf(publicSigning))
  hunt(
    'a mutated public encryption key',
    publicKeys,
    (key) => check(`zkeb-public-v1:${name}:${textOf(key)}:${publicSigning}`),
    RUNS[suite],
  )
})

describe('PEM, DER and JWK of the curves', async () => {
  const { alice } = await peopleOf('x25519')
  const [pem, jwk] = [await exportIdentity(alice, 'pem'), await exportIdentity(alice, 'jwk')]
  const publicPem = await exportPublicIdentity(alice.public, 'pem')
  const publicJwk = await exportPublicIdentity(alice.public, 'jwk')
  const secretDer = { encryption: pemToDer(pem.encryption), signing: pemToDer(pem.signing) }
  const { encryption, signing } = alice.public
  const der = { encryption: encryption.encoded, signing: signing.encoded }

  /** Both functions are asked, as a user might ask the wrong one. */
  async function check(input: unknown) {
    for (const read of [importIdentity, importPublicIdentity]) {
      expect(['none', 'KEY', 'misuse']).toContain(await outcome(() => read(input as never), true))
    }
  }

  const pems = fc.oneof(
    mutatedText(pem.encryption, pem.signing).map((encryption) => ({ ...pem, encryption })),
    mutatedText(publicPem.signing, pem.signing).map((signing) => ({ ...publicPem, signing })),
  )
  hunt('mutated PEM', pems, check)

  const ders = fc.oneof(
    mutatedBytes(secretDer.signing, secretDer.encryption).map((signing) => ({
      ...secretDer,
      signing,
    })),
    mutatedBytes(der.encryption, der.signing).map((encryption) => ({ ...der, encryption })),
    fc.uint8Array({ maxLength: 64 }).map((signing) => ({ ...der, signing })),
  )
  hunt('mutated DER', ders, check)

  const jwks = fc.oneof(replaced(jwk), replaced(publicJwk))
  hunt('JWK with one member exchanged for anything', jwks, check)
})

describe('key files of other programs', () => {
  const { deriveBits } = crypto.subtle
  /** OpenSSL writes 2048 iterations; a mutation of that must not make this run long. */
  beforeAll(() => {
    vi.spyOn(crypto.subtle, 'deriveBits').mockImplementation(async (algorithm, key, bits) => {
      const { iterations = 0 } = algorithm as Partial<Pbkdf2Params>
      if (iterations > 10_000) return new ArrayBuffer((bits ?? 0) / 8)
      return deriveBits.call(crypto.subtle, algorithm as Pbkdf2Params, key, bits ?? 0)
    })
  })
  afterAll(() => vi.restoreAllMocks())

  const readers = {
    certificates: importCertificate,
    'PKCS#1': fromPkcs1,
    'encrypted PKCS#8': (key: Uint8Array | string) => decryptPrivateKey(key, PASSWORD),
  }
  const files = {
    certificates: [KEY_FILES.ed25519Certificate, KEY_FILES.rsaCertificate],
    'PKCS#1': [KEY_FILES.pkcs1Public, KEY_FILES.pkcs1Private],
    'encrypted PKCS#8': [KEY_FILES.x25519Encrypted, KEY_FILES.ed25519Encrypted],
  } as const

  describe.each(Object.entries(readers))('%s', (name, read) => {
    const [file, other] = files[name as keyof typeof files]

    async function check(input: unknown) {
      const result = await outcome(() => read(input as never), typeof input !== 'string')
      expect(['none', 'KEY', 'OPEN', 'misuse']).toContain(result)
    }

    hunt('mutated PEM', fc.oneof(mutatedText(file, other), mutatedText(other, file)), check)
    const [der, otherDer] = [pemToDer(file), pemToDer(other)]
    hunt('mutated DER', fc.oneof(mutatedBytes(der, otherDer), mutatedBytes(otherDer, der)), check)
    hunt('random DER', fc.oneof(fc.uint8Array(), hostile), check)
  })
})
