/** Attacks with grants: everything that a grantor, a grantee or an outsider could try to make of one. */

import { type GrantJson, grant, type Identity, open, readGrant, seal } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentDigest } from '../../packages/core/src/content/chunked'
import { parseGrant, toGrantJson } from '../../packages/core/src/envelope/grant-json'
import { grantContext, grantMessage } from '../../packages/core/src/envelope/grant-message'
import { headerDigest, wrapContext } from '../../packages/core/src/envelope/header'
import { parseEnvelope } from '../../packages/core/src/envelope/shapes'
import { flipBit, inBatches } from '../support/bytes'
import { hostile, mutatedText, replaced } from '../support/fuzz'
import { people } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const { alice, bob, carol, dave, mallory } = await people(
  'alice',
  'bob',
  'carol',
  'dave',
  'mallory',
)
const sealing = { to: [bob.public, dave.public], from: alice, now: 1_000, expiresAt: 9_000 }
const envelope = await seal('secret', sealing)
const granting = { as: bob, to: carol.public, from: alice.public, now: 2_000, expiresAt: 5_000 }
const forCarol = await grant(envelope, granting)

interface Attempt {
  readonly json?: unknown
  readonly as?: Identity
  readonly from?: Identity
  readonly grantor?: Identity
  readonly of?: unknown
  readonly now?: number
}
function attempt({ json = forCarol, as = carol, from = alice, grantor = bob, ...rest }: Attempt) {
  const { of = envelope, now = 3_000 } = rest
  return outcomeOf(async () => {
    const readable = readGrant(json as GrantJson, { from: grantor.public })
    await open(of as never, { as, from: from.public, grant: readable, now })
  })
}

const checked = parseEnvelope(envelope)
const h = await headerDigest(checked, {
  sender: alice.public.signing.fingerprint,
  associatedData: undefined,
})

/** The content key, as every recipient knows it. */
async function contentKey(): Promise<Uint8Array> {
  const own = checked.recipients[0]
  const context = wrapContext(envelope.id, alice.public.signing.fingerprint, own.fingerprint)
  const cek = await bob.decrypter.unwrap(own.encryptedKey, context)
  if (!cek) throw new Error('Bob is the primary recipient')
  return cek
}

/** A grant as somebody makes it who does not keep to the rules. */
async function forgeGrant(
  claimed: Identity,
  signer: Identity,
  change: Partial<Parameters<typeof grantMessage>[0]> = {},
  cek?: Uint8Array,
): Promise<GrantJson> {
  const { fingerprint } = carol.public.encryption
  const context = grantContext(h, claimed.public.signing.fingerprint, fingerprint)
  const { signature: _, ...honest } = parseGrant(forCarol)
  const unsigned = {
    ...honest,
    grantorFingerprint: Uint8Array.from(claimed.public.encryption.fingerprint),
    recipient: {
      fingerprint: Uint8Array.from(fingerprint),
      encryptedKey: Uint8Array.from(
        await carol.public.encryption.wrap(cek ?? (await contentKey()), context),
      ),
    },
    ...change,
  }
  const { content } = checked
  const described = { h, content, digest: await contentDigest(content), grantor: claimed.public }
  const signature = await signer.signer.sign(await grantMessage(unsigned, described))
  return toGrantJson({ ...unsigned, signature: Uint8Array.from(signature) })
}

test('the forge makes what honest grantors make, or the attacks would prove nothing', async () => {
  expect(await attempt({})).toBe('none')
  expect(await attempt({ json: await forgeGrant(bob, bob) })).toBe('none')
})

