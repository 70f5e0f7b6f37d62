import { ZkebError } from '../errors'
import type { SetTerms } from './share'

/**
 * Why a share is bad. `format`: not a share, or not typed right; `version`: of a newer program; `altered`: not what its dealer
 * made; `foreign`: whole in itself, and not of the pinned set; `duplicate`: given before; `index`: another one of the set.
 */
export type BadReason = 'format' | 'version' | 'altered' | 'foreign' | 'duplicate' | 'index'

/** A share that is proven as far as {@link SharesReport.proven} says. */
export interface GoodShare {
  /** Its place in the list, from 0. */
  readonly position: number
  /** x: 1 to n. */
  readonly index: number
}

/** A share that must not be used. */
export interface BadShare {
  /** Its place in the list, from 0. */
  readonly position: number
  readonly reason: BadReason
  /** The x that it claims to have, where it could be read. It may be what was altered. */
  readonly index?: number
  /** The epoch that it claims to be of. */
  readonly epoch?: number
  /** Of text with reason `format`: the numbers of the lines, from 1, that are wrong or missing. */
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
  readonly good: readonly GoodShare[]
  readonly bad: readonly BadShare[]
  /** Where no setId was given and there are shares of several sets: these. None is then taken for good. Else empty. */
  readonly sets: readonly RivalSet[]
  /**
   * Whether the good shares were combined and gave the set's secret. False with enough of them: their dealer made them not fit. Says
   * nothing of whether the account still has this set: see the example of `checkShares`.
   */
  readonly recovers: boolean
}

/** `SHARES`: why shares were refused. `report` says which, where and why. */
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
  const faults = bad.map(({ position, reason, lines = [] }) => {
    const where = lines.length > 0 ? ` in line ${lines.join(', ')}` : ''
    return `share ${position + 1} of the list: ${reason}${where}`
  })
  const count = need === undefined ? 'no good share' : `${have} good of ${need} needed`
  return [count, ...faults].join('; ')
}

function advise({ have, need, bad, sets }: SharesReport): string {
  if (sets.length > 0) return 'give the setId of the kit: then it shows which set is the right one'
  if (need !== undefined && have < need) return 'ask for more shares'
  if (bad.length > 0) return 'the report names what to leave out or to type again'
  return 'these shares are genuine, and were made not to fit: try others of the set'
}
