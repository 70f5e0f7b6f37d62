/** The JSON form: its members, and what is refused. */

import { decode, type EnvelopeJson, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people } from '../../../test/support/identities'
import { outcomeOf } from '../../../test/support/outcome'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const sealed = await seal('hello', {
  to: [bob.public, carol.public],
  from: alice,
  metadata: { a: 1 },
  now: 1_700_000_000_123,
  expiresAt: 1_800_000_000_000,
})
const json = sealed.toJSON()

const outcome = (change: Record<string, unknown>) =>
  outcomeOf(() => decode({ ...json, ...change } as unknown as EnvelopeJson))

const without = (name: string) => {
  const { [name as 'id']: _, ...rest } = json
  return rest as unknown as EnvelopeJson
}

test('members are the documented columns', () => {
  expect(json).toEqual({
    version: 'zkeb/envelope/v1',
    id: sealed.id,
    createdAt: '2023-11-14T22:13:20.123Z',
    expiresAt: '2027-01-15T08:00:00.000Z',
    algorithm: 'AES-256-GCM',
    keyAlgorithm: 'RSA-OAEP',
    signatureAlgorithm: 'RSA-PSS',
    metadata: { a: 1 },
    encryptedData: Buffer.from(sealed.content.subarray(0, -16)).toString('base64'),
    authTag: Buffer.from(sealed.content.subarray(-16)).toString('base64'),
    iv: Buffer.from(sealed.iv).toString('base64'),
    signature: Buffer.from(sealed.signature).toString('base64'),
    encryptedKey: Buffer.from(sealed.recipients[0].encryptedKey).toString('base64'),
    recipients: sealed.recipients.map(({ fingerprint, encryptedKey }, i) => ({
      fingerprint: Buffer.from(fingerprint).toString('base64'),
      ...(i > 0 && { encryptedKey: Buffer.from(encryptedKey).toString('base64') }),
    })),
  })
})

const REQUIRED = [
  'id',
  'createdAt',
  'algorithm',
  'keyAlgorithm',
  'signatureAlgorithm',
  'encryptedData',
  'authTag',
  'iv',
  'signature',
  'encryptedKey',
  'recipients',
  'version',
] as const

test.each(REQUIRED)('without %s: FORMAT', async (name) => {
  expect(await outcomeOf(() => decode(without(name)))).toBe('FORMAT')
})

const WRONG = [null, 0, 1.5, '', 'x', true, [], {}, [[]], 'AAAA', Number.NaN]

test.each(REQUIRED.filter((name) => !/lgorithm/.test(name)))(
  '%s of another type: FORMAT',
  async (name) => {
    for (const value of WRONG) {
      expect(await outcome({ [name]: value }), JSON.stringify(value)).toBe('FORMAT')
    }
  },
)

test.each(['algorithm', 'keyAlgorithm', 'signatureAlgorithm'])(
  '%s of another type',
  async (name) => {
    for (const value of WRONG) {
      const expected = typeof value === 'string' ? 'SUITE_NOT_ALLOWED' : 'FORMAT'
      expect(await outcome({ [name]: value }), JSON.stringify(value)).toBe(expected)
    }
  },
)

test.each(['expiresAt', 'senderPrivateKeyId', 'metadata'])(
  '%s: null is not absent',
  async (name) => {
    expect(await outcome({ [name]: null })).toBe('FORMAT')
  },
)

describe('unknown members', () => {
  test.each(['extra', 'content', 'status', '__proto__', 'constructor', 'toJSON'])(
    '%s: FORMAT',
    async (name) => {
      const text = JSON.stringify(json).replace('{', `{${JSON.stringify(name)}:1,`)
      expect(await outcomeOf(() => decode(text))).toBe('FORMAT')
      expect(await outcomeOf(() => decode(JSON.parse(text)))).toBe('FORMAT')
    },
  )

  test('in a recipient: FORMAT', async () => {
    const [first, second] = json.recipients
    expect(await outcome({ recipients: [{ ...first, extra: 1 }, second] })).toBe('FORMAT')
    expect(await outcome({ recipients: [first, { ...second, ['__proto__']: 1 }] })).toBe('FORMAT')
  })
})

