import {
  type ClockOrder,
  compareClocks,
  compareVersions,
  mergeClocks,
  nextLamport,
  reconcile,
  tick,
  type VectorClock,
  type Version,
} from '@zkeb/core/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { clockOf, clocks, device, MAX, versionOf } from '../../../test/support/sync'

const OPPOSITE: Record<ClockOrder, ClockOrder> = {
  equal: 'equal',
  before: 'after',
  after: 'before',
  concurrent: 'concurrent',
}

describe('clocks', () => {
  test.each([
    [[], [], 'equal'],
    [[1, 2], [1, 2], 'equal'],
    [[], [1], 'before'],
    [[1, 2], [1, 3], 'before'],
    [[1], [1, 0, 1], 'before'],
    [[2], [1], 'after'],
    [[1, 1], [0, 1], 'after'],
    [[1], [0, 1], 'concurrent'],
    [[2, 1], [1, 2], 'concurrent'],
  ] as const)('%j to %j is %s', (a, b, order) => {
    expect(compareClocks(clockOf(...a), clockOf(...b))).toBe(order)
  })

  test('merging is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(clocks(), clocks(), clocks(), (a, b, c) => {
        expect(mergeClocks(a, b)).toEqual(mergeClocks(b, a))
        expect(mergeClocks(a, mergeClocks(b, c))).toEqual(mergeClocks(mergeClocks(a, b), c))
        expect(mergeClocks(a, a)).toEqual(a)
        expect(mergeClocks(a, {})).toEqual(a)
      }),
    )
  })

  test('merging gives the least clock that is not below either', () => {
    fc.assert(
      fc.property(clocks(), clocks(), clocks(), (a, b, c) => {
        const merged = mergeClocks(a, b)
        const isBound = (clock: VectorClock) =>
          [a, b].every((one) => ['before', 'equal'].includes(compareClocks(one, clock)))
        expect(isBound(merged)).toBe(true)
        if (isBound(c)) expect(compareClocks(merged, c)).toMatch(/^(?:before|equal)$/)
      }),
    )
  })

  test('comparing is antisymmetric, transitive, and agrees with merging', () => {
    fc.assert(
      fc.property(clocks(), clocks(), clocks(), (a, b, c) => {
        const order = compareClocks(a, b)
        expect(compareClocks(b, a)).toBe(OPPOSITE[order])
        expect(order === 'equal').toBe(
          JSON.stringify(inOneOrder(a)) === JSON.stringify(inOneOrder(b)),
        )
        const absorbs = compareClocks(mergeClocks(a, b), b) === 'equal'
        expect(absorbs).toBe(order === 'before' || order === 'equal')
        if (order === 'before' && compareClocks(b, c) === 'before') {
          expect(compareClocks(a, c)).toBe('before')
        }
      }),
    )
  })

  test('a tick is after, and by one device alone', () => {
    fc.assert(
      fc.property(clocks(), fc.nat(4), (clock, n) => {
        const next = tick(clock, device(n))
        expect(compareClocks(clock, next)).toBe('before')
        expect(next).toEqual({ ...clock, [device(n)]: (clock[device(n)] ?? 0) + 1 })
        expect(Object.isFrozen(next)).toBe(true)
      }),
    )
  })

  test('the last count is the last', async () => {
    const last = clockOf(MAX - 1)
    expect(tick(last, device(0))).toEqual(clockOf(MAX))
    expect(await outcomeOf(() => tick(clockOf(MAX), device(0)))).toBe('LIMIT')
  })

  const counts = (count: unknown) => ({ [device(0)]: count })
  test.each([
    ['nothing', undefined],
    ['an array', []],
    ['a count of zero', counts(0)],
    ['a negative count', counts(-1)],
    ['half a count', counts(1.5)],
    ['a count past 2^53-1', counts(MAX + 1)],
    ['a count as text', counts('1')],
    ['a bigint', counts(1n)],
    ['upper case', { [`${'0'.repeat(63)}A`]: 1 }],
    ['a short device', { [device(1).slice(1)]: 1 }],
    ['a line feed behind', { [`${device(1)}\n`]: 1 }],
    ['a word', { constructor: 1 }],
    ['__proto__', JSON.parse('{"__proto__":1}')],
    ['an instance', new (class Clock {})()],
    ['inherited counts', Object.create(counts(1))],
  ])('%s is no clock', async (_, clock) => {
    const good = clockOf(1)
    expect(await misuseOf(() => compareClocks(clock as VectorClock, good))).toMatch(/^a:/)
    expect(await misuseOf(() => mergeClocks(good, clock as VectorClock))).toMatch(/^b:/)
    expect(await misuseOf(() => tick(clock as VectorClock, device(0)))).toMatch(/^clock:/)
  })

  test.each(['constructor', '__proto__', '', device(1).toUpperCase().replace('0', 'A')])(
    '%j is no device',
    async (name) => {
      expect(await misuseOf(() => tick({}, name))).toMatch(/^device:/)
    },
  )

  test('a member that changes while it is read is read once', () => {
    let reads = 0
    const clock = Object.defineProperty({}, device(0), {
      enumerable: true,
      get: () => ++reads,
    })
    expect(mergeClocks(clock, {})).toEqual(clockOf(1))
  })
})