describe('who granted', () => {
  test('an outsider who learnt the key, in his own name: SIGNATURE', async () => {
    const json = await forgeGrant(mallory, mallory)
    expect(await attempt({ json, grantor: mallory })).toBe('SIGNATURE')
    expect(await attempt({ json })).toBe('SIGNATURE')
  })

  test("an outsider in Bob's name: SIGNATURE", async () => {
    const json = await forgeGrant(bob, mallory)
    expect(await attempt({ json })).toBe('SIGNATURE')
    expect(await attempt({ json, grantor: mallory })).toBe('SIGNATURE')
  })

  test('a grantee grants on, in her own name: SIGNATURE', async () => {
    const json = await forgeGrant(carol, carol)
    expect(await attempt({ json, grantor: carol })).toBe('SIGNATURE')
  })

  test('the sender, who is no recipient: SIGNATURE', async () => {
    const json = await forgeGrant(alice, alice)
    expect(await attempt({ json, grantor: alice })).toBe('SIGNATURE')
  })

  test("another recipient under Bob's fingerprint, or Bob under another's: SIGNATURE", async () => {
    const { grantorFingerprint } = parseGrant(await forgeGrant(dave, dave))
    expect(await attempt({ json: await forgeGrant(bob, dave), grantor: dave })).toBe('SIGNATURE')
    const crossed = await forgeGrant(bob, bob, { grantorFingerprint })
    expect(await attempt({ json: crossed })).toBe('SIGNATURE')
    expect(await attempt({ json: crossed, grantor: dave })).toBe('SIGNATURE')
  })

  test("an identity mixed of Bob's encryption key and Mallory's signing key: SIGNATURE", async () => {
    const { encryption } = bob.public
    const mixed = { ...mallory, public: { ...mallory.public, encryption } }
    const json = await forgeGrant(mixed, mallory)
    expect(await attempt({ json })).toBe('SIGNATURE')
    expect(await attempt({ json: forCarol, grantor: mixed })).toBe('SIGNATURE')
  })

  test('nobody whom the reader trusts: SIGNER_UNKNOWN', async () => {
    const readable = readGrant(forCarol, { from: () => null })
    const options = { as: carol, from: alice.public, grant: readable, now: 3_000 }
    expect(await outcomeOf(() => open(envelope, options))).toBe('SIGNER_UNKNOWN')
  })
})

describe('what is granted', () => {
  test('another envelope, of the same people: SIGNATURE', async () => {
    const of = await seal('secret', sealing)
    expect(await attempt({ of })).toBe('SIGNATURE')
    const renamed = { ...forCarol, envelopeId: of.id }
    expect(await attempt({ of, json: renamed })).toBe('SIGNATURE')
    expect(await attempt({ json: renamed })).toBe('SIGNATURE')
  })

  test('an envelope of the same id, sealed again: SIGNATURE', async () => {
    const second = await seal('secret', sealing)
    const { of, json } = { of: { ...second, id: envelope.id }, json: forCarol }
    expect(await attempt({ of, json })).toBe('SIGNATURE')
  })

  test('to somebody else: NOT_RECIPIENT, and with another fingerprint SIGNATURE', async () => {
    expect(await attempt({ as: mallory })).toBe('NOT_RECIPIENT')
    const { fingerprint } = envelope.recipients[1] as (typeof envelope.recipients)[0]
    const recipient = {
      ...forCarol.recipient,
      fingerprint: Buffer.from(fingerprint).toString('base64'),
    }
    expect(await attempt({ as: dave, json: { ...forCarol, recipient } })).toBe('SIGNATURE')
  })

  test('a later expiry, none, another time of issue, another label: SIGNATURE', async () => {
    const { expiresAt: _, ...forever } = forCarol
    const labelled = { ...forCarol.recipient, receiverPublicKeyId: 'carol-9' }
    for (const json of [
      forever,
      { ...forCarol, expiresAt: '2999-01-01T00:00:00.000Z' },
      { ...forCarol, issuedAt: '1970-01-01T00:00:00.000Z' },
      { ...forCarol, recipient: labelled },
    ]) {
      expect(await attempt({ json })).toBe('SIGNATURE')
    }
  })

  test('the stanza of the envelope in the place of that of the grant: SIGNATURE', async () => {
    const { encryptedKey } = envelope.toJSON()
    const recipient = { ...forCarol.recipient, encryptedKey }
    expect(await attempt({ json: { ...forCarol, recipient } })).toBe('SIGNATURE')
  })

  test('another content key, by a grantor who lies: OPEN, as for any other key', async () => {
    const json = await forgeGrant(bob, bob, {}, new Uint8Array(32))
    expect(await attempt({ json })).toBe('OPEN')
    const junk = { fingerprint: parseGrant(forCarol).recipient.fingerprint }
    const unwrappable = await forgeGrant(bob, bob, {
      recipient: { ...junk, encryptedKey: new Uint8Array(256).fill(1) },
    })
    expect(await attempt({ json: unwrappable })).toBe('OPEN')
  })

  test('a stream: no grant is made for it', async () => {
    const stream = new TextEncoder().encode('ZKS1 and whatever follows')
    expect(await outcomeOf(() => grant(stream, granting))).not.toBe('none')
  })

  test('the grant in the place of the envelope, and the reverse: VERSION', async () => {
    expect(await attempt({ of: forCarol })).toBe('VERSION')
    expect(await attempt({ json: envelope.toJSON() })).toBe('VERSION')
  })
})

