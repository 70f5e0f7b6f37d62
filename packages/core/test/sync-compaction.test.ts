import type { Identity } from '@zkeb/core'
import {
  type Compaction,
  compareClocks,
  decodeVersion,
  encodeVersion,
  mergeClocks,
  openCompactions,
  pruneClock,
  restoreClock,
  type StoredClock,
  signCompaction,
} from '@zkeb/core/sync'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { bytesToHex } from '../../../test/support/bytes'
import { peopleOf, SUITES } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import {
  ACCOUNT,
  chainOf,
  clockOf,
  clocks,
  compact,
  device,
  MANIFEST,
  MAX,
  openChain,
  SCOPE,
  versionOf,
} from '../../../test/support/sync'

let alice: Identity
let bob: Identity
beforeAll(async () => {
  ;({ alice, bob } = await peopleOf('x25519'))
})

/** Devices 0 to n-1, each with this count. */
const many = (n: number, count = 1) => clockOf(...Array.from({ length: n }, () => count))
const hexOf = (compaction: Compaction | undefined) =>
  bytesToHex(compaction?.digest ?? new Uint8Array())

describe('pruning', () => {
  test('leaves out what the newest floor says, and keeps what is above it', async () => {
    const chain = await chainOf(alice, [clockOf(2), clockOf(2, 5)])
    expect(pruneClock(clockOf(2, 5, 7), chain)).toEqual({
      compaction: hexOf(chain[1]),
      entries: { [device(2)]: 7 },
    })
    // A late version of a device that has retired.
    expect(pruneClock(clockOf(2, 6, 7), chain)).toEqual({
      compaction: hexOf(chain[1]),
      entries: { [device(1)]: 6, [device(2)]: 7 },
    })
  })

  test('a clock that knows less than the floor does not get to claim it', async () => {
    const chain = await chainOf(alice, [clockOf(2), clockOf(2, 5)])
    expect(pruneClock(clockOf(2, 4, 7), chain)).toEqual({
      compaction: hexOf(chain[0]),
      entries: { [device(1)]: 4, [device(2)]: 7 },
    })
    expect(pruneClock(clockOf(1, 5), chain)).toEqual({ entries: clockOf(1, 5) })
    expect(pruneClock({}, chain)).toEqual({ entries: {} })
  })

  test('loses nothing, whatever the clock and the chain', async () => {
    const chains = fc.array(clocks(), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(chains, clocks(), clocks(), fc.nat(3), async (floors, a, b, cut) => {
        const chain = await chainOf(alice, floors)
        // Somebody who has not seen the newest compactions yet.
        const [storedA, storedB] = [pruneClock(a, chain.slice(0, cut)), pruneClock(b, chain)]
        const [backA, backB] = [restoreClock(storedA, chain), restoreClock(storedB, chain)]
        expect([backA, backB]).toEqual([a, b])
        expect(compareClocks(backA, backB)).toBe(compareClocks(a, b))
        expect(mergeClocks(backA, backB)).toEqual(mergeClocks(a, b))
        for (const { compaction, entries } of [storedA, storedB]) {
          const floor = chain.find((one) => hexOf(one) === compaction)?.floor ?? {}
          for (const [name, count] of Object.entries(entries)) {
            expect(count).toBeGreaterThan(floor[name] ?? 0)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('takes the newest compaction that says nothing new to the clock', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(clocks(), { maxLength: 3 }), clocks(), async (floors, clock) => {
        const chain = await chainOf(alice, floors)
        const fits = ({ floor }: Compaction) =>
          Object.entries(floor).every(([name, count]) => (clock[name] ?? 0) >= count)
        const newest = chain.filter(fits).at(-1)
        expect(pruneClock(clock, chain).compaction).toBe(newest && hexOf(newest))
      }),
      { numRuns: 40 },
    )
  })

  test('128 entries are stored, 129 need a compaction', async () => {
    expect(await outcomeOf(() => pruneClock(many(128)))).toBe('none')
    expect(await outcomeOf(() => pruneClock(many(129)))).toBe('LIMIT')
    expect(await outcomeOf(() => encodeVersion(versionOf(many(129))))).toBe('LIMIT')
    expect(await outcomeOf(() => restoreClock({ entries: many(129) }))).toBe('LIMIT')
    const chain = await chainOf(alice, [clockOf(1)])
    expect(restoreClock(pruneClock(many(129), chain), chain)).toEqual(many(129))
  })

  test('the longest stored clock fits the column, with the spaces that PostgreSQL writes', () => {
    const compaction = 'f'.repeat(64)
    const text = JSON.stringify({ compaction, entries: many(128, MAX) }, null, 1)
    expect(text.replaceAll('\n', '').length).toBeLessThanOrEqual(16_384)
  })

  test.each([
    ['nothing', undefined],
    ['no entries', {}],
    ['an array', { entries: [] }],
    ['another member', { entries: {}, x: 1 }],
    ['a compaction that is null', { entries: {}, compaction: null }],
    ['a compaction in upper case', { entries: {}, compaction: 'F'.repeat(64) }],
    ['a count of zero', { entries: { [device(1)]: 0 } }],
    ['a count as text', { entries: { [device(1)]: '1' } }],
    ['__proto__', JSON.parse('{"entries":{"__proto__":1}}')],
    ['__proto__ outside', JSON.parse('{"entries":{},"__proto__":{}}')],
  ])('a stored clock with %s is refused', async (_, stored) => {
    expect(await outcomeOf(() => restoreClock(stored as StoredClock))).toBe('FORMAT')
  })

  test('a stored clock has one form', async () => {
    const chain = await chainOf(alice, [clockOf(2)])
    const compaction = hexOf(chain[0])
    for (const count of [1, 2]) {
      const stored = { compaction, entries: clockOf(count) }
      expect(await outcomeOf(() => restoreClock(stored, chain))).toBe('FORMAT')
    }
    expect(restoreClock({ compaction, entries: clockOf(3) }, chain)).toEqual(clockOf(3))
  })

  test('a compaction that is not at hand is not guessed', async () => {
    const [ours, theirs] = [await chainOf(alice, [clockOf(2)]), await chainOf(bob, [clockOf(1)])]
    const stored = pruneClock(clockOf(2), theirs)
    expect(await outcomeOf(() => restoreClock(stored, ours))).toBe('COMPACTION_UNKNOWN')
    const version = encodeVersion(versionOf(clockOf(2)), theirs)
    expect(await outcomeOf(() => decodeVersion(version, ours))).toBe('COMPACTION_UNKNOWN')
    expect(await outcomeOf(() => decodeVersion(version))).toBe('COMPACTION_UNKNOWN')
  })
})

describe('versions', () => {
  test('come back as they were, with and without compactions', async () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const lamports = fc.integer({ min: 1, max: MAX })
    const chain = await chainOf(alice, [clockOf(0, 2), clockOf(0, 2, 1)])
    fc.assert(
      fc.property(clocks(), lamports, bytes, fc.nat(2), (clock, lamport, contentDigest, cut) => {
        const version = versionOf({ ...clock, [device(0)]: 1 }, { lamport, contentDigest })
        const encoded = encodeVersion(version, chain.slice(0, cut))
        const decoded = decodeVersion(encoded, chain)
        expect({ ...decoded, contentDigest: [...decoded.contentDigest] }).toEqual({
          ...version,
          contentDigest: [...contentDigest],
        })
        expect(encodeVersion(decoded, chain.slice(0, cut))).toEqual(encoded)
      }),
    )
  })

  test('a change of any bit is refused, or is another version', async () => {
    const [compaction] = await chainOf(alice, [clockOf(0, 2)])
    const chain = compaction ? [compaction] : []
    const encoded = encodeVersion(versionOf(clockOf(1, 3, 2)), chain)
    for (let bit = 0; bit < encoded.length * 8; bit++) {
      const changed = new Uint8Array(encoded)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      const outcome = await outcomeOf(() => {
        expect(encodeVersion(decodeVersion(changed, chain), chain)).toEqual(changed)
      })
      expect(['none', 'FORMAT', 'VERSION', 'COMPACTION_UNKNOWN']).toContain(outcome)
    }
  })

  test('every shorter and longer text is refused', async () => {
    const encoded = encodeVersion(versionOf(clockOf(1, 3)))
    for (let length = 0; length < encoded.length; length++) {
      expect(await outcomeOf(() => decodeVersion(encoded.subarray(0, length)))).toBe('FORMAT')
    }
    expect(await outcomeOf(() => decodeVersion(Uint8Array.of(...encoded, 0)))).toBe('FORMAT')
    expect(await outcomeOf(() => decodeVersion(new Uint8Array(16_384)))).toBe('FORMAT')
    expect(await outcomeOf(() => decodeVersion(new Uint8Array(16_385)))).toBe('LIMIT')
    expect(await outcomeOf(() => decodeVersion('' as never))).toBe('TypeError')
  })

  test('is read from a view over shared memory, and keeps nothing of it', () => {
    const encoded = encodeVersion(versionOf(clockOf(1, 3)))
    const shared = new Uint8Array(new SharedArrayBuffer(encoded.length + 8))
    shared.set(encoded, 4)
    const decoded = decodeVersion(shared.subarray(4, -4))
    shared.fill(0xff)
    expect(encodeVersion(decoded)).toEqual(encoded)
    expect(decoded.contentDigest.buffer.byteLength).toBe(32)
  })
})

describe('compactions', () => {
  test.each(SUITES)('are signed and opened again, suite %s', async (suite) => {
    const people = await peopleOf(suite)
    const first = await compact(people.alice, clockOf(2))
    const second = await compact(people.bob, clockOf(0, 3), first)
    const chain = await openChain([first.record, second.record], people.bob)
    expect(chain).toEqual([first, second])
    expect(second.floor).toEqual(clockOf(2, 3))
    expect(second.predecessor).toEqual(first.digest)
  })

  test('no chain is a chain', async () => {
    expect(await openChain([], alice)).toEqual([])
  })

  test('hold what retired devices had, and all that retired before', async () => {
    const options = {
      ...{ accountId: ACCOUNT, scopeHash: SCOPE, manifestDigest: MANIFEST, as: alice },
      clock: clockOf(1, 2, 3),
    }
    const first = await signCompaction({ ...options, retired: [device(1), device(7)] })
    expect(first.floor).toEqual(clockOf(0, 2))
    // The second writer knows less of device 1.
    const less = { ...options, clock: clockOf(1, 1, 3) }
    const second = await signCompaction({ ...less, predecessor: first, retired: [device(2)] })
    expect(second.floor).toEqual(clockOf(0, 2, 3))
    // And the third knows of a late version.
    const late = { ...options, clock: clockOf(1, 4, 3) }
    const third = await signCompaction({ ...late, predecessor: second, retired: [] })
    expect(third.floor).toEqual(clockOf(0, 4, 3))
    expect([first, second, third].map(({ sequence }) => sequence)).toEqual([1, 2, 3])
  })

  test('the resolver is told who signed and what they knew, of the last record alone', async () => {
    const chain = await chainOf(alice, [clockOf(1), clockOf(2)])
    const hints: unknown[] = []
    await openCompactions(
      chain.map(({ record }) => record),
      {
        ...{ accountId: ACCOUNT, scopeHash: SCOPE },
        from: (hint) => {
          hints.push(hint)
          return alice.public.signing
        },
      },
    )
    expect(hints).toEqual([
      { fingerprint: alice.public.signing.fingerprint, manifestDigest: MANIFEST },
    ])
  })

  test('1024 compactions are a chain, and nobody makes one that no reader would take', async () => {
    const near = { ...(await compact(alice, clockOf(1))), sequence: 1023 }
    const last = await compact(alice, clockOf(1), near)
    expect(last.sequence).toBe(1024)
    expect(await outcomeOf(() => compact(alice, clockOf(1), last))).toBe('LIMIT')
  })

  test('1024 devices retire, one more does not', async () => {
    const full = await compact(alice, many(1024, MAX))
    expect(full.record.length).toBeLessThan(65_536)
    expect(await openChain([full.record], alice)).toEqual([full])
    expect(await outcomeOf(() => compact(alice, many(1025)))).toBe('LIMIT')
    expect(await outcomeOf(() => compact(alice, { [device(1024)]: 1 }, full))).toBe('LIMIT')
  })

  test.each([
    ['accountId', { accountId: new Uint8Array(31) }],
    ['scopeHash', { scopeHash: 'x' }],
    ['manifestDigest', { manifestDigest: undefined }],
    ['clock', { clock: { x: 1 } }],
    ['retired', { retired: ['x'] }],
    ['retired', { retired: device(1) }],
    ['as', { as: {} }],
    ['no option x', { x: 1 }],
  ])('a wrong %s is misuse', async (name, wrong) => {
    const options = {
      ...{ accountId: ACCOUNT, scopeHash: SCOPE, manifestDigest: MANIFEST, as: alice },
      ...{ clock: clockOf(1), retired: [] },
      ...wrong,
    }
    expect(await misuseOf(() => signCompaction(options as never))).toMatch(new RegExp(`^${name}`))
  })

  test('a predecessor of another scope is misuse', async () => {
    const predecessor = await compact(alice, clockOf(1))
    const options = {
      ...{ accountId: ACCOUNT, scopeHash: ACCOUNT, manifestDigest: MANIFEST, as: alice },
      ...{ clock: clockOf(1), retired: [], predecessor },
    }
    expect(await misuseOf(() => signCompaction(options))).toMatch(/^predecessor:/)
  })

  const noKey = () => undefined
  test.each([
    ['records', [['x'], { accountId: ACCOUNT, scopeHash: SCOPE, from: noKey }]],
    ['records', [{}, { accountId: ACCOUNT, scopeHash: SCOPE, from: noKey }]],
    ['accountId', [[], { scopeHash: SCOPE, from: noKey }]],
    ['scopeHash', [[], { accountId: ACCOUNT, from: noKey }]],
    ['from', [[], { accountId: ACCOUNT, scopeHash: SCOPE }]],
  ])('opening with wrong %s is misuse', async (name, args) => {
    const work = () => openCompactions(...(args as unknown as Parameters<typeof openCompactions>))
    expect(await misuseOf(work)).toMatch(new RegExp(`^${name}:`))
  })
})

describe('a hostile server', () => {
  const open = (chain: readonly Compaction[], by = alice) =>
    outcomeOf(() =>
      openChain(
        chain.map(({ record }) => record),
        by,
      ),
    )

  test('leaves one out, swaps two, doubles one', async () => {
    const [a, b, c] = (await chainOf(alice, [clockOf(1), clockOf(2), clockOf(3)])) as Three
    expect(await open([a, b, c])).toBe('none')
    expect(await open([a, b])).toBe('none')
    for (const chain of [[b, c], [a, c], [b, a, c], [a, a, b], [a, b, b], [c]]) {
      expect(await open(chain)).toBe('FORMAT')
    }
  })

  test('puts a record of its own in the middle', async () => {
    const [a, b, c] = (await chainOf(alice, [clockOf(1), clockOf(2), clockOf(3)])) as Three
    const forged = await compact(bob, clockOf(3), a)
    expect(await open([a, forged, c])).toBe('SIGNATURE')
    expect(await open([a, b, c])).toBe('none')
  })

  test('puts a record of its own at the end', async () => {
    const [a] = (await chainOf(alice, [clockOf(1)])) as [Compaction]
    const forged = await compact(bob, clockOf(9), a)
    const records = [a.record, forged.record]
    expect(await open([a, forged])).toBe('SIGNATURE')
    const scope = { accountId: ACCOUNT, scopeHash: SCOPE }
    const nobody = { ...scope, from: () => null }
    expect(await outcomeOf(() => openCompactions(records, nobody))).toBe('SIGNER_UNKNOWN')
  })

  test('shows the chain of another scope, or account', async () => {
    const { record } = await compact(alice, clockOf(1))
    const from = () => alice.public.signing
    for (const other of [
      { accountId: ACCOUNT, scopeHash: ACCOUNT },
      { accountId: SCOPE, scopeHash: SCOPE },
    ]) {
      const work = () => openCompactions([record], { ...other, from })
      expect(await outcomeOf(work)).toBe('SIGNATURE')
    }
  })

  test('changes any byte', async () => {
    const [a, b] = (await chainOf(alice, [clockOf(1), clockOf(2, 1)])) as Three
    for (const [i, record] of [a.record, b.record].entries()) {
      // What is behind the body of the first is not looked at: the digest in the second vouches for the body.
      const end = i === 0 ? record.length - 64 - 8 - 32 - 8 : record.length
      for (let at = 0; at < end; at++) {
        const changed = new Uint8Array(record)
        changed[at] = (changed[at] as number) ^ 0x01
        const records = i === 0 ? [changed, b.record] : [a.record, changed]
        const outcome = await outcomeOf(() => openChain(records, alice))
        expect(['FORMAT', 'VERSION', 'SIGNATURE']).toContain(outcome)
      }
    }
  })

  test('shows too much', async () => {
    const [a] = (await chainOf(alice, [clockOf(1)])) as [Compaction]
    expect(await outcomeOf(() => openChain(Array(1025).fill(a.record), alice))).toBe('LIMIT')
    expect(await outcomeOf(() => openChain([new Uint8Array(65_537)], alice))).toBe('LIMIT')
    expect(await outcomeOf(() => openChain([new Uint8Array(65_536)], alice))).toBe('FORMAT')
  })

  test('changes the bytes while they are verified', async () => {
    const { record } = await compact(alice, clockOf(1))
    const given = new Uint8Array(record)
    const opening = openCompactions([given], {
      ...{ accountId: ACCOUNT, scopeHash: SCOPE },
      from: (hint) => {
        given.fill(0)
        hint.manifestDigest.fill(0)
        hint.fingerprint.fill(0)
        return alice.public.signing
      },
    })
    const [compaction] = await opening
    expect(compaction?.record).toEqual(record)
    expect(compaction?.manifestDigest).toEqual(MANIFEST)
  })
})

type Three = [Compaction, Compaction, Compaction]
