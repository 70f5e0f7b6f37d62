import {
  generateIdentity,
  grant,
  open,
  type PassphraseKdf,
  passphraseReader,
  passphraseRecipient,
  readGrant,
  type SealOptions,
  seal,
  sealStream,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people } from '../../../test/support/identities'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'

type Recipients = SealOptions['to']

/** The weakest that are accepted: tests need no strong ones. */
const ARGON2ID: PassphraseKdf = { id: 'argon2id', m: 8_192, t: 4, p: 1 }
const SCRYPT: PassphraseKdf = { id: 'scrypt', ln: 15, p: 1 }
const { alice: rsa } = await people('alice')
const alice = await generateIdentity({ suite: 'x25519' })
const bob = await generateIdentity({ suite: 'x25519' })
const from = alice.public

const recipient = await passphraseRecipient('correct horse', { suite: 'x25519', kdf: ARGON2ID })
const envelope = await seal('x', { to: recipient, from: alice })

describe.each(['x25519', 'pq'] as const)('%s', (suite) => {
  test.each([ARGON2ID, SCRYPT])(
    '$id: opens with the passphrase, and not with another',
    async (kdf) => {
      const sender = await generateIdentity({ suite })
      const to = await passphraseRecipient('correct horse', { suite, kdf })
      const sealed = await seal('hello', { to, from: sender })
      const opening = { as: passphraseReader('correct horse'), from: sender.public }
      expect((await open(sealed, opening)).text()).toBe('hello')
      const wrong = { ...opening, as: passphraseReader('correct horsf') }
      expect(await outcomeOf(() => open(sealed, wrong))).toBe('OPEN')
      const unsigned = await seal('hello', { to, from: 'unsigned' })
      expect((await open(unsigned, { as: opening.as, from: 'unsigned' })).text()).toBe('hello')
    },
  )
})

describe('the recipient', () => {
  test('carries function and salt in its label', async () => {
    expect(recipient.encryption.keyId).toMatch(
      /^\$argon2id\$v=19\$m=8192,t=4,p=1\$[A-Za-z0-9+/]{22}$/,
    )
    const other = await passphraseRecipient('correct horse', { suite: 'x25519', kdf: SCRYPT })
    expect(other.encryption.keyId).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}$/)
    expect(envelope.recipients[0].receiverPublicKeyId).toBe(recipient.encryption.keyId)
  })

  test('by default Argon2id with 64 MiB and 3 passes', async () => {
    const { encryption } = await passphraseRecipient('x', { suite: 'x25519' })
    expect(encryption.keyId).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
  })

  test('is another one every time', async () => {
    const again = await passphraseRecipient('correct horse', { suite: 'x25519', kdf: ARGON2ID })
    expect(again.encryption.keyId).not.toBe(recipient.encryption.keyId)
    expect(again.encryption.fingerprint).not.toEqual(recipient.encryption.fingerprint)
  })

  test('beside ordinary ones and other passphrases: each opens', async () => {
    const second = await passphraseRecipient('battery staple', { suite: 'x25519', kdf: SCRYPT })
    const sealed = await seal('x', { to: [bob.public, recipient, second], from: alice })
    for (const as of [bob, passphraseReader('correct horse'), passphraseReader('battery staple')]) {
      expect((await open(sealed, { as, from })).text()).toBe('x')
    }
    const wrong = { as: passphraseReader('staple'), from }
    expect(await outcomeOf(() => open(sealed, wrong))).toBe('OPEN')
  })

  test('counts in NFKC', async () => {
    const to = await passphraseRecipient('\u212bngstro\u0308m \ufb01', {
      suite: 'x25519',
      kdf: SCRYPT,
    })
    const sealed = await seal('x', { to, from: alice })
    const as = passphraseReader('\u00c5ngstr\u00f6m fi')
    expect(await outcomeOf(() => open(sealed, { as, from }))).toBe('none')
  })

  test('may be granted to', async () => {
    const forBob = await seal('x', { to: bob.public, from: alice })
    const json = await grant(forBob, { as: bob, to: recipient, from })
    const opened = await open(forBob, {
      as: passphraseReader('correct horse'),
      from,
      grant: readGrant(json, { from: bob.public }),
    })
    expect(opened.grantedBy).toBe(bob.public)
  })
})