describe('the first fault decides: those of the envelope, then those of the grant', () => {
  const forged = { ...forCarol, issuedAt: '1970-01-01T00:00:00.000Z' }

  test.each([
    ['wrong sender, forged grant', { from: mallory, json: forged }, 'SIGNATURE'],
    ['envelope and grant expired', { now: 9_000 }, 'EXPIRED'],
    ['envelope expired, forged grant', { now: 9_000, json: forged }, 'EXPIRED'],
    ['grant forged and expired', { now: 6_000, json: forged }, 'SIGNATURE'],
    ['grant expired, for somebody else', { now: 6_000, as: mallory }, 'EXPIRED'],
    ['grant expired', { now: 5_000 }, 'EXPIRED'],
    ['a moment before', { now: 4_999 }, 'none'],
  ] as const)('%s', async (_name, changed, code) => {
    expect(await attempt(changed)).toBe(code)
  })

  test('nobody reaches the private key with a forged grant', async () => {
    const unwraps: unknown[] = []
    const decrypter = {
      unwrap: async (...args: Parameters<typeof carol.decrypter.unwrap>) => {
        unwraps.push(args)
        return carol.decrypter.unwrap(...args)
      },
    }
    await attempt({ json: forged, as: { ...carol, decrypter } })
    await attempt({ now: 6_000, as: { ...carol, decrypter } })
    expect(unwraps.length).toBe(0)
    expect(await attempt({ as: { ...carol, decrypter } })).toBe('none')
    expect(unwraps.length).toBe(1)
  })
})

describe('bits', () => {
  const columns: Record<string, readonly [string, (value: string) => unknown]> = {
    signature: [forCarol.signature, (signature) => ({ ...forCarol, signature })],
    grantorFingerprint: [
      forCarol.grantorFingerprint,
      (grantorFingerprint) => ({ ...forCarol, grantorFingerprint }),
    ],
    fingerprint: [
      forCarol.recipient.fingerprint,
      (fingerprint) => ({ ...forCarol, recipient: { ...forCarol.recipient, fingerprint } }),
    ],
    encryptedKey: [
      forCarol.recipient.encryptedKey,
      (encryptedKey) => ({ ...forCarol, recipient: { ...forCarol.recipient, encryptedKey } }),
    ],
  }
  test.each(Object.entries(columns))('every bit of %s: SIGNATURE', async (_name, [value, put]) => {
    const bytes = Uint8Array.from(Buffer.from(value, 'base64'))
    await inBatches(
      Array.from({ length: bytes.length * 8 }, (_, i) => i),
      256,
      async (bit) => {
        const json = put(Buffer.from(flipBit(bytes, bit)).toString('base64'))
        expect(await attempt({ json }), `bit ${bit}`).toBe('SIGNATURE')
      },
    )
  })

  test('every character of the text exchanged: refused', async () => {
    const text = JSON.stringify(forCarol)
    await inBatches(
      [...text].map((_, i) => i),
      256,
      async (i) => {
        const other = String.fromCharCode(text.charCodeAt(i) ^ 1)
        const code = await attempt({ json: text.slice(0, i) + other + text.slice(i + 1) })
        expect(code, `character ${i}`).toMatch(/^(FORMAT|VERSION|SUITE_NOT_ALLOWED|SIGNATURE)$/)
      },
    )
  })
})

describe('junk', () => {
  const CODES = /^(none|FORMAT|VERSION|LIMIT|SUITE_NOT_ALLOWED|SIGNATURE)$/
  const text = JSON.stringify(forCarol)
  const hunt = (arbitrary: fc.Arbitrary<unknown>) =>
    fc.assert(
      fc.asyncProperty(arbitrary, async (json) => {
        const code = await attempt({ json })
        expect(code).toMatch(CODES)
        // What opens says the same as the grant that was made.
        if (code === 'none') {
          expect(toGrantJson(parseGrant(json))).toEqual(forCarol)
        }
      }),
      { numRuns: 500 },
    )

  test('mutated text', () => hunt(mutatedText(text, JSON.stringify(envelope))))
  test('one member exchanged for anything', () => hunt(replaced(forCarol)))
  test('anything', () => hunt(hostile.filter((json) => json !== undefined)))
})
