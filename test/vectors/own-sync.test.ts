/** spec/vectors/sync.json: made by hand from the specification, read by core on every platform. */
import { importIdentity } from '@zkeb/core'
import {
  compareClocks,
  compareVersions,
  decodeVersion,
  encodeVersion,
  mergeClocks,
  nextLamport,
  openCompactions,
  pruneClock,
  reconcile,
  restoreClock,
  type StoredClock,
  signCompaction,
  tick,
  type VectorClock,
  type Version,
} from '@zkeb/core/sync'
import { describe, expect, test } from 'vitest'
import json from '../../spec/vectors/sync.json' with { type: 'json' }
import { bytesToHex, hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'

interface VersionJson extends Omit<Version, 'contentDigest'> {
  readonly contentDigest: string
}
interface Result {
  readonly code?: string
}
interface Tick extends Result {
  readonly clock: VectorClock
  readonly device: string
  readonly result?: VectorClock
}
interface Lamport extends Result {
  readonly own: number
  readonly received: readonly number[]
  readonly next?: number
}
interface Named {
  readonly name: string
}
interface Decision extends Named {
  readonly local: VersionJson
  readonly remote: VersionJson
  /** Or the code of the error. */
  readonly decision: string
}
interface Stored extends Named {
  readonly clock: VectorClock
  readonly known: number
  readonly stored: StoredClock
}
interface Encoded extends Named {
  readonly version: VersionJson
  readonly known: number
  readonly bytes: string
}
interface Chain extends Named {
  readonly records: readonly string[]
  readonly signer: keyof typeof json.identities | null
  readonly code: string
}

const named = <T extends Named>(cases: unknown) =>
  (cases as T[]).map((it) => [it.name, it] as const)
const versionOf = (version: VersionJson): Version => ({
  ...version,
  contentDigest: hexToBytes(version.contentDigest),
})
const scope = { accountId: hexToBytes(json.accountId), scopeHash: hexToBytes(json.scopeHash) }

async function openChain(records: readonly string[], signer: Chain['signer'] = 'alice') {
  const key = signer && (await importIdentity(json.identities[signer])).public.signing
  return openCompactions(records.map(hexToBytes), { ...scope, from: () => key })
}
const chain = () => openChain(json.chain.map(({ record }) => record))

test.each(json.clocks)('clocks, $order', ({ a, b, order, merged }) => {
  expect(compareClocks(a, b)).toBe(order)
  expect(mergeClocks(a, b)).toEqual(merged)
})

test.each(json.ticks as unknown as Tick[])('ticks %#', async ({ clock, device, result, code }) => {
  expect(await outcomeOf(() => expect(tick(clock, device)).toEqual(result))).toBe(code ?? 'none')
})

test.each(json.lamport as Lamport[])('Lamport times %#', async ({ own, received, next, code }) => {
  expect(await outcomeOf(() => expect(nextLamport(own, received)).toBe(next))).toBe(code ?? 'none')
})

test.each(named<Decision>(json.decisions))('reconciling: %s', async (_, it) => {
  let decision: string | undefined
  const outcome = await outcomeOf(() => {
    decision = reconcile(versionOf(it.local), versionOf(it.remote))
  })
  expect(decision ?? outcome).toBe(it.decision)
})

test('display order', () => {
  const versions = (json.display as unknown as VersionJson[]).map(versionOf)
  expect([...versions].reverse().sort(compareVersions)).toEqual(versions)
})

describe('compactions', () => {
  test('are read', async () => {
    const read = await chain()
    for (const [i, { floor, digest, record }] of json.chain.entries()) {
      expect(read[i]).toMatchObject({ ...scope, sequence: i + 1, floor })
      expect(bytesToHex(read[i]?.digest as Uint8Array)).toBe(digest)
      expect(bytesToHex(read[i]?.record as Uint8Array)).toBe(record)
      expect(bytesToHex(read[i]?.manifestDigest as Uint8Array)).toBe(json.manifest)
      expect(read[i]?.predecessor).toEqual(read[i - 1]?.digest)
    }
  })

  test('are written', async () => {
    const as = await importIdentity(json.identities.alice)
    const known = await chain()
    for (const [i, { floor, record }] of json.chain.entries()) {
      const predecessor = known[i - 1]
      const compaction = await signCompaction({
        ...{ ...scope, as, manifestDigest: hexToBytes(json.manifest) },
        ...{ clock: floor as unknown as VectorClock, retired: Object.keys(floor) },
        ...(predecessor && { predecessor }),
      })
      expect(bytesToHex(compaction.record)).toBe(record)
    }
  })

  test.each(named<Chain>(json.negative.chains))('refused: %s', async (_, it) => {
    expect(await outcomeOf(() => openChain(it.records, it.signer))).toBe(it.code)
  })
})

describe('stored clocks', () => {
  test.each(named<Stored>(json.stored))('%s', async (_, { clock, known, stored }) => {
    const compactions = await chain()
    expect(pruneClock(clock, compactions.slice(0, known))).toEqual(stored)
    expect(restoreClock(stored, compactions)).toEqual(clock)
  })

  test.each(named<Named & { stored: StoredClock; code: string }>(json.negative.stored))(
    'refused: %s',
    async (_, { stored, code }) => {
      const compactions = await chain()
      expect(await outcomeOf(() => restoreClock(stored, compactions))).toBe(code)
    },
  )
})

describe('versions', () => {
  test.each(named<Encoded>(json.versions))('%s', async (_, { version, known, bytes }) => {
    const compactions = await chain()
    const encoded = encodeVersion(versionOf(version), compactions.slice(0, known))
    expect(bytesToHex(encoded)).toBe(bytes)
    expect(decodeVersion(encoded, compactions)).toEqual(versionOf(version))
  })

  test.each(named<Named & { bytes: string; code: string }>(json.negative.versions))(
    'refused: %s',
    async (_, { bytes, code }) => {
      const compactions = await chain()
      expect(await outcomeOf(() => decodeVersion(hexToBytes(bytes), compactions))).toBe(code)
    },
  )
})
