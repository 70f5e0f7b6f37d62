/** spec/vectors/recovery.json: made by hand from the specification, read by core on every platform. */
import { type EnvelopeJson, importIdentity } from '@zkeb/core'
import {
  type BadShare,
  checkShares,
  combineShares,
  decodeShare,
  encodeShare,
  inspectShare,
  openShare,
  readKit,
  recoveryKit,
  releaseCode,
  SharesError,
} from '@zkeb/core/recovery'
import { describe, expect, test } from 'vitest'
import { growTree } from '../../packages/core/src/recovery/merkle'
import { confirmOf, leafOf, setIdOf } from '../../packages/core/src/recovery/proof'
import { writeHeader, writeShare } from '../../packages/core/src/recovery/share'
import { writeOneLine } from '../../packages/core/src/recovery/text'
import vectors from '../../spec/vectors/recovery.json' with { type: 'json' }
import { bytesToHex, hexToBytes } from '../support/bytes'
import { errorOf, outcomeOf } from '../support/outcome'

interface Single {
  readonly name: string
  /** One of both. */
  readonly share?: string
  readonly text?: string
  readonly setId?: string
  readonly reason: string
  readonly lines?: readonly number[]
}
interface Listed {
  readonly name: string
  readonly shares: readonly string[]
  readonly setId?: string
  readonly have: number
  readonly need?: number
  readonly bad: readonly Pick<BadShare, 'position' | 'reason'>[]
  readonly sets: number
  readonly recovers: boolean
  readonly secret?: string
}
interface Sealed {
  readonly name: string
  readonly json: EnvelopeJson
  readonly code: string
  readonly reason?: string
}

interface Kit {
  readonly name: string
  readonly text: string
  /** Where a kit of ours must begin so. */
  readonly head?: string
  readonly names?: object
  readonly createdAt: number
  readonly share: string
  readonly index: number
  readonly setId: string
  readonly accountId: string
  readonly ownerFingerprint: string
  readonly guardianFingerprint?: string
}
interface Refused {
  readonly name: string
  readonly text: string
  readonly code: string
  readonly reason?: string
}

/** A case under its name. */
const named = <T extends { readonly name: string }>(cases: unknown) =>
  (cases as T[]).map((it) => [it.name, it] as const)
const pin = ({ setId }: { readonly setId?: string }) =>
  setId === undefined ? {} : { setId: hexToBytes(setId) }

async function faultOf(work: () => unknown): Promise<BadShare | undefined> {
  const error = await errorOf(work)
  if (!(error instanceof SharesError)) throw error ?? new Error('not refused')
  return error.report.bad[0]
}

describe('sets', () => {
  test.each(named<(typeof vectors.sets)[number]>(vectors.sets))('%s', async (_name, it) => {
    const shares = it.shares.map(hexToBytes)
    const setId = hexToBytes(it.setId)
    for (const [i, share] of shares.entries()) {
      const { threshold, total, epoch } = it
      const summary = await inspectShare(share, { setId })
      expect(summary).toMatchObject({ threshold, total, epoch, setId, index: i + 1 })
      expect(encodeShare(share)).toBe(it.lines[i])
      expect(writeOneLine(share)).toBe(it.qr[i])
    }
    const some = shares.slice(-it.threshold).reverse()
    expect(bytesToHex(await combineShares(some, { setId }))).toBe(it.secret)
    expect(await checkShares(shares, { setId })).toMatchObject({ recovers: true, bad: [] })
  })

  test.each(named<(typeof vectors.sets)[number]>(vectors.sets))('%s, made', async (_name, it) => {
    const header = writeHeader(it)
    const confirm = await confirmOf(hexToBytes(it.secret), header)
    // The y of the vectors: coefficients are random here.
    const ys = it.shares.map((share) => hexToBytes(share).slice(44, 76))
    const leaves = await Promise.all(ys.map((y, i) => leafOf({ header, index: i + 1, y })))
    const { root, paths } = await growTree(leaves)
    const setId = await setIdOf({ header, confirm }, root)
    const steps = { header, confirm, root, setId }
    for (const [name, bytes] of Object.entries(steps)) {
      expect(bytesToHex(bytes)).toBe(it[name as keyof typeof steps])
    }
    expect(leaves.map(bytesToHex)).toEqual(it.leaves)
    const shares = ys.map((y, i) =>
      writeShare({ header, setId, confirm, index: i + 1, y, path: paths[i] ?? header }),
    )
    expect(shares.map(bytesToHex)).toEqual(it.shares)
  })
})

