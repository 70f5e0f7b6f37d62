/** Everything that seals and opens, in every suite. */
import { createHash } from 'node:crypto'
import {
  decode,
  encode,
  exportIdentity,
  exportPublicIdentity,
  fromRow,
  generateIdentity,
  identityFromKeyPairs,
  importIdentity,
  importPublicIdentity,
  inspect,
  open,
  pae,
  seal,
  toRow,
  verify,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { flipBit, patternBytes } from '../../../test/support/bytes'
import { peopleOf, SUITES } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const FORMS = {
  rsa: {
    triple: ['AES-256-GCM', 'RSA-OAEP', 'RSA-PSS'],
    types: ['RSA-2048', 'RSA-2048'],
    encoded: [294, 294],
    wrapped: 256,
    signature: 256,
    number: 1,
  },
  x25519: {
    triple: ['AES-256-GCM', 'HPKE-X25519', 'Ed25519'],
    types: ['X25519', 'Ed25519'],
    encoded: [44, 44],
    wrapped: 80,
    signature: 64,
    number: 2,
  },
  pq: {
    triple: ['AES-256-GCM', 'HPKE-MLKEM768-X25519', 'Ed25519+ML-DSA-65'],
    types: ['X-Wing', 'Ed25519+ML-DSA-65'],
    encoded: [1216, 2042],
    wrapped: 1168,
    signature: 3373,
    number: 3,
  },
} as const
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

describe.each(SUITES)('suite %s', async (suite) => {
  const { alice, bob, carol, dave } = await peopleOf(suite)

  test('a signature in a Buffer is good, and is left as it is', async () => {
    const message = Buffer.from('hello')
    const signature = Buffer.from(await alice.signer.sign(message))
    const before = signature.toString('hex')
    expect(await alice.public.signing.verify(message, signature)).toBe(true)
    expect(await alice.public.signing.verify(message, signature)).toBe(true)
    expect(signature.toString('hex')).toBe(before)
  })

  test('a signer that gives Buffers and looks at them first', async () => {
    const signer = {
      async sign(message: Uint8Array) {
        const signature = Buffer.from(await alice.signer.sign(message))
        await alice.public.signing.verify(message, signature)
        return signature
      },
    }
    const sealed = await seal('x', { to: bob.public, from: { public: alice.public, signer } })
    expect((await open(sealed, { as: bob, from: alice.public })).text()).toBe('x')
  })
  const form = FORMS[suite]
  const opening = { as: bob, from: alice.public }
  const envelope = await seal('hello', { to: bob.public, from: alice })

  test('names, lengths and number are those of the format', () => {
    const { algorithm, keyAlgorithm, signatureAlgorithm, recipients, signature } = envelope
    expect([algorithm, keyAlgorithm, signatureAlgorithm]).toEqual(form.triple)
    expect(recipients[0].encryptedKey).toHaveLength(form.wrapped)
    expect(signature).toHaveLength(form.signature)
    expect(encode(envelope)[8]).toBe(form.number)
    const { encryption, signing } = alice.public
    expect([encryption.type, signing.type]).toEqual(form.types)
    expect([encryption.encoded.length, signing.encoded.length]).toEqual(form.encoded)
  })

  test('fingerprints are of the encoded keys', () => {
    const { encryption, signing } = alice.public
    const hashed =
      suite === 'pq' ? pae(['zkeb/key/v1', 'X-Wing', encryption.encoded]) : encryption.encoded
    expect(encryption.fingerprint).toEqual(sha256(hashed))
    expect(signing.fingerprint).toEqual(sha256(signing.encoded))
  })

  test.each([0, 1, 16_383, 16_384, 40_000])('%d bytes in every shape', async (length) => {
    const bytes = patternBytes(length)
    const metadata = { n: 1 }
    const sealing = { to: bob.public, from: alice, metadata, associatedData: ['x'] }
    const sealed = await seal(bytes, sealing)
    const shapes = [
      sealed,
      JSON.stringify(sealed),
      JSON.parse(JSON.stringify(sealed)),
      encode(sealed),
      decode(encode(sealed)),
      fromRow(toRow(sealed)),
    ]
    for (const shape of shapes) {
      const opened = await open(shape, { ...opening, associatedData: ['x'] })
      expect(Buffer.compare(opened.bytes, bytes)).toBe(0)
      expect(opened.metadata).toEqual(metadata)
      expect(await outcomeOf(() => open(shape, opening))).toBe('SIGNATURE')
    }
    expect(inspect(sealed).suite).toBe(suite)
    expect((await verify(sealed, { from: alice.public, associatedData: ['x'] })).id).toBe(sealed.id)
  })

  test('several recipients open, others do not', async () => {
    const to = [carol.public, bob.public]
    const sealed = await seal('x', { to, from: alice })
    for (const as of [bob, carol]) {
      expect((await open(encode(sealed), { as, from: alice.public })).text()).toBe('x')
    }
    expect(await outcomeOf(() => open(sealed, { as: dave, from: alice.public }))).toBe(
      'NOT_RECIPIENT',
    )
    expect(await outcomeOf(() => open(sealed, { as: bob, from: carol.public }))).toBe('SIGNATURE')
  })

  test('no bit of signature or wrapped key can change: SIGNATURE', async () => {
    const [{ fingerprint, encryptedKey }] = envelope.recipients
    for (let bit = 0; bit < form.signature * 8; bit += 97) {
      const changed = { ...envelope, signature: flipBit(envelope.signature, bit) }
      expect(await outcomeOf(() => open(changed, opening))).toBe('SIGNATURE')
    }
    for (let bit = 0; bit < form.wrapped * 8; bit += 61) {
      const recipients = [{ fingerprint, encryptedKey: flipBit(encryptedKey, bit) }]
      const changed = { ...envelope, recipients } as never
      expect(await outcomeOf(() => open(changed, opening))).toBe('SIGNATURE')
    }
  })

  test('a wrapped key or signature of another length: FORMAT', async () => {
    const [{ fingerprint, encryptedKey }] = envelope.recipients
    if (suite === 'rsa') return
    for (const by of [-1, 1]) {
      const other = (bytes: Uint8Array) => {
        const out = new Uint8Array(bytes.length + by)
        out.set(bytes.subarray(0, out.length))
        return out
      }
      const recipients = [{ fingerprint, encryptedKey: other(encryptedKey) }]
      expect(await outcomeOf(() => decode({ ...envelope, recipients } as never))).toBe('FORMAT')
      expect(
        await outcomeOf(() => decode({ ...envelope, signature: other(envelope.signature) })),
      ).toBe('FORMAT')
    }
  })

  test('a new identity seals and opens, and goes out and in as a line', async () => {
    const options = suite === 'rsa' ? ({ modulusLength: 2048 } as const) : {}
    const fresh = await generateIdentity({ suite, extractable: true, ...options })
    expect(fresh.suite).toBe(suite)
    const again = await importIdentity(await exportIdentity(fresh), { extractable: true })
    expect(again.public.fingerprint).toEqual(fresh.public.fingerprint)
    expect(await exportIdentity(again)).toBe(await exportIdentity(fresh))
    const published = await importPublicIdentity(await exportPublicIdentity(fresh.public))
    expect(published.fingerprint).toEqual(fresh.public.fingerprint)
    const sealed = await seal('x', { to: published, from: again })
    expect((await open(sealed, { as: fresh, from: published })).text()).toBe('x')
  })

  test('private keys leave only where that was asked for', async () => {
    const kept = await importIdentity(await exportIdentity(alice))
    expect(await outcomeOf(() => exportIdentity(kept))).toBe('KEY')
    for (const { privateKey } of Object.values(kept.keyPairs)) {
      expect(privateKey.extractable).toBe(false)
    }
    const sealed = await seal('x', { to: kept.public, from: kept })
    expect((await open(sealed, { as: kept, from: alice.public })).text()).toBe('x')
  })

  test('key pairs are taken over', async () => {
    const again = await identityFromKeyPairs(alice.keyPairs)
    expect(again.suite).toBe(suite)
    expect(again.public.fingerprint).toEqual(alice.public.fingerprint)
    const sealed = await seal('x', { to: again.public, from: again })
    expect((await open(sealed, { as: alice, from: alice.public })).text()).toBe('x')
  })

  test('pairs whose halves are of two people, or exchanged: KEY', async () => {
    const { encryption, signing } = alice.keyPairs
    const foreign = bob.keyPairs
    const turned = (pair: typeof encryption) => ({
      publicKey: pair.privateKey,
      privateKey: pair.publicKey,
    })
    const bad = [
      { encryption: { ...encryption, publicKey: foreign.encryption.publicKey }, signing },
      { encryption, signing: { ...signing, publicKey: foreign.signing.publicKey } },
      { encryption: turned(encryption), signing },
      { encryption, signing: turned(signing) },
      { encryption: signing, signing: encryption },
      { encryption, signing: encryption },
    ]
    for (const pairs of bad) expect(await outcomeOf(() => identityFromKeyPairs(pairs))).toBe('KEY')
  })

  test('views, and memory that is shared, are signed and verified as what they hold', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(20), 5, 10).fill(7)
    const signature = await alice.signer.sign(shared)
    const around = new Uint8Array(signature.length + 8)
    around.set(signature, 3)
    const view = around.subarray(3, 3 + signature.length)
    expect(await alice.public.signing.verify(new Uint8Array(10).fill(7), view)).toBe(true)
    expect(await alice.public.signing.verify(new Uint8Array(10).fill(8), view)).toBe(false)
    expect(await alice.public.signing.verify(shared, signature.subarray(1))).toBe(false)
  })
})

test('a size of RSA keys for another suite: TypeError', async () => {
  for (const suite of ['x25519', 'pq'] as const) {
    expect(await outcomeOf(() => generateIdentity({ suite, modulusLength: 2048 }))).toBe(
      'TypeError',
    )
  }
})

test('nobody is sealed to across suites: TypeError', async () => {
  for (const from of SUITES) {
    for (const to of SUITES.filter((suite) => suite !== from)) {
      const { alice } = await peopleOf(from)
      const { bob } = await peopleOf(to)
      expect(await outcomeOf(() => seal('x', { to: bob.public, from: alice }))).toBe('TypeError')
    }
  }
})

test('key pairs of two suites: KEY', async () => {
  const { alice: one } = await peopleOf('x25519')
  for (const suite of ['rsa', 'pq'] as const) {
    const { alice: two } = await peopleOf(suite)
    const pairs = { encryption: one.keyPairs.encryption, signing: two.keyPairs.signing }
    expect(await outcomeOf(() => identityFromKeyPairs(pairs))).toBe('KEY')
  }
})
