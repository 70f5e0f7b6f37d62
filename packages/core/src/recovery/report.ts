import { ZkebError } from '../errors'
import type { SetTerms } from './share'

/**
 * Why a share is bad. `format`: not a share, or not typed right; `version`: of a newer program; `altered`: not what its dealer
 * made; `foreign`: whole in itself, and not of the pinned set; `duplicate`: given before; `index`: another one of the set.
 */
export type BadReason = 'format' | 'version' | 'altered' | 'foreign' | 'duplicate' | 'index'

/** A share that must not be used. */
export interface BadShare {
  /** Its place in the list, from 0. */
  readonly position: number
  readonly reason: BadReason
  /** The x that it claims to have, where it could be read. It may be what was altered. */
  readonly index?: number
  /** The epoch that it claims to be of. */
  readonly epoch?: number
  /** Of text with reason `format`: the numbers of the lines, from 1, that are wrong or missing; none where no line has a number. */
  readonly lines?: readonly number[]
}

/** One of several sets among shares of which none is pinned. */
export interface RivalSet extends SetTerms {
  /** 16 bytes. */
  readonly setId: Uint8Array
  /** Places in the list, from 0, of its shares. */
  readonly positions: readonly number[]
}

/** What there is among some shares (spec/recovery.md §4). Nothing in it is secret. */
export interface SharesReport {
  /** `pinned`: compared with the setId that was given. `consistent`: no setId was given, and whoever makes up a whole set is not found out. */
  readonly proven: 'pinned' | 'consistent'
  /** How many good shares there are. */
  readonly have: number
  /** How many are needed; undefined where there is no good one to tell. */
  readonly need: number | undefined
  /** Those that are proven as far as `proven` says: the place in the list, from 0, and x, 1 to n. */
  readonly good: readonly { readonly position: number; readonly index: number }[]
  readonly bad: readonly BadShare[]
  /** Where no setId was given and there are shares of several sets: these. None is then taken for good. Else empty. */
  readonly sets: readonly RivalSet[]
  /**
   * Whether the good shares were combined and gave the set's secret. False with enough of them: their dealer made them not fit. Says
   * nothing of whether the account still has this set: see the example of `checkShares`.
   */
  readonly recovers: boolean
}

/** `SHARES`: why shares were refused. `report` says which, where and why. `name` stays `ZkebError`: `code` tells it from others. */
export class SharesError extends ZkebError<'SHARES'> {
  /** Nothing in it is secret. */
  readonly report: SharesReport

  constructor(report: SharesReport) {
    super('SHARES', describe(report), { hint: advise(report) })
    this.report = report
  }
}

/** A single share, or text, that is bad. */
export function badShare(
  bad: Omit<BadShare, 'position'>,
  proven: SharesReport['proven'] = 'consistent',
): SharesError {
  const report = { have: 0, need: undefined, good: [], sets: [], recovers: false } as const
  return new SharesError({ ...report, proven, bad: [{ position: 0, ...bad }] })
}

function describe({ have, need, bad, sets }: SharesReport): string {
  if (sets.length > 0) return `shares of ${sets.length} different sets`
  if (have + bad.length === 0) return 'no shares were given'
  const faults = bad.map((it) => {
    const where = it.lines && it.lines.length > 0 ? ` in ${nameLines(it)}` : ''
    return `${nameShare(it)}: ${it.reason}${where}`
  })
  const count = need === undefined ? 'no good share' : `${have} good of ${need} needed`
  return [count, ...faults].join('; ')
}

/** One step at a time: what is typed wrong may be good, and so comes before what has to be left out. */
function advise({ have, need = 0, bad, sets }: SharesReport): string {
  if (sets.length > 0) return 'give the setId of the kit: then it shows which set is the right one'
  if (have + bad.length === 0) return 'give the shares of the kits, as bytes or as text'
  const missing = need - have
  const more =
    missing > 0 ? `${missing} more of this set ${missing === 1 ? 'is' : 'are'} needed` : undefined
  const typed = adviseOnForm(bad)
  if (typed) return typed
  const left = adviseOnProof(bad, have)
  if (left ?? more) return [left, more].filter((it) => it !== undefined).join('; ')
  return 'these shares are genuine, and were made not to fit: try others of the set'
}

/** Shares that could not be read. */
function adviseOnForm(bad: readonly BadShare[]): string | undefined {
  const wrong = bad.filter(({ lines }) => lines && lines.length > 0)
  const unnumbered = bad.filter(({ lines }) => lines?.length === 0)
  const formless = bad.filter(({ reason, lines }) => reason === 'format' && !lines)
  const newer = bad.filter(({ reason }) => reason === 'version')
  if (wrong.length > 0) {
    const where = wrong.map((it) => `${nameLines(it)} of ${nameShare(it)}`).join(' and ')
    return `look at ${where} again: there is never an O, I or B, nor a 1 behind the number`
  }
  if (unnumbered.length > 0) {
    return `no numbered lines found in ${nameAll(unnumbered)}: begin every line with its number and a space`
  }
  if (formless.length > 0) {
    return `${nameAll(formless)} is no share: give its bytes, its numbered lines or what its QR code holds, whole`
  }
  return newer.length > 0 ? `update the package to read ${nameAll(newer)}` : undefined
}

/** Shares that were read, and are to be left out. */
function adviseOnProof(bad: readonly BadShare[], have: number): string | undefined {
  const of = (wanted: BadReason) => bad.filter(({ reason }) => reason === wanted)
  const [altered, foreign, given] = [of('altered'), of('foreign'), of('duplicate')]
  if (altered.length > 0) {
    return `leave ${nameAll(altered)} out, or read it anew: not what its dealer made`
  }
  if (foreign.length > 0) {
    if (have === 0) return 'no share is of this set: check the setId'
    return `leave ${nameAll(foreign)} out: from an older or newer kit, or another account`
  }
  if (given.length > 0) return `leave ${nameAll(given)} out: given before`
  return bad.length > 0 ? 'give the share that has the index' : undefined
}

const nameAll = (bad: readonly BadShare[]) => bad.map(nameShare).join(' and ')

/** By its place in the list, and by the number that its kit shows. */
function nameShare({ position, index }: BadShare): string {
  const number = index === undefined ? '' : ` (share ${index})`
  return `the ${toOrdinal(position + 1)} given${number}`
}

function nameLines({ lines = [] }: BadShare): string {
  return `line${lines.length === 1 ? '' : 's'} ${lines.join(', ')}`
}

function toOrdinal(place: number): string {
  const isTeen = Math.floor((place % 100) / 10) === 1
  const ending = isTeen ? undefined : ['th', 'st', 'nd', 'rd'][place % 10]
  return `${place}${ending ?? 'th'}`
}
