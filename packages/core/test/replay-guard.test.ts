import { memoryReplayGuard, open, openStream, type ReplayGuard, seal } from '@zkeb/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { people } from '../../../test/support/identities'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'
import * as chunked from '../src/content/chunked'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const sealing = { to: bob.public, from: alice }
const opening = { as: bob, from: alice.public }
const HOUR = 3_600_000

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A guard that writes down what it is asked. */
function recorder(answer: (claims: number) => unknown) {
  const claims: unknown[][] = []
  const claim = (...args: unknown[]) => {
    claims.push(args)
    return answer(claims.length)
  }
  return { claims, guard: { claim } as ReplayGuard }
}

/** All that is opened from now on. */
function spyOnContents() {
  const contents: Uint8Array[] = []
  const { openContent } = chunked
  vi.spyOn(chunked, 'openContent').mockImplementation(async (...args) => {
    const content = await openContent(...args)
    contents.push(content)
    return content
  })
  return contents
}

describe('open() with a replay guard', () => {
  test('opens once', async () => {
    const envelope = await seal('x', sealing)
    const replayGuard = memoryReplayGuard()
    expect((await open(envelope, { ...opening, replayGuard })).text()).toBe('x')
    const again = () => open(JSON.stringify(envelope), { ...opening, replayGuard })
    expect(await outcomeOf(again)).toBe('REPLAYED')
    expect(await outcomeOf(() => open(envelope, opening))).toBe('none')
  })

  test('of many at once, one opens', async () => {
    const envelope = await seal('x', sealing)
    const replayGuard = memoryReplayGuard()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        outcomeOf(() => open(envelope, { ...opening, replayGuard })),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'none').length).toBe(1)
    expect(outcomes.filter((outcome) => outcome === 'REPLAYED').length).toBe(19)
  })

  test('is asked by sender and id, with the expiry', async () => {
    const expiresAt = Date.now() + HOUR
    const envelope = await seal('x', { ...sealing, expiresAt })
    const { claims, guard } = recorder(() => true)
    await open(envelope, { ...opening, replayGuard: guard })
    const sender = Buffer.from(alice.public.signing.fingerprint).toString('hex')
    expect(claims).toEqual([[`${sender}:${envelope.id}`, new Date(expiresAt)]])
    await open(await seal('x', sealing), { ...opening, replayGuard: guard })
    expect(claims[1]?.[1]).toBeUndefined()
  })

  test('is not asked about what does not open', async () => {
    const envelope = await seal('x', sealing)
    const { claims, guard } = recorder(() => true)
    const attempts = [
      open({ ...envelope, createdAt: 1 }, { ...opening, replayGuard: guard }),
      open(envelope, { ...opening, as: carol, replayGuard: guard }),
      open({ ...envelope, iv: new Uint8Array(12) }, { ...opening, replayGuard: guard }),
    ]
    const outcomes = await Promise.all(attempts.map((attempt) => outcomeOf(() => attempt)))
    expect(outcomes).toEqual(['SIGNATURE', 'NOT_RECIPIENT', 'OPEN'])
    expect(claims).toEqual([])
  })

  test.each([
    ['false', () => false],
    ['a promise of false', async () => false],
  ])('that answers %s: REPLAYED, and the content is wiped', async (_name, answer) => {
    const contents = spyOnContents()
    const envelope = await seal('secret', sealing)
    const { guard } = recorder(answer)
    const refused = () => open(envelope, { ...opening, replayGuard: guard })
    expect(await outcomeOf(refused)).toBe('REPLAYED')
    expect(contents).toEqual([new Uint8Array(6)])
  })

  test('that is down: its own error comes through', async () => {
    const down = new Error('no database')
    const { guard } = recorder(() => Promise.reject(down))
    const envelope = await seal('x', sealing)
    expect(await errorOf(() => open(envelope, { ...opening, replayGuard: guard }))).toBe(down)
  })
})

describe('memoryReplayGuard', () => {
  const later = () => new Date(Date.now() + HOUR)

  test('gives true once', () => {
    const guard = memoryReplayGuard()
    expect(guard.claim('a', later())).toBe(true)
    expect(guard.claim('a', later())).toBe(false)
    expect(guard.claim('a')).toBe(false)
    expect(guard.claim('b')).toBe(true)
  })

  test('full: LIMIT, for what is new; what is known is still refused', async () => {
    const guard = memoryReplayGuard({ maxEntries: 2 })
    await guard.claim('a')
    await guard.claim('b', later())
    expect(await outcomeOf(() => guard.claim('c'))).toBe('LIMIT')
    expect(guard.claim('a')).toBe(false)
    expect(guard.claim('b')).toBe(false)
  })

  test('full: forgets what has expired, and nothing else', async () => {
    vi.useFakeTimers({ now: 1_000 })
    const guard = memoryReplayGuard({ maxEntries: 3 })
    await guard.claim('for ever')
    await guard.claim('short', new Date(2_000))
    await guard.claim('long', new Date(9_000))
    expect(await outcomeOf(() => guard.claim('new', new Date(9_000)))).toBe('LIMIT')
    vi.setSystemTime(2_000)
    expect(guard.claim('new', new Date(9_000))).toBe(true)
    expect(guard.claim('long', new Date(9_000))).toBe(false)
    expect(guard.claim('for ever')).toBe(false)
  })

  test('what has expired is never fresh, so that forgetting it reopens nothing', () => {
    vi.useFakeTimers({ now: 1_000 })
    const guard = memoryReplayGuard({ maxEntries: 1 })
    expect(guard.claim('a', new Date(2_000))).toBe(true)
    vi.setSystemTime(2_000)
    expect(guard.claim('b', new Date(3_000))).toBe(true)
    expect(guard.claim('a', new Date(2_000))).toBe(false)
  })

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5'])(
    'maxEntries %s: misuse',
    async (maxEntries) => {
      const message = await misuseOf(() => memoryReplayGuard({ maxEntries: maxEntries as number }))
      expect(message).toMatch(/^maxEntries: /)
    },
  )
})

test.each([memoryReplayGuard, {}, () => true, { claim: true }])(
  'what is no guard: misuse that names it, and nothing opens',
  async (guard) => {
    const contents = spyOnContents()
    const replayGuard = guard as unknown as ReplayGuard
    const envelope = await seal('secret', sealing)
    expect(await misuseOf(() => open(envelope, { ...opening, replayGuard }))).toMatch(
      /^replayGuard: /,
    )
    expect(contents).toEqual([new Uint8Array(6)])
    expect(await misuseOf(() => openStream({ ...opening, replayGuard }))).toMatch(/^replayGuard: /)
  },
)

test.each([undefined, null, 1, 'false', {}, [], 'OK'])(
  'an answer that is neither true nor false is none, and nothing opens: %j',
  async (answer) => {
    const contents = spyOnContents()
    const envelope = await seal('secret', sealing)
    const { guard } = recorder(() => answer)
    const attempt = () => open(envelope, { ...opening, replayGuard: guard })
    expect(await misuseOf(attempt)).toBe('replayGuard.claim: must return true or false')
    expect(contents).toEqual([new Uint8Array(6)])
  },
)

test('a clock that steps back makes nothing fresh that was forgotten', () => {
  vi.useFakeTimers({ now: 10_000 })
  const guard = memoryReplayGuard({ maxEntries: 1 })
  expect(guard.claim('a', new Date(11_000))).toBe(true)
  vi.setSystemTime(12_000)
  expect(guard.claim('b', new Date(20_000))).toBe(true)
  vi.setSystemTime(10_000)
  expect(guard.claim('a', new Date(11_000))).toBe(false)
})