describe('versions', () => {
  test.each([
    ['zkeb/envelope/v2', 'VERSION'],
    ['zkeb/envelope/v11', 'VERSION'],
    ['zkeb/stream/v1', 'VERSION'],
    ['zkeb/Envelope/v1', 'VERSION'],
    ['zkeb/', 'VERSION'],
    ['ZKEB/envelope/v1', 'FORMAT'],
    ['v1', 'FORMAT'],
    ['', 'FORMAT'],
    [1, 'FORMAT'],
    [undefined, 'FORMAT'],
  ])('%j: %s', async (version, code) => {
    expect(await outcome({ version })).toBe(code)
    expect(await outcomeOf(() => decode({ ...sealed, version } as never))).toBe(code)
  })
})

describe('one encoding only', () => {
  test('the other recipients carry a wrapped key', async () => {
    const [first, second] = json.recipients
    expect(await outcome({ recipients: [first, { fingerprint: second?.fingerprint }] })).toBe(
      'FORMAT',
    )
  })

  test.each([
    ['upper case', sealed.id.toUpperCase().replaceAll('0', 'A')],
    ['braces', `{${sealed.id}}`],
    ['no hyphens', sealed.id.replaceAll('-', '')],
    ['line feed', `${sealed.id}\n`],
  ])('id with %s: FORMAT', async (_name, id) => {
    expect(await outcome({ id })).toBe('FORMAT')
  })

  test.each(['encryptedData', 'authTag', 'iv', 'signature', 'encryptedKey'] as const)(
    '%s in another Base64 is refused',
    async (name) => {
      const text = json[name]
      const others = [`${text}\n`, ` ${text}`, text.replace(/=+$/, ''), `${text}=`, `${text}====`]
      if (text.includes('+')) others.push(text.replaceAll('+', '-'))
      for (const other of others.filter((other) => other !== text)) {
        expect(await outcome({ [name]: other }), other).toBe('FORMAT')
      }
    },
  )

  const TIMES = [
    '2023-11-14T22:13:20Z',
    '2023-11-14T22:13:20.1Z',
    '2023-11-14T22:13:20.123+00:00',
    '2023-11-14t22:13:20.123z',
    '2023-11-14 22:13:20.123Z',
    '2023-02-30T00:00:00.000Z',
    '2023-11-14T24:00:00.000Z',
    '2023-11-14T23:59:60.000Z',
    '+002023-11-14T22:13:20.123Z',
    '1969-12-31T23:59:59.999Z',
    '0000-01-01T00:00:00.000Z',
    '2023-11-14T22:13:20.123Z\n',
    '1700000000123',
    1_700_000_000_123,
  ]
  test.each(TIMES)('time %j: FORMAT', async (time) => {
    expect(await outcome({ createdAt: time })).toBe('FORMAT')
    expect(await outcome({ expiresAt: time })).toBe('FORMAT')
  })

  test('microseconds belong to rows: FORMAT', async () => {
    expect(await outcome({ createdAt: '2023-11-14T22:13:20.123000Z' })).toBe('FORMAT')
  })
})

test.each([
  '',
  'x',
  '[]',
  'null',
  '1',
  '"x"',
  '{',
  '{}',
  '{"version":"zkeb/envelope/v1"}',
  '\ufeff{}',
])('text %j is not an envelope: FORMAT', async (text) => {
  expect(await outcomeOf(() => decode(text))).toBe('FORMAT')
})

test.each([null, undefined, 1, true, [], new Date(), new Map(), () => 1, Symbol('x'), 1n, {}])(
  'value %s is not an envelope: FORMAT',
  async (value) => {
    expect(await outcomeOf(() => decode(value as never))).toBe('FORMAT')
  },
)

test('recipients of holes alone are LIMIT at once', async () => {
  const recipients = new Array(2 ** 29)
  expect(await outcomeOf(() => decode({ ...json, recipients } as never))).toBe('LIMIT')
})
