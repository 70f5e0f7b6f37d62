import { generateIdentity, type Identity } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { personOf, SUITES } from '../../../test/support/identities'
import { errorOf, outcomeOf } from '../../../test/support/outcome'
import { AccountKey, type KeyLabel } from '../src/account/account-key'
import { KEY_LABELS } from '../src/account/constants'
import { backend } from '../src/crypto/current'

const accountId = new Uint8Array(32).fill(7)
const other = new Uint8Array(32).fill(8)
const first = AccountKey.generate({ accountId, generation: 3 })
const second = AccountKey.generate({ accountId, generation: 4 })
const sha256 = async (bytes: Uint8Array) => backend().sha256(new Uint8Array(bytes))
const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

describe('derived keys', () => {
  test('differ by label, generation and account, and are the same every time', async () => {
    const bytes = new Uint8Array(32).fill(1)
    const keys = [
      new AccountKey(bytes.slice(), { accountId, generation: 0 }),
      new AccountKey(bytes.slice(), { accountId, generation: 1 }),
      new AccountKey(bytes.slice(), { accountId: other, generation: 0 }),
    ]
    const derived = keys.flatMap((key) => [
      key.commitment(),
      ...KEY_LABELS.map((label) => key.derive(label)),
    ])
    const texts = (await Promise.all(derived)).map(String)
    expect(new Set(texts).size).toBe(3 * (KEY_LABELS.length + 1))
    expect(texts[0]).toBe(String(await keys[0]?.commitment()))
  })

  test.each(['zkeb/ak-wrap/v1', 'zkeb/ak-commit/v1', '', undefined])(
    'not that of the label %s',
    async (label) => {
      expect(await outcomeOf(() => first.derive(label as KeyLabel))).toBe('TypeError')
    },
  )

  test('an account key shows in no log', () => {
    expect(JSON.stringify(first)).not.toContain('key')
    expect(Object.keys(first)).toEqual(['place'])
  })
})

describe('a wrapped predecessor', () => {
  test('is 104 bytes, and opens under the next account key alone', async () => {
    const wrapped = await second.wrapPredecessor(first)
    expect(wrapped.length).toBe(104)
    const commitment = await first.commitment()
    const opened = await second.unwrapPredecessor(wrapped, commitment)
    expect(opened.place).toEqual({ accountId, generation: 3 })
    expect(await opened.derive('zkeb/ak-backup/v1')).toEqual(
      await first.derive('zkeb/ak-backup/v1'),
    )
    const third = AccountKey.generate({ accountId, generation: 4 })
    expect(await outcomeOf(() => third.unwrapPredecessor(wrapped, commitment))).toBe('OPEN')
  })

  test('with another commitment, length, generation or account is OPEN', async () => {
    const wrapped = await second.wrapPredecessor(first)
    const commitment = await first.commitment()
    const bytes = new Uint8Array(32).fill(1)
    const wrapping = new AccountKey(bytes.slice(), { accountId, generation: 4 })
    const later = new AccountKey(bytes.slice(), { accountId, generation: 5 })
    const elsewhere = new AccountKey(bytes.slice(), { accountId: other, generation: 4 })
    const byIt = await wrapping.wrapPredecessor(first)
    const attempts = [
      () => second.unwrapPredecessor(wrapped, flip(commitment, 31)),
      () => second.unwrapPredecessor(wrapped.subarray(1), commitment),
      () => second.unwrapPredecessor(new Uint8Array(0), commitment),
      () => second.unwrapPredecessor(flip(wrapped, 90), commitment),
      () => later.unwrapPredecessor(byIt, commitment),
      () => elsewhere.unwrapPredecessor(byIt, commitment),
    ]
    for (const attempt of attempts) expect(await outcomeOf(attempt)).toBe('OPEN')
    const messages = await Promise.all(
      attempts.map(async (attempt) => String(await errorOf(attempt))),
    )
    expect(new Set(messages).size).toBe(1)
    expect(await outcomeOf(() => wrapping.unwrapPredecessor(byIt, commitment))).toBe('none')
  })
})

async function openSealed(sealed: Uint8Array, holder: Identity, changed = {}) {
  return AccountKey.open(sealed, holder, {
    ...first.place,
    digest: await sha256(sealed),
    commitment: await first.commitment(),
    ...changed,
  })
}

describe.each(SUITES)('a key that is sealed to a holder of suite %s', (suite) => {
  test('opens with all that the manifest says of it', async () => {
    const alice = await personOf(suite, 'alice')
    const sealed = await first.sealTo(alice.public)
    const opened = await openSealed(sealed, alice)
    expect(await opened.commitment()).toEqual(await first.commitment())
  })

  test('is OPEN for another digest, commitment, holder, and what is no key', async () => {
    const alice = await personOf(suite, 'alice')
    const sealed = await first.sealTo(alice.public)
    const bob = await personOf(suite, 'bob')
    const long = { ...alice, decrypter: { unwrap: async () => new Uint8Array(33) } }
    const attempts = [
      () => openSealed(sealed, alice, { digest: new Uint8Array(32) }),
      () => openSealed(sealed, alice, { commitment: new Uint8Array(32) }),
      () => openSealed(sealed, bob),
      () => openSealed(sealed, long),
      () => openSealed(new Uint8Array(0), alice),
      () => openSealed(new Uint8Array(3000), alice),
    ]
    for (const attempt of attempts) expect(await outcomeOf(attempt)).toBe('OPEN')
  })

  test('is not even unwrapped where the digest differs', async () => {
    const { public: alice } = await personOf(suite, 'alice')
    let unwrapped = 0
    const decrypter = {
      unwrap: async () => {
        unwrapped += 1
        return undefined
      },
    }
    const sealed = await first.sealTo(alice)
    const holder = { public: alice, decrypter } as unknown as Identity
    expect(await outcomeOf(() => openSealed(sealed, holder, { digest: new Uint8Array(32) }))).toBe(
      'OPEN',
    )
    expect(unwrapped).toBe(0)
  })
})

test.each(['x25519', 'pq'] as const)(
  'a sealed key of suite %s is bound to account and generation',
  async (suite) => {
    const alice = await personOf(suite, 'alice')
    const sealed = await first.sealTo(alice.public)
    // A key that has the right commitment there, so that only the binding is left to refuse it.
    const seen: (Uint8Array | undefined)[] = []
    const watching: Identity = {
      ...alice,
      decrypter: {
        unwrap: async (...args) => {
          const key = await alice.decrypter.unwrap(...args)
          seen.push(key)
          return key
        },
      },
    }
    expect(await outcomeOf(() => openSealed(sealed, watching, { generation: 4 }))).toBe('OPEN')
    expect(await outcomeOf(() => openSealed(sealed, watching, { accountId: other }))).toBe('OPEN')
    expect(seen).toEqual([undefined, undefined])
  },
)

test('an outage of the holder comes through as it is', async () => {
  const alice = await generateIdentity({ suite: 'x25519' })
  const decrypter = {
    unwrap: async () => {
      throw new Error('the KMS is away')
    },
  }
  const sealed = await first.sealTo(alice.public)
  const place = {
    ...first.place,
    digest: await sha256(sealed),
    commitment: await first.commitment(),
  }
  const opening = AccountKey.open(sealed, { public: alice.public, decrypter }, place)
  await expect(opening).rejects.toThrow('the KMS is away')
})
