/** Attacks with and on passphrases: a sender whose labels ask for too much or too little, and one stanza for many passphrases. */

import {
  generateIdentity,
  open,
  type PassphraseRecipient,
  passphraseReader,
  passphraseRecipient,
  seal,
} from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readKdf, writeKdf } from '../../packages/core/src/keys/passphrase-kdf'
import { outcomeOf } from '../support/outcome'

const kdf = { id: 'scrypt', ln: 15, p: 1 } as const
const alice = await generateIdentity({ suite: 'x25519' })
const recipient = await passphraseRecipient('correct horse', { suite: 'x25519', kdf })
const as = passphraseReader('correct horse')
const salt = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Of a sender whose program checks no labels. */
const labelled = (keyId: string, of: PassphraseRecipient = recipient) => ({
  ...of,
  encryption: { ...of.encryption, keyId, assertBeside: () => {} },
})
const outcome = async (...to: PassphraseRecipient[]) => {
  const envelope = await seal('x', { to, from: alice })
  const unsigned = await seal('x', { to, from: 'unsigned' })
  const outcomes = [
    await outcomeOf(() => open(envelope, { as, from: alice.public })),
    await outcomeOf(() => open(unsigned, { as, from: 'unsigned' })),
  ]
  expect(outcomes[0]).toBe(outcomes[1])
  return outcomes[0]
}

describe('a label that asks for too much, or for too little: LIMIT, and nothing is derived', () => {
  test.each([
    `$argon2id$v=19$m=4194304,t=1,p=1$${salt}`,
    `$argon2id$v=19$m=1048576,t=2,p=1$${salt}`,
    `$argon2id$v=19$m=65536,t=17,p=1$${salt}`,
    `$argon2id$v=19$m=4294967295,t=4294967295,p=1$${salt}`,
    `$argon2id$v=19$m=9999999999,t=9999999999,p=1$${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=17$${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=16777215$${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=0$${salt}`,
    `$argon2id$v=19$m=65536,t=0,p=1$${salt}`,
    `$argon2id$v=19$m=8,t=1,p=1$${salt}`,
    `$argon2id$v=19$m=4096,t=100,p=1$${salt}`,
    `$argon2id$v=19$m=8192,t=3,p=1$${salt}`,
    `$scrypt$ln=21,r=8,p=1$${salt}`,
    `$scrypt$ln=63,r=8,p=1$${salt}`,
    `$scrypt$ln=9999999999,r=8,p=1$${salt}`,
    `$scrypt$ln=20,r=8,p=2$${salt}`,
    `$scrypt$ln=15,r=8,p=17$${salt}`,
    `$scrypt$ln=1,r=8,p=1$${salt}`,
    `$scrypt$ln=14,r=8,p=1$${salt}`,
    `$scrypt$ln=15,r=8,p=0$${salt}`,
  ])('%s', async (label) => {
    expect(await outcome(labelled(label))).toBe('LIMIT')
  })

  test('many that are acceptable one by one', async () => {
    const others = await Promise.all(
      Array.from({ length: 3 }, async (_, i) => {
        const { public: own } = await generateIdentity({ suite: 'x25519' })
        return labelled(`$argon2id$v=19$m=131072,t=4,p=1$${i}${salt.slice(1)}`, own)
      }),
    )
    expect(await outcome(...others)).toBe('LIMIT')
  })
})

