import { toHex, wipe } from '../bytes'
import { assertNoMore, copyBytes } from '../encoding/arguments'
import { toMilliseconds } from '../envelope/arguments'
import type { ShareInput } from './assess'
import { MAX_NAME_CHARACTERS } from './constants'
import { shareQr } from './encode-share'
import { readGoodShare, type ShareSummary } from './inspect-share'
import { kitPage } from './kit-page'
import { CODES, type Fact, kitText } from './kit-text'
import { writeLines } from './text'

/** What {@link recoveryKit} needs beside the share. */
export interface RecoveryKitOptions {
  /** 32 bytes. */
  readonly accountId: Uint8Array
  /** Of the owner's identity, 32 bytes. */
  readonly ownerFingerprint: Uint8Array
  /** Of the guardian's identity, 32 bytes; of none where the guardian has nothing but the paper. */
  readonly guardianFingerprint?: Uint8Array
  /** The date on the kit (UTC). A Date, or Unix milliseconds. */
  readonly createdAt: Date | number
  /** What the account is for, and where the recovery drill is: one line, at most 60 characters. */
  readonly service?: string
  /** Whose account it is: one line, at most 60 characters. */
  readonly ownerName?: string
  /** Who keeps the kit: one line, at most 60 characters. */
  readonly guardianName?: string
}

/** A kit in two forms, each as secret as the share it holds. */
export interface RecoveryKit {
  /** Plain text, which {@link readKit} reads back. */
  readonly text: string
  /** One page to print, A4 or Letter: no script, nothing from outside, the QR code as SVG in it. */
  readonly html: string
}

/**
 * What one guardian keeps on paper (spec/recovery.md §6): a share as text and QR code, the facts that must not come from a server, what it
 * is for and how to test it. Throws `SHARES` for a bad share, a TypeError or RangeError for misuse.
 */
export async function recoveryKit(
  share: ShareInput,
  options: RecoveryKitOptions,
): Promise<RecoveryKit> {
  const who = readOptions(options)
  const { bytes, ...summary } = await readGoodShare(share, {})
  try {
    const kit = { ...who, ...summary, lines: writeLines(bytes), facts: listFacts(who, summary) }
    return { text: kitText(kit), html: kitPage(kit, await shareQr(bytes)) }
  } finally {
    wipe(bytes)
  }
}

function readOptions(options: RecoveryKitOptions) {
  const toPrint = (value: Uint8Array, name: string) => toHex(copyBytes(value, name))
  const { accountId, ownerFingerprint, guardianFingerprint, createdAt, ...names } = options ?? {}
  const { service, ownerName, guardianName, ...unknown } = names
  assertNoMore(unknown)
  return {
    accountId: toPrint(accountId, 'accountId'),
    ownerFingerprint: toPrint(ownerFingerprint, 'ownerFingerprint'),
    guardianFingerprint:
      guardianFingerprint === undefined
        ? undefined
        : toPrint(guardianFingerprint, 'guardianFingerprint'),
    date: new Date(toMilliseconds(createdAt, 'createdAt')).toISOString().slice(0, 10),
    service: toName(service, 'service'),
    ownerName: toName(ownerName, 'ownerName'),
    guardianName: toName(guardianName, 'guardianName'),
  }
}

function listFacts(who: ReturnType<typeof readOptions>, share: ShareSummary): readonly Fact[] {
  const { index, total, threshold, epoch, setId } = share
  const forPeople = toFacts(false, [
    ['For', who.service],
    ['Account of', who.ownerName],
    ['Kept by', who.guardianName],
    ['Made on', who.date],
    ['Share', `${index} of ${total}, any ${threshold} restore (epoch ${epoch})`],
  ])
  const codes = toFacts(true, [
    [CODES.setId, inGroups(toHex(setId))],
    [CODES.accountId, inGroups(who.accountId)],
    [CODES.ownerFingerprint, inGroups(who.ownerFingerprint)],
    [CODES.guardianFingerprint, who.guardianFingerprint && inGroups(who.guardianFingerprint)],
  ])
  return [...forPeople, ...codes]
}

function toFacts(isCode: boolean, rows: readonly [string, string | undefined][]): Fact[] {
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value, isCode }]))
}

/** One line: a name that breaks it, or turns the direction of text, could look like a part of the kit. */
function toName(name: unknown, option: string): string | undefined {
  if (name === undefined) return undefined
  const isName =
    typeof name === 'string' && name.trim() !== '' && name.length <= MAX_NAME_CHARACTERS
  if (isName && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(name)) return name
  throw new TypeError(`${option}: one line of 1 to ${MAX_NAME_CHARACTERS} characters`)
}

function inGroups(hex: string): string {
  return hex.replace(/.{4}(?=.)/g, '$& ')
}