describe('Lamport time', () => {
  test('is one more than the greatest', () => {
    expect(nextLamport(0)).toBe(1)
    expect(nextLamport(7)).toBe(8)
    expect(nextLamport(7, [3, 9, 8])).toBe(10)
    expect(nextLamport(7, [3])).toBe(8)
  })

  test('jumps by 2^32, and no further', async () => {
    expect(nextLamport(5, [2 ** 32 + 5])).toBe(2 ** 32 + 6)
    expect(await outcomeOf(() => nextLamport(5, [2 ** 32 + 6]))).toBe('LIMIT')
    // One received time does not carry another.
    expect(await outcomeOf(() => nextLamport(5, [2 ** 32, 2 ** 32 + 6]))).toBe('LIMIT')
  })

  test('ends at 2^53-1', async () => {
    expect(nextLamport(MAX - 1)).toBe(MAX)
    expect(await outcomeOf(() => nextLamport(MAX))).toBe('LIMIT')
    expect(await outcomeOf(() => nextLamport(MAX - 1, [MAX]))).toBe('LIMIT')
  })

  test.each([-1, 0.5, MAX + 1, Number.NaN, '1'])('%j is no time', async (time) => {
    expect(await misuseOf(() => nextLamport(time as number))).toMatch(/^own:/)
    expect(await misuseOf(() => nextLamport(1, [time as number]))).toMatch(/^received:/)
  })
})

describe('reconciling', () => {
  const other = new Uint8Array(32).fill(1)

  test.each([
    ['the same version', versionOf(clockOf(1, 1)), versionOf(clockOf(1, 1)), 'keep'],
    ['an older one', versionOf(clockOf(2)), versionOf(clockOf(1)), 'keep'],
    ['a newer one', versionOf(clockOf(1)), versionOf(clockOf(2)), 'fast-forward'],
    ['neither', versionOf(clockOf(2, 1)), versionOf(clockOf(1, 2)), 'concurrent'],
    ...[{ contentDigest: other }, { lamport: 2 }, { device: device(1) }].map(
      (rest) =>
        [
          `one clock, another ${Object.keys(rest)}`,
          versionOf(clockOf(1, 1)),
          versionOf(clockOf(1, 1), rest),
          'fork',
        ] as const,
    ),
  ] as const)('%s', (_, local, remote, decision) => {
    expect(reconcile(local, remote)).toBe(decision)
  })

  test('a newer version with a Lamport time too far ahead is refused', async () => {
    const local = versionOf(clockOf(1), { lamport: 3 })
    const remote = (lamport: number) => versionOf(clockOf(2), { lamport })
    expect(reconcile(local, remote(2 ** 32 + 3))).toBe('fast-forward')
    expect(await outcomeOf(() => reconcile(local, remote(2 ** 32 + 4)))).toBe('LIMIT')
    // The other way round it is the local one that is ahead.
    expect(reconcile(remote(MAX), local)).toBe('keep')
  })

  test.each([
    ['clock', { clock: { x: 1 } }],
    ['lamport', { lamport: 0 }],
    ['lamport', { lamport: MAX + 1 }],
    ['device', { device: 'x' }],
    ['device', { device: device(9) }],
    ['contentDigest', { contentDigest: new Uint8Array(31) }],
  ])('a version with a wrong %s is refused', async (name, wrong) => {
    const version = versionOf(clockOf(1), wrong as Partial<Version>)
    const good = versionOf(clockOf(1))
    expect(await misuseOf(() => reconcile(good, version))).toMatch(new RegExp(`^remote.${name}:`))
    expect(await misuseOf(() => compareVersions(version, good))).toMatch(new RegExp(`^a.${name}:`))
  })

  test('display order is by Lamport time, device, digest, whatever order they come in', () => {
    const clock = clockOf(1, 1, 1)
    const inOrder = [
      versionOf(clock, { lamport: 9, device: device(2) }),
      versionOf(clock, { lamport: 10 }),
      versionOf(clock, { lamport: 10, contentDigest: other }),
      versionOf(clock, { lamport: 10, device: device(1) }),
    ]
    const shuffled = fc.shuffledSubarray(inOrder, { minLength: inOrder.length })
    fc.assert(
      fc.property(shuffled, (some) => {
        expect([...some].sort(compareVersions)).toEqual(inOrder)
      }),
    )
  })
})

