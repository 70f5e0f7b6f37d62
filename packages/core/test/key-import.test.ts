/** Keys out and in again, in every form. */
import { createPublicKey } from 'node:crypto'
import {
  exportIdentity,
  exportPublicIdentity,
  type Identity,
  importIdentity,
  importPublicIdentity,
  open,
  type PublicIdentity,
  seal,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { makeIdentity, people } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, bob } = await people('alice', 'bob')

const base64ToDer = (pem: string) => {
  const body = pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, '')
  return new Uint8Array(Buffer.from(body, 'base64'))
}
const der = async (identity: Identity) => {
  const { encryption, signing } = await exportIdentity(identity, 'pem')
  return { encryption: base64ToDer(encryption), signing: base64ToDer(signing) }
}

const SECRET_FORMS = {
  line: (identity: Identity) => exportIdentity(identity),
  'line with white space around it': async (identity: Identity) =>
    ` ${await exportIdentity(identity)}\r\n`,
  pem: (identity: Identity) => exportIdentity(identity, 'pem'),
  'pem with CRLF': async (identity: Identity) => {
    const { encryption, signing } = await exportIdentity(identity, 'pem')
    return { encryption: encryption.replaceAll('\n', '\r\n'), signing: `\n\n  ${signing}  ` }
  },
  jwk: (identity: Identity) => exportIdentity(identity, 'jwk'),
  'jwk that names another algorithm and use': async (identity: Identity) => {
    const { encryption, signing } = await exportIdentity(identity, 'jwk')
    const foreign = {
      alg: 'RS256',
      use: 'sig',
      key_ops: ['sign'],
      ext: false,
      kid: 'k',
      x5c: ['…'],
    }
    return {
      encryption: { ...encryption, ...foreign },
      signing: { ...signing, ...foreign, use: 'enc' },
    }
  },
  der,
  'der in Buffers': async (identity: Identity) => {
    const { encryption, signing } = await der(identity)
    return { encryption: Buffer.from(encryption), signing: Buffer.from(signing) }
  },
  'pem and jwk': async (identity: Identity) => ({
    encryption: (await exportIdentity(identity, 'pem')).encryption,
    signing: (await exportIdentity(identity, 'jwk')).signing,
  }),
}

const PUBLIC_FORMS = {
  line: (identity: PublicIdentity) => exportPublicIdentity(identity),
  pem: (identity: PublicIdentity) => exportPublicIdentity(identity, 'pem'),
  jwk: (identity: PublicIdentity) => exportPublicIdentity(identity, 'jwk'),
  'jwk that names another algorithm': async (identity: PublicIdentity) => {
    const { encryption, signing } = await exportPublicIdentity(identity, 'jwk')
    return {
      encryption: { ...encryption, alg: 'RS256' },
      signing: { ...signing, key_ops: ['encrypt'] },
    }
  },
  der: async ({ encryption, signing }: PublicIdentity) => ({
    encryption: encryption.encoded,
    signing: signing.encoded,
  }),
}

describe.each(Object.entries(SECRET_FORMS))('private keys as %s', (_name, write) => {
  test('come back as the same identity', async () => {
    const again = await importIdentity(await write(alice), { extractable: true })
    expect(again.public.fingerprint).toEqual(alice.public.fingerprint)
    expect(await exportIdentity(again)).toBe(await exportIdentity(alice))
  })

  test('open and sign', async () => {
    const again = await importIdentity(await write(bob))
    const sealed = await seal('x', { to: bob.public, from: again })
    expect((await open(sealed, { as: again, from: bob.public })).text()).toBe('x')
  })

  test('cannot be extracted unless that was asked for', async () => {
    const again = await importIdentity(await write(alice))
    expect(again.keyPairs.encryption.privateKey.extractable).toBe(false)
    expect(again.keyPairs.signing.privateKey.extractable).toBe(false)
    for (const format of [undefined, 'pem', 'jwk'] as const) {
      expect(await outcomeOf(() => exportIdentity(again, format as 'pem'))).toBe('KEY')
    }
  })
})

describe.each(Object.entries(PUBLIC_FORMS))('public keys as %s', (_name, write) => {
  test('come back as the same identity', async () => {
    const again = await importPublicIdentity(await write(alice.public))
    expect(again.fingerprint).toEqual(alice.public.fingerprint)
    expect(await exportPublicIdentity(again)).toBe(await exportPublicIdentity(alice.public))
  })

  test('are sealed to and verified with', async () => {
    const to = await importPublicIdentity(await write(bob.public), { keyIds: { encryption: 'b' } })
    const from = await importPublicIdentity(await write(alice.public))
    const envelope = await seal('x', { to, from: alice })
    expect(envelope.recipients[0].receiverPublicKeyId).toBe('b')
    expect((await open(envelope, { as: bob, from })).text()).toBe('x')
  })
})

describe('forms', () => {
  test('one line, without white space, for an environment variable', async () => {
    expect(await exportIdentity(alice)).toMatch(/^zkeb-secret-v1:rsa:[\w-]+:[\w-]+$/)
    expect(await exportPublicIdentity(alice.public)).toMatch(/^zkeb-public-v1:rsa:[\w-]+:[\w-]+$/)
  })

  test('PEM as other programs read it', async () => {
    const { encryption, signing } = await exportPublicIdentity(alice.public, 'pem')
    for (const [pem, key] of [
      [encryption, alice.public.encryption],
      [signing, alice.public.signing],
    ] as const) {
      expect(pem).toMatch(
        /^-----BEGIN PUBLIC KEY-----\n([\w+/]{64}\n)*[\w+/=]{1,64}\n-----END PUBLIC KEY-----\n$/,
      )
      const spki = createPublicKey(pem).export({ format: 'der', type: 'spki' })
      expect(new Uint8Array(spki)).toEqual(key.encoded)
    }
    const secret = await exportIdentity(alice, 'pem')
    const half = createPublicKey(secret.encryption).export({ format: 'der', type: 'spki' })
    expect(new Uint8Array(half)).toEqual(alice.public.encryption.encoded)
  })

  test('a public JWK holds nothing private', async () => {
    for (const jwk of Object.values(await exportPublicIdentity(alice.public, 'jwk'))) {
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(jwk).not.toHaveProperty(name)
    }
  })

  test('public exports of an identity hold nothing private', async () => {
    const secrets = await exportIdentity(alice, 'jwk')
    const published = JSON.stringify([
      await exportPublicIdentity(alice.public),
      await exportPublicIdentity(alice.public, 'pem'),
      await exportPublicIdentity(alice.public, 'jwk'),
    ])
    for (const { d } of Object.values(secrets))
      expect(published).not.toContain((d ?? '').slice(0, 20))
  })

  test('labels do not travel with keys', async () => {
    const again = await importIdentity(await exportIdentity(alice), {
      extractable: true,
      keyIds: { encryption: 'e', signing: 's' },
    })
    expect([again.public.encryption.keyId, again.public.signing.keyId]).toEqual(['e', 's'])
    for (const form of [await exportIdentity(again), await exportIdentity(again, 'pem')]) {
      const { encryption, signing } = (await importIdentity(form)).public
      expect([encryption.keyId, signing.keyId]).toEqual([undefined, undefined])
    }
  })
})

test('a new identity, too, goes out and in', async () => {
  const fresh = await makeIdentity()
  const again = await importIdentity(await exportIdentity(fresh))
  expect(again.public.fingerprint).toEqual(fresh.public.fingerprint)
})