describe('a label that is not the one label of what it says: FORMAT', () => {
  test.each([
    '$argon2id$',
    '$scrypt$',
    `$argon2id$m=65536,t=3,p=1$${salt}`,
    `$argon2id$v=16$m=65536,t=3,p=1$${salt}`,
    `$argon2id$v=019$m=65536,t=3,p=1$${salt}`,
    `$argon2id$v=19$m=065536,t=3,p=1$${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=+1$${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=1 $${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=1$${salt}\n`,
    `$argon2id$v=19$m=65536,m=65536,t=3,p=1$${salt}`,
    `$argon2id$v=19$t=3,m=65536,p=1$${salt}`,
    `$argon2id$v=19$m=65536,t=3$${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=1,data=AA$${salt}`,
    `$argon2id$v=19$m=6e4,t=3,p=1$${salt}`,
    `$argon2id$v=19$m=0x10000,t=3,p=1$${salt}`,
    `$argon2id$v=19$m=-65536,t=-3,p=1$${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=1$${salt}==`,
    `$argon2id$v=19$m=65536,t=3,p=1$${salt.slice(1)}`,
    `$argon2id$v=19$m=65536,t=3,p=1$${salt}A`,
    `$argon2id$v=19$m=65536,t=3,p=1$${salt.slice(1)}B`,
    `$argon2id$v=19$m=65536,t=3,p=1$${salt.slice(1)}-`,
    `$argon2id$v=19$m=65536,t=3,p=1$${salt}$AAAA`,
    `$argon2id$v=19$m=65536,t=3,p=1$`,
    `$argon2id$v=19$m=65536,t=3,p=1`,
    `$scrypt$ln=15,r=8,p=1$`,
    `$scrypt$ln=15,r=16,p=1$${salt}`,
    `$scrypt$ln=015,r=8,p=1$${salt}`,
    `$scrypt$ln=15,ln=15,r=8,p=1$${salt}`,
    `$scrypt$ln=15,r=8,p=1,p=1$${salt}`,
    `$scrypt$r=8,ln=15,p=1$${salt}`,
  ])('%j', async (label) => {
    expect(await outcome(labelled(label))).toBe('FORMAT')
  })

  test('a label of another kind is none of ours', async () => {
    for (const label of ['$argon2i$v=19$m=65536,t=3,p=1$AA', '$pbkdf2$', 'argon2id', '$2b$12$']) {
      expect(await outcome(labelled(label))).toBe('NOT_RECIPIENT')
    }
  })

  test('whatever is read is written the same', () => {
    const numbers = fc.tuple(fc.nat(1 << 21), fc.nat(40), fc.nat(20))
    const text = fc.oneof(
      numbers.map(([m, t, p]) => `$argon2id$v=19$m=${m},t=${t},p=${p}$${salt}`),
      numbers.map(([, t, p]) => `$scrypt$ln=${t},r=8,p=${p}$${salt}`),
      fc.string().map((tail) => `$scrypt$${tail}`),
      fc.string({ unit: 'binary' }),
    )
    const property = fc.property(text, (label) => {
      try {
        const read = readKdf(label)
        if (read) expect(writeKdf(read)).toBe(label)
      } catch (error) {
        expect(['FORMAT', 'LIMIT']).toContain((error as { code: unknown }).code)
      }
    })
    fc.assert(property, { numRuns: 2_000 })
  })
})

describe('one stanza for two passphrases (partitioning oracle)', () => {
  test('the key of one, under the fingerprint of the other: neither opens', async () => {
    const other = await passphraseRecipient('battery staple', { suite: 'x25519', kdf })
    const { keyId } = recipient.encryption
    const crossed = {
      ...other,
      encryption: { ...other.encryption, ...(keyId !== undefined && { keyId }) },
    }
    const envelope = await seal('x', { to: crossed, from: alice })
    for (const passphrase of ['correct horse', 'battery staple']) {
      const options = { as: passphraseReader(passphrase), from: alice.public }
      expect(await outcomeOf(() => open(envelope, options))).toBe('OPEN')
    }
  })

  test('the right key, under the fingerprint of another: it is not the key that the stanza names', async () => {
    const { public: other } = await generateIdentity({ suite: 'x25519' })
    const { fingerprint } = other.encryption
    const named = { ...recipient, encryption: { ...recipient.encryption, fingerprint } }
    expect(await outcome(named)).toBe('OPEN')
  })

  test('a wrong passphrase decrypts nothing to find out that it is wrong', async () => {
    const reader = await passphraseReader('wrong')({
      suite: 'x25519',
      recipients: [
        {
          ...(recipient.encryption.keyId !== undefined && {
            receiverPublicKeyId: recipient.encryption.keyId,
          }),
          fingerprint: recipient.encryption.fingerprint,
        },
      ],
    })
    // The true wrapped key, and it is not looked at.
    const context = { info: '', aad: new Uint8Array(0) }
    const wrapped = await recipient.encryption.wrap(new Uint8Array(32), context)
    expect(await reader?.decrypter.unwrap(wrapped, context)).toBeUndefined()
  })

  test('the salt of another stanza: OPEN', async () => {
    const { keyId = '' } = recipient.encryption
    expect(await outcome(labelled(keyId.replace(/.{22}$/, salt)))).toBe('OPEN')
  })
})