describe('what no passphrase would open is not sealed', () => {
  const own = (labelled: string) => ({
    ...bob.public,
    encryption: { ...bob.public.encryption, keyId: labelled },
  })
  const SALT = '$AAAAAAAAAAAAAAAAAAAAAA'
  const streamOf = async (to: Recipients) => {
    const { readable, writable } = sealStream({ to, from: alice })
    const written = new Response(readable).arrayBuffer()
    await Promise.all([written, writable.getWriter().close()])
  }
  const WRITERS: Record<string, (to: Recipients) => Promise<unknown>> = {
    seal: (to) => seal('x', { to, from: alice }),
    'seal, unsigned': (to) => seal('x', { to, from: 'unsigned' }),
    sealStream: streamOf,
  }

  describe.each(Object.entries(WRITERS))('%s', (_name, write) => {
    test('passphrases that take too much work all together', async () => {
      const others = [alice, bob].map(({ public: { suite, encryption } }) => {
        const keyId = `$argon2id$v=19$m=131072,t=4,p=1${SALT}`
        return { suite, encryption: { ...encryption, keyId } }
      })
      expect(await outcomeOf(() => write(others))).toBe('none')
      expect(await misuseOf(() => write([...others, recipient]))).toMatch(/^to: /)
    })

    test.each([
      '$scrypt$bob',
      '$argon2id$',
      `$scrypt$ln=21,r=8,p=1${SALT}`,
      `$scrypt$ln=14,r=8,p=1${SALT}`,
      `$scrypt$ln=015,r=8,p=1${SALT}`,
      `$scrypt$ln=15,r=8,p=17${SALT}`,
      `$scrypt$ln=15,r=8,p=1${SALT.slice(1)}B`,
      `$argon2id$v=19$m=4096,t=100,p=1${SALT}`,
      `$argon2id$v=19$m=8192,t=3,p=1${SALT}`,
      `$argon2id$v=19$m=8192,t=4,p=0${SALT}`,
    ])('a label of somebody else, %s', async (label) => {
      expect(await misuseOf(() => write([recipient, own(label)]))).toMatch(/^to: /)
    })
  })

  test('as a grant: a label that is malformed', async () => {
    const to = { ...recipient, encryption: { ...recipient.encryption, keyId: '$scrypt$x' } }
    const options = { as: bob, to, from } as const
    const sealed = await seal('x', { to: bob.public, from: alice })
    expect(await misuseOf(() => grant(sealed, options))).toMatch(/^to: /)
  })

  test.each(['$scrypt$bob', '$argon2id$'])('an identity has no label like %s', async (label) => {
    for (const purpose of ['encryption', 'signing']) {
      const make = () => generateIdentity({ suite: 'x25519', keyIds: { [purpose]: label } })
      expect(await misuseOf(make)).toMatch(new RegExp(`^keyIds.${purpose}: `))
    }
  })
})

describe('the reader', () => {
  test('of a wrong passphrase: exactly the error of a wrong content', async () => {
    const as = passphraseReader('wrong')
    const error = await errorOf(() => open(envelope, { as, from }))
    const reference = await errorOf(() =>
      open(
        { ...envelope, iv: new Uint8Array(12) },
        { as: passphraseReader('correct horse'), from },
      ),
    )
    expect(error).toMatchObject({ code: 'OPEN', message: (reference as Error).message, hint: '' })
    expect(reference).toMatchObject({ code: 'OPEN' })
    expect('cause' in (error as Error)).toBe(false)
  })

  test('of an envelope for no passphrase: NOT_RECIPIENT', async () => {
    const as = passphraseReader('x')
    const sealed = await seal('x', { to: bob.public, from: alice })
    expect(await outcomeOf(() => open(sealed, { as, from }))).toBe('NOT_RECIPIENT')
    const other = await seal('x', { to: rsa.public, from: rsa })
    expect(await outcomeOf(() => open(other, { as, from: rsa.public }))).toBe('NOT_RECIPIENT')
  })

  test('does nothing before the signature is good', async () => {
    const altered = { ...envelope, createdAt: 1 }
    const hints: unknown[] = []
    const as = (hint: Parameters<ReturnType<typeof passphraseReader>>[0]) => {
      hints.push(hint)
      return passphraseReader('correct horse')(hint)
    }
    expect(await outcomeOf(() => open(altered, { as, from }))).toBe('SIGNATURE')
    expect(hints).toEqual([])
    expect(await outcomeOf(() => open(envelope, { as, from }))).toBe('none')
    expect(hints.length).toBe(1)
  })
})

describe('misuse', () => {
  const make = (passphrase: unknown, options: object) =>
    misuseOf(() => passphraseRecipient(passphrase as string, options as never))

  test.each([undefined, '', 7, '\ud800'])('passphrase %j', async (passphrase) => {
    expect(await make(passphrase, { suite: 'x25519' })).toMatch(/^passphrase: /)
    expect(await misuseOf(() => passphraseReader(passphrase as string))).toMatch(/^passphrase: /)
  })

  test('suite rsa, and none', async () => {
    expect(await make('x', { suite: 'rsa' })).toMatch(/^suite: .*rsa/)
    expect(await make('x', { suite: 'none' })).toMatch(/^suite: /)
    expect(await make('x', {})).toMatch(/^suite: /)
    expect(await make('x', undefined as never)).toMatch(/^suite: /)
  })

  test.each([
    null,
    {},
    { id: 'pbkdf2' },
    { id: 'argon2id' },
    { id: 'argon2id', m: 8_191, t: 9, p: 1 },
    { id: 'argon2id', m: 8_192, t: 3, p: 1 },
    { id: 'argon2id', m: 65_536, t: 17, p: 1 },
    { id: 'argon2id', m: 65_536, t: 0, p: 1 },
    { id: 'argon2id', m: 65_536, t: 3, p: 0 },
    { id: 'argon2id', m: 65_536, t: 3, p: 17 },
    { id: 'argon2id', m: 65_536.5, t: 3, p: 1 },
    { id: 'argon2id', m: '65536', t: 3, p: 1 },
    { id: 'argon2id', m: Number.NaN, t: 3, p: 1 },
    { id: 'scrypt', ln: 14, p: 1 },
    { id: 'scrypt', ln: 21, p: 1 },
    { id: 'scrypt', ln: 20, p: 2 },
    { id: 'scrypt', ln: 16.5, p: 1 },
    { id: 'scrypt', ln: 2_000, p: 1 },
    { id: 'scrypt', ln: 15, p: 0 },
  ])('kdf %j', async (kdf) => {
    expect(await make('x', { suite: 'x25519', kdf })).toMatch(/^kdf: /)
  })
})
