import { type Bytes, equalBytes, isBytes, toHex, wipe } from '../bytes'
import { assertNoMore, copyBytes } from '../encoding/arguments'
import { isPlainObject } from '../encoding/jcs'
import { interpolate } from '../raw-shamir/polynomial'
import { HASH_BYTES, MAX_LISTED_SHARES, MAX_SHARE_BYTES } from './constants'
import { confirmOf, proveShare } from './proof'
import type { BadShare, SharesReport } from './report'
import { readShare, type Share } from './share'
import { parseText } from './text'

/** A share: its bytes, or its text. */
export type ShareInput = Uint8Array | string

/** What a share is compared with. */
export interface PinOptions {
  /** The set's name, 16 bytes, from where it can be trusted: the kit, the slot, the manifest. Without it a whole set may be made up. */
  readonly setId?: Uint8Array
}

/** A share of a list, as far as it was read. */
type Entry = { readonly share: Share } | { readonly fault: Omit<BadShare, 'position'> }
type Placed = { readonly share: Share; readonly position: number }

/** Judges every share, and combines the good ones where there are enough (spec/recovery.md §4). The caller wipes `secret`. */
export async function assess(
  shares: readonly ShareInput[],
  options: PinOptions,
): Promise<{ readonly report: SharesReport; readonly secret: Bytes | undefined }> {
  if (!Array.isArray(shares)) throw new TypeError('shares: an array')
  const pinned = toPinned(options)
  if (shares.length > MAX_LISTED_SHARES) {
    throw new RangeError(`shares: at most ${MAX_LISTED_SHARES}`)
  }
  // All are read before anything is awaited, so that what is proven is what is used.
  const entries = Array.from(shares, (input) => readEntry(input, 'shares'))
  try {
    const { good, bad } = await judgeAll(entries, pinned)
    const sets = groupBySet(good)
    const proven = pinned ? 'pinned' : 'consistent'
    if (sets.length > 1) {
      const none = { have: 0, need: undefined, good: [], recovers: false }
      return { report: { ...none, proven, bad, sets }, secret: undefined }
    }
    const secret = await combine(good.map(({ share }) => share))
    const report: SharesReport = {
      proven,
      have: good.length,
      need: good[0]?.share.threshold,
      good: good.map(({ position, share: { index } }) => ({ position, index })),
      bad,
      sets: [],
      recovers: secret !== undefined,
    }
    return { report, secret }
  } finally {
    for (const entry of entries) if ('share' in entry) wipe(entry.share.bytes)
  }
}

/** The setId to compare with. One that is there and undefined is a mistake that would prove less than was meant. */
export function toPinned(options: PinOptions): Bytes | undefined {
  if (!isPlainObject(options)) throw new TypeError('options: { setId }')
  const { setId, ...unknown } = options
  assertNoMore(unknown)
  if (!('setId' in options)) return undefined
  return copyBytes(setId, 'setId', HASH_BYTES)
}

/** Reads one share into bytes of our own. */
export function readEntry(input: ShareInput, name: string): Entry {
  if (!isBytes(input) && typeof input !== 'string') {
    throw new TypeError(`${name}: shares are a Uint8Array or text`)
  }
  const read = typeof input === 'string' ? parseText(input) : readBytes(input)
  if (typeof read === 'string') return { fault: { reason: read } }
  return 'lines' in read ? { fault: { reason: 'format', ...read } } : { share: read }
}

/** Judges one share that was read. */
export async function judge(entry: Entry, pinned: Bytes | undefined): Promise<Entry> {
  if ('fault' in entry) return entry
  const reason = await proveShare(entry.share, pinned)
  const { index, epoch } = entry.share
  return reason === 'good' ? entry : { fault: { reason, index, epoch } }
}

function readBytes(input: Uint8Array) {
  return input.length > MAX_SHARE_BYTES ? 'format' : readShare(new Uint8Array(input))
}

async function judgeAll(entries: readonly Entry[], pinned: Bytes | undefined) {
  const good: Placed[] = []
  const bad: BadShare[] = []
  const seen = new Set<string>()
  const judged = await Promise.all(entries.map((entry) => judge(entry, pinned)))
  for (const [position, entry] of judged.entries()) {
    if ('fault' in entry) {
      bad.push({ position, ...entry.fault })
      continue
    }
    const { setId, index, epoch } = entry.share
    const name = `${toHex(setId)}:${index}`
    if (seen.has(name)) bad.push({ position, reason: 'duplicate', index, epoch })
    else good.push({ position, share: entry.share })
    seen.add(name)
  }
  return { good, bad }
}

function groupBySet(good: readonly Placed[]): SharesReport['sets'] {
  const names = new Map(good.map(({ share }) => [toHex(share.setId), share]))
  return [...names.values()].map(({ setId, threshold, total, epoch }) => {
    const own = good.filter(({ share }) => equalBytes(share.setId, setId))
    const positions = own.map(({ position }) => position)
    return { setId: setId.slice(), threshold, total, epoch, positions }
  })
}

/** The secret; undefined for too few shares, and for shares that do not fit. All count: one that does not fit spoils the result. */
async function combine(shares: readonly Share[]): Promise<Bytes | undefined> {
  const [first] = shares
  if (!first || shares.length < first.threshold) return undefined
  const secret = interpolate(
    shares.map(({ index, y }) => ({ x: index, y })),
    0,
  )
  if (equalBytes(await confirmOf(secret, first.header), first.confirm)) return secret
  wipe(secret)
  return undefined
}