describe('simulated devices', () => {
  const DEVICES = 4
  const step = fc.record({ to: fc.nat(DEVICES - 1), version: fc.option(fc.nat()) })

  test('order as history does, and converge in whatever order versions arrive', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 25 }),
        fc.infiniteStream(fc.nat()),
        (steps, choices) => {
          const { replicas, written } = run(steps)
          for (const a of written) {
            for (const b of written) expect(order(a, b)).toBe(historyOrder(a, b))
          }
          for (const replica of replicas) {
            const missing = [...written]
            while (missing.length > 0) {
              const at = (choices.next().value as number) % missing.length
              for (const entry of missing.splice(at, 1)) receive(replica, entry)
            }
          }
          const heads = replicas.map((replica) => replica.heads.map(({ id }) => id).sort())
          for (const one of heads) expect(one).toEqual(heads[0])
          const maximal = written.filter(
            (a) => !written.some((b) => historyOrder(a, b) === 'before'),
          )
          expect(heads[0]).toEqual(maximal.map(({ id }) => id).sort())
        },
      ),
    )
  })

  interface Written {
    readonly id: number
    readonly version: Version
    /** Ids of all that led to it, itself included: the truth that clocks stand for. */
    readonly history: ReadonlySet<number>
  }
  interface Replica {
    readonly device: string
    heads: Written[]
    lamport: number
  }

  /** Writes where a step names no version, else delivers one. */
  function run(steps: readonly { to: number; version: number | null }[]) {
    const replicas = Array.from({ length: DEVICES }, (_, i): Replica => {
      return { device: device(i), heads: [], lamport: 0 }
    })
    const written: Written[] = []
    for (const { to, version } of steps) {
      const replica = replicas[to] as Replica
      const arriving = version === null ? undefined : written[version % written.length]
      if (arriving) receive(replica, arriving)
      else written.push(write(replica, written.length))
    }
    return { replicas, written }
  }

  function write(replica: Replica, id: number): Written {
    const known = replica.heads.map(({ version }) => version.clock).reduce(mergeClocks, {})
    replica.lamport = nextLamport(replica.lamport)
    const version: Version = {
      clock: tick(known, replica.device),
      lamport: replica.lamport,
      device: replica.device,
      contentDigest: new Uint8Array(32).fill(id),
    }
    const history = new Set([id, ...replica.heads.flatMap((head) => [...head.history])])
    const entry = { id, version, history }
    replica.heads = [entry]
    return entry
  }

  function receive(replica: Replica, entry: Written): void {
    replica.lamport = Math.max(replica.lamport, entry.version.lamport)
    const decided = replica.heads.map((head) => reconcile(head.version, entry.version))
    expect(decided).not.toContain('fork')
    if (decided.includes('keep')) return
    replica.heads = replica.heads.filter((_, i) => decided[i] === 'concurrent')
    replica.heads.push(entry)
  }

  const order = (a: Written, b: Written) => compareClocks(a.version.clock, b.version.clock)

  function historyOrder(a: Written, b: Written): ClockOrder {
    if (a.id === b.id) return 'equal'
    if (b.history.has(a.id)) return 'before'
    return a.history.has(b.id) ? 'after' : 'concurrent'
  }
})

/** In one order, so that equal clocks are equal text. */
function inOneOrder(clock: VectorClock) {
  return Object.entries(clock).sort()
}