test.each(named<Single>(vectors.single))('one share: %s', async (_name, it) => {
  const input = it.text ?? hexToBytes(it.share ?? '')
  const fault = await faultOf(() => inspectShare(input, pin(it)))
  expect(fault?.reason).toBe(it.reason)
  expect(fault?.lines).toEqual(it.lines)
})

test.each(named<Listed>(vectors.lists))('list: %s', async (_name, it) => {
  const shares = it.shares.map(hexToBytes)
  const report = await checkShares(shares, pin(it))
  const { have, need, recovers } = report
  expect({ have, need, recovers }).toEqual({
    have: it.have,
    need: it.need,
    recovers: it.recovers,
  })
  expect(report.bad.map(({ position, reason }) => ({ position, reason }))).toEqual(it.bad)
  expect(report.sets.length).toBe(it.sets)
  const outcome = await outcomeOf(() => combineShares(shares, pin(it)))
  expect(outcome).toBe(it.secret === undefined ? 'SHARES' : 'none')
  if (it.secret === undefined) return
  expect(bytesToHex(await combineShares(shares, pin(it)))).toBe(it.secret)
})

test.each(named<(typeof vectors.texts)[number]>(vectors.texts))('text: %s', (_name, it) => {
  expect(bytesToHex(decodeShare(it.text))).toBe(it.share)
})

describe('kits', () => {
  test.each(named<Kit>(vectors.kits.positive))('%s', async (_name, it) => {
    const { share, index, setId, accountId, ownerFingerprint, guardianFingerprint } = it
    const read = await readKit(it.text)
    expect({ ...read, share: bytesToHex(read.share) }).toEqual({
      ...{ share, index, setId: hexToBytes(setId), accountId: hexToBytes(accountId) },
      ownerFingerprint: hexToBytes(ownerFingerprint),
      ...(guardianFingerprint && { guardianFingerprint: hexToBytes(guardianFingerprint) }),
    })
    if (it.head === undefined) return
    const { share: bytes, index: _, setId: __, ...facts } = read
    const made = await recoveryKit(bytes, { ...facts, ...it.names, createdAt: it.createdAt })
    expect(made.text.startsWith(`${it.head}\n\n`)).toBe(true)
  })

  test.each(named<Refused>(vectors.kits.negative))('%s', async (_name, it) => {
    expect(await outcomeOf(() => readKit(it.text))).toBe(it.code)
    if (it.reason === undefined) return
    expect((await faultOf(() => readKit(it.text)))?.reason).toBe(it.reason)
  })
})

describe('sealed', () => {
  const { sealed } = vectors
  const opening = async () => ({
    as: await importIdentity(sealed.identities.bob),
    from: (await importIdentity(sealed.identities.alice)).public,
    accountId: hexToBytes(sealed.accountId),
    setId: hexToBytes(sealed.setId),
    index: sealed.index,
  })

  test('opens', async () => {
    const share = await openShare(sealed.json as EnvelopeJson, await opening())
    expect(bytesToHex(share)).toBe(sealed.share)
  })

  test.each(named<Sealed>(sealed.negative))('%s', async (_name, it) => {
    const options = await opening()
    expect(await outcomeOf(() => openShare(it.json, options))).toBe(it.code)
    if (it.reason === undefined) return
    expect((await faultOf(() => openShare(it.json, options)))?.reason).toBe(it.reason)
  })
})

test.each(vectors.codes)('code $code', async ({ line, code }) => {
  expect(await releaseCode((await importIdentity(line)).public)).toBe(code)
})
