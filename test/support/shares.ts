/** What tests of recovery shares have in common. */
import {
  type BadShare,
  createRecoverySet,
  type RecoverySet,
  type RecoverySetOptions,
  SharesError,
  type SharesReport,
} from '@zkeb/core/recovery'
import { errorOf } from './outcome'

/** Where the fields of a share begin, in bytes (spec/recovery.md §2). */
export const AT = {
  version: 2,
  threshold: 4,
  total: 5,
  epoch: 6,
  length: 10,
  setId: 11,
  confirm: 27,
  x: 43,
  y: 44,
  depth: 76,
  path: 77,
} as const

/** A set, its shares by their number x − 1. */
export async function makeSet(
  threshold: number,
  shares: number,
  more: Partial<RecoverySetOptions> = {},
): Promise<RecoverySet & { share(x: number): Uint8Array }> {
  const set = await createRecoverySet({ threshold, shares, ...more })
  return { ...set, share: (x) => set.shares[x - 1] as Uint8Array }
}

/** A copy in which one byte has another value. */
export function withByte(share: Uint8Array, place: number, value: number): Uint8Array {
  const copy = Uint8Array.from(share)
  copy[place] = value
  return copy
}

/** A copy in which one byte is changed. */
export function spoil(share: Uint8Array, place: number = AT.y): Uint8Array {
  return withByte(share, place, (share[place] as number) ^ 1)
}

/** The report of a call that must end in `SHARES`. */
export async function reportOf(work: () => unknown): Promise<SharesReport> {
  const error = await errorOf(work)
  if (error instanceof SharesError) return error.report
  throw error ?? new Error('not refused')
}

/** The one bad share of a call that must end in `SHARES`. */
export async function faultOf(work: () => unknown): Promise<BadShare | undefined> {
  return (await reportOf(work)).bad[0]
}
