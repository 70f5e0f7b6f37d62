/** Attack: learn from errors how a wrapped key failed (Manger 2001). There is one error, and no difference in it. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { exportPublicIdentity, open, type PublicIdentity } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes'
import { FORGED_ID, forge, wrapFor } from '../support/forge'
import { people } from '../support/identities'
import { errorOf, outcomeOf } from '../support/outcome'

const { alice, bob, carol, large } = await people('alice', 'bob', 'carol', 'large')
const wrap = wrapFor(FORGED_ID, alice.public.signing.fingerprint)
const publicKey = createPublicKey((await exportPublicIdentity(bob.public, 'pem')).encryption)

type Wrap = (cek: Uint8Array<ArrayBuffer>, to: PublicIdentity) => Promise<Uint8Array>
const rsa =
  (options: object): Wrap =>
  async (cek) =>
    publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, ...options }, cek)

const CASES: Record<string, Wrap> = {
  'another content key of 32 bytes': (_, to) => wrap(patternBytes(32), to),
  'a content key of zeros': (_, to) => wrap(new Uint8Array(32), to),
  'a content key of 16 bytes': (_, to) => wrap(patternBytes(16), to),
  'a content key of 31 bytes': (cek, to) => wrap(cek.slice(1), to),
  'a content key of 33 bytes': (cek, to) => wrap(Uint8Array.of(...cek, 0), to),
  'a content key of 64 bytes': (cek, to) => wrap(Uint8Array.of(...cek, ...cek), to),
  'an empty content key': (_, to) => wrap(new Uint8Array(0), to),
  'the longest that OAEP takes': (_, to) => wrap(patternBytes(190), to),
  'random bytes': async () => Uint8Array.of(1, ...patternBytes(255)),
  zeros: async () => new Uint8Array(256),
  one: async () => Uint8Array.of(...new Uint8Array(255), 1),
  'more than the modulus': async () => new Uint8Array(256).fill(255),
  'a longer ciphertext': async (cek, to) => Uint8Array.of(0, ...(await wrap(cek, to))),
  'a much longer ciphertext': async () => new Uint8Array(512).fill(7),
  'wrapped for somebody else': (cek) => wrap(cek, carol.public),
  'OAEP with SHA-1': rsa({ oaepHash: 'sha1' }),
  'OAEP with SHA-512': rsa({ oaepHash: 'sha512' }),
  'OAEP with a label': rsa({ oaepHash: 'sha256', oaepLabel: Buffer.from('zkeb') }),
  'PKCS#1 v1.5': rsa({ padding: constants.RSA_PKCS1_PADDING }),
  'no padding': async (cek) =>
    publicEncrypt(
      { key: publicKey, padding: constants.RSA_NO_PADDING },
      Buffer.concat([new Uint8Array(224), cek]),
    ),
}

async function fail(how: Wrap): Promise<Error> {
  const { envelope } = await forge({ from: alice, to: [bob.public], wrap: how })
  const error = await errorOf(() => open(envelope, { as: bob, from: alice.public }))
  if (!(error instanceof Error)) throw new Error('it opened')
  return error
}

/** Everything that a program could see of an error, numbers of lines in this file aside. */
function describeError(error: Error) {
  return {
    prototype: Object.getPrototypeOf(error) as unknown,
    keys: Reflect.ownKeys(error).map(String).sort(),
    values: JSON.stringify({ ...error, stack: undefined }),
    text: String(error),
    frames: error.stack?.split('\n').filter((line) => line.includes('packages/core')),
    depth: error.stack?.split('\n').length,
  }
}

const failForReference = () => fail(CASES['another content key of 32 bytes'] as Wrap)

test('the reference is OPEN, and tells no cause', async () => {
  const reference = await failForReference()
  expect(reference).toMatchObject({
    code: 'OPEN',
    message: 'the content cannot be opened',
    hint: '',
  })
  expect('cause' in reference).toBe(false)
  expect(describeError(reference).frames?.length).toBeGreaterThan(0)
})

test.each(Object.keys(CASES))('%s: exactly the same error', async (name) => {
  const reference = describeError(await failForReference())
  expect(describeError(await fail(CASES[name] as Wrap))).toEqual(reference)
})

test('wrapped by hand with OAEP, SHA-256 and no label: it opens, or the above would prove nothing', async () => {
  const { envelope } = await forge({
    from: alice,
    to: [bob.public],
    wrap: rsa({ oaepHash: 'sha256' }),
  })
  expect(await outcomeOf(() => open(envelope, { as: bob, from: alice.public }))).toBe('none')
})

test('a wrapped key without its leading zero, a second writing of the same number: OPEN', async () => {
  const shortened = async (cek: Uint8Array<ArrayBuffer>, to: PublicIdentity, cut: number) => {
    for (;;) {
      const wrapped = await wrap(cek, to)
      if (wrapped[0] === 0) return wrapped.slice(cut)
    }
  }
  for (const cut of [0, 1]) {
    const how: Wrap = (cek, to) => shortened(cek, to, cut)
    const { envelope } = await forge({ from: alice, to: [large.public], wrap: how })
    const outcome = await outcomeOf(() => open(envelope, { as: large, from: alice.public }))
    expect(outcome).toBe(cut === 0 ? 'none' : 'OPEN')
  }
})

describe('a decrypter of another make (KMS, HSM)', () => {
  const withDecrypter = async (unwrap: () => Promise<Uint8Array | undefined>) => {
    const { envelope } = await forge({ from: alice, to: [bob.public] })
    return errorOf(() =>
      open(envelope, { as: { public: bob.public, decrypter: { unwrap } }, from: alice.public }),
    )
  }

  test.each([
    ['undefined', undefined],
    ['nothing', new Uint8Array(0)],
    ['16 bytes', new Uint8Array(16)],
    ['33 bytes', new Uint8Array(33)],
    ['other 32 bytes', new Uint8Array(32)],
  ])('that returns %s: the same OPEN', async (_name, key) => {
    const error = await withDecrypter(async () => key)
    expect(error).toMatchObject({ code: 'OPEN', message: 'the content cannot be opened', hint: '' })
    expect('cause' in (error as Error)).toBe(false)
  })

  test('that is down: its own error comes through, since nothing was decided', async () => {
    const error = await withDecrypter(() => Promise.reject(new Error('KMS is down')))
    expect(error).toMatchObject({ message: 'KMS is down' })
  })
})
