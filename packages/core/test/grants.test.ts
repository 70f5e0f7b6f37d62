import {
  encode,
  type Grant,
  type GrantJson,
  type GrantOptions,
  grant,
  inspect,
  open,
  readGrant,
  seal,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { people, person } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'

const { alice, bob, carol, mallory, large } = await people(
  'alice',
  'bob',
  'carol',
  'mallory',
  'large',
)
const associatedData = { promptId: 'p1' }
const envelope = await seal('for Bob', {
  to: [bob.public, large.public],
  from: alice,
  associatedData,
  now: 1_000,
  expiresAt: 9_000,
})
const granting = {
  as: bob,
  to: carol.public,
  from: alice.public,
  associatedData,
  now: 2_000,
} satisfies GrantOptions
const forCarol = await grant(envelope, granting)
const opening = { as: carol, from: alice.public, associatedData, now: 3_000 }
const read = (json: GrantJson | string = forCarol) => readGrant(json, { from: bob.public })

describe('a granted reader', () => {
  test.each([
    ['object', envelope],
    ['binary', encode(envelope)],
    ['JSON text', JSON.stringify(envelope)],
  ] as const)('opens the %s form, and sees who sealed and who granted', async (_name, input) => {
    const opened = await open(input, { ...opening, grant: read() })
    expect(opened.text()).toBe('for Bob')
    expect(opened.sender).toBe(alice.public)
    expect(opened.grantedBy).toBe(bob.public)
    expect(opened.expiresAt?.getTime()).toBe(9_000)
  })

  test('does not open without the grant', async () => {
    expect(await outcomeOf(() => open(envelope, opening))).toBe('NOT_RECIPIENT')
  })

  test('is found by a resolver, which is shown the grantee alone', async () => {
    const hints: unknown[] = []
    const as = (hint: unknown) => {
      hints.push(hint)
      return carol
    }
    await open(envelope, { ...opening, as, grant: read() })
    const { fingerprint } = carol.public.encryption
    expect(hints).toMatchObject([{ id: envelope.id, recipients: [{ fingerprint }] }])
  })

  test('may be a recipient already: with a grant, the grant is used', async () => {
    const forLarge = await grant(envelope, { ...granting, to: large.public })
    const opened = await open(envelope, { ...opening, as: large, grant: read(forLarge) })
    expect(opened.grantedBy).toBe(bob.public)
    expect('grantedBy' in (await open(envelope, { ...opening, as: large }))).toBe(false)
  })

  test('the grantor of an envelope of many chunks', async () => {
    const long = await seal(patternBytes(50_000), { to: bob.public, from: alice })
    const json = await grant(long, { as: bob, to: carol.public, from: alice.public })
    const options = { as: carol, from: alice.public, grant: read(json) }
    expect(Buffer.compare((await open(long, options)).bytes, patternBytes(50_000))).toBe(0)
  })
})

describe('the form', () => {
  test('is plain JSON, and comes back the same from text', async () => {
    expect(JSON.parse(JSON.stringify(forCarol))).toEqual(forCarol)
    const opened = await open(envelope, { ...opening, grant: read(JSON.stringify(forCarol)) })
    expect(opened.text()).toBe('for Bob')
  })

  test('says what it is for', async () => {
    const dave = await person('dave', { encryption: 'dave-1' })
    const json = await grant(envelope, { ...granting, to: dave.public, expiresAt: 4_000 })
    expect(readGrant(json, { from: bob.public })).toMatchObject({
      envelopeId: envelope.id,
      issuedAt: new Date(2_000),
      expiresAt: new Date(4_000),
      recipient: {
        receiverPublicKeyId: 'dave-1',
        fingerprint: Uint8Array.from(dave.public.encryption.fingerprint),
      },
    })
    expect(inspect(envelope).recipients.length).toBe(2)
  })

  test('leaves the envelope as it was', async () => {
    const before = JSON.stringify(envelope)
    await grant(envelope, granting)
    expect(JSON.stringify(envelope)).toBe(before)
  })

  const edits: Record<string, readonly [(json: GrantJson) => unknown, string]> = {
    'another version': [(json) => ({ ...json, version: 'zkeb/grant/v2' }), 'VERSION'],
    'an envelope for a grant': [() => envelope.toJSON(), 'VERSION'],
    'no version': [({ version: _, ...json }) => json, 'FORMAT'],
    'an unknown member': [(json) => ({ ...json, extra: 1 }), 'FORMAT'],
    'an unknown member of the recipient': [
      (json) => ({ ...json, recipient: { ...json.recipient, extra: 1 } }),
      'FORMAT',
    ],
    'an id in upper case': [(json) => ({ ...json, envelopeId: 'A' }), 'FORMAT'],
    'a time with microseconds': [
      (json) => ({ ...json, issuedAt: json.issuedAt.replace('Z', '000Z') }),
      'FORMAT',
    ],
    'expiresAt null': [(json) => ({ ...json, expiresAt: null }), 'FORMAT'],
    'a short fingerprint': [(json) => ({ ...json, grantorFingerprint: 'AAAA' }), 'FORMAT'],
    'Base64 without padding': [
      (json) => ({ ...json, signature: json.signature.replaceAll('=', '') }),
      'FORMAT',
    ],
    'a signature of one byte': [(json) => ({ ...json, signature: 'AA==' }), 'FORMAT'],
    'a wrapped key of one byte': [
      (json) => ({ ...json, recipient: { ...json.recipient, encryptedKey: 'AA==' } }),
      'FORMAT',
    ],
    'no wrapped key': [
      ({ recipient: { encryptedKey: _, ...recipient }, ...json }) => ({ ...json, recipient }),
      'FORMAT',
    ],
    'an algorithm of no suite': [
      (json) => ({ ...json, keyAlgorithm: 'RSA1_5' }),
      'SUITE_NOT_ALLOWED',
    ],
    'text with a key twice': [
      (json) => JSON.stringify(json).replace('{', '{"issuedAt":"1970-01-01T00:00:00.000Z",'),
      'FORMAT',
    ],
    'text that is too long': [(json) => JSON.stringify(json) + ' '.repeat(20_000), 'LIMIT'],
    'no JSON': [() => 'grant', 'FORMAT'],
    null: [() => null, 'FORMAT'],
    'a list': [(json) => [json], 'FORMAT'],
  }
  test.each(Object.entries(edits))('%s: refused', async (_name, [edit, code]) => {
    expect(await outcomeOf(() => read(edit(forCarol) as GrantJson))).toBe(code)
  })
})

describe('who may grant', () => {
  test('not one whom the envelope does not name', async () => {
    const asMallory = { ...granting, as: mallory }
    expect(await outcomeOf(() => grant(envelope, asMallory))).toBe('NOT_RECIPIENT')
  })

  test('not a grantee', async () => {
    const asCarol = { ...granting, as: carol, to: mallory.public }
    expect(await outcomeOf(() => grant(envelope, asCarol))).toBe('NOT_RECIPIENT')
  })

  test.each([
    ['another sender', { from: mallory.public }, 'SIGNATURE'],
    ['other associated data', { associatedData: 1 }, 'SIGNATURE'],
    ['no sender', { from: () => undefined }, 'SIGNER_UNKNOWN'],
    ['after the expiry of the envelope', { now: 9_000 }, 'EXPIRED'],
  ])('%s: as open() says', async (_name, changed, code) => {
    expect(await outcomeOf(() => grant(envelope, { ...granting, ...changed }))).toBe(code)
  })

  test.each([
    ['as', { as: bob.public as never }],
    ['as', { as: { ...bob, signer: undefined } as never }],
    ['as.public', { as: { ...bob, public: {} } as never }],
    ['to', { to: carol as never }],
    ['to', { to: { ...carol.public, suite: 'x25519' as never } }],
    ['from', { from: alice as never }],
    ['expiresAt', { expiresAt: 2_000 }],
    ['now', { now: -1 }],
  ])('%s is wrong: misuse that names it', async (name, changed) => {
    const message = await misuseOf(() => grant(envelope, { ...granting, ...changed }))
    expect(message.startsWith(`${name}: `), message).toBe(true)
  })

  test.each([undefined, {}, { from: bob }, { from: {} }])(
    'readGrant: from is missing',
    async (options) => {
      const json = await grant(envelope, granting)
      expect(await misuseOf(() => readGrant(json, options as never))).toMatch(/^from: /)
    },
  )

  test('a signer of another make that returns too little: refused before it is handed out', async () => {
    const as = { ...bob, signer: { sign: async () => new Uint8Array(3) } }
    expect(await outcomeOf(() => grant(envelope, { ...granting, as }))).toBe('FORMAT')
  })
})

describe('expiry: the earlier of both', () => {
  const openAt = async (now: number, readable: Grant) =>
    outcomeOf(() => open(envelope, { ...opening, grant: readable, now }))

  test('the grant before the envelope', async () => {
    const short = read(await grant(envelope, { ...granting, expiresAt: new Date(4_000) }))
    expect(await openAt(3_999, short)).toBe('none')
    expect(await openAt(4_000, short)).toBe('EXPIRED')
  })

  test('the envelope before the grant', async () => {
    const long = read(await grant(envelope, { ...granting, expiresAt: 20_000 }))
    expect(await openAt(8_999, long)).toBe('none')
    expect(await openAt(9_000, long)).toBe('EXPIRED')
  })
})

test('a replay guard remembers the envelope, by whatever grant it was opened', async () => {
  const claims: unknown[] = []
  const replayGuard = {
    claim: (...claim: unknown[]) => {
      claims.push(claim)
      return claims.length === 1
    },
  }
  const short = read(await grant(envelope, { ...granting, expiresAt: 4_000 }))
  await open(envelope, { ...opening, grant: short, replayGuard })
  const again = () => open(envelope, { ...opening, grant: read(), replayGuard })
  expect(await outcomeOf(again)).toBe('REPLAYED')
  expect(claims[0]).toEqual(claims[1])
  expect(claims[0]).toContainEqual(new Date(9_000))
})

test.each(['-000001-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z'])(
  'a time that the format does not have is FORMAT: %s',
  (time) => {
    const trust = { from: bob.public }
    expect(() => readGrant({ ...forCarol, issuedAt: time }, trust)).toThrow(
      expect.objectContaining({ code: 'FORMAT' }),
    )
    expect(() => readGrant({ ...forCarol, expiresAt: time }, trust)).toThrow(
      expect.objectContaining({ code: 'FORMAT' }),
    )
  },
)
