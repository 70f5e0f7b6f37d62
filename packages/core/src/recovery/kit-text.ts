/** A line of the kit's facts. */
export interface Fact {
  readonly name: string
  readonly value: string
  /** Hexadecimal digits, for people to compare. */
  readonly isCode: boolean
}

/** Names of the facts that programs read back (spec/recovery.md §6). */
export const CODES = {
  setId: 'Set',
  accountId: 'Account',
  ownerFingerprint: 'Owner key',
  guardianFingerprint: 'Guardian key',
} as const

/** All that a kit says. */
export interface KitContent {
  readonly threshold: number
  readonly total: number
  readonly index: number
  readonly ownerName: string | undefined
  readonly facts: readonly Fact[]
  /** The share as numbered lines. */
  readonly lines: string
}

/** A heading, and what stands below it: a paragraph each. */
interface Advice {
  readonly title: string
  readonly points: readonly string[]
}

/** What stands above the lines: whoever types an O means a zero. */
export const LETTERS_NOTE =
  'Never the letters B, I, O nor the digit 1: what looks like O is a zero. Upper or lower case and spaces do not matter, line numbers do.'

const NAME_COLUMNS = 14

/** The kit as plain text. Outside the share no line begins with a digit, so that it reads back (spec/recovery.md §5). */
export function kitText(kit: KitContent): string {
  const facts = kit.facts.map(({ name, value }) => `${`${name}:`.padEnd(NAME_COLUMNS)} ${value}`)
  const advice = adviceOf(kit).flatMap(({ title, points }) => [
    `${title.toUpperCase()}\n`,
    ...points.map((point) => `- ${point}`),
    '',
  ])
  const head = `${kitTitle(kit)}\n`
  return [head, ...facts, '\nTHE SHARE\n', `${LETTERS_NOTE}\n`, kit.lines, '', ...advice].join('\n')
}

/** Its first line. */
export function kitTitle({ index, total }: Pick<KitContent, 'index' | 'total'>): string {
  return `RECOVERY KIT, share ${index} of ${total}`
}

/** What to tell a guardian. */
export function adviceOf({ threshold, total, ownerName }: KitContent): readonly Advice[] {
  const owner = ownerName ?? 'the owner'
  return [
    {
      title: 'What it is for',
      points: [
        `If ${owner} loses every device, any ${threshold} of ${total} such kits restore the account. This one alone opens nothing, and says nothing of what is in it.`,
        'Scan the QR code, or type the numbered lines. If a line is mistyped, the program says which one.',
      ],
    },
    {
      title: 'How to test it',
      points: [
        'Once a year, scan or type it in the program’s recovery drill. It says whether this share is whole and of the set named here.',
        `Together with others, the drill also says whether ${threshold} good shares are there. Nothing is restored, and nothing is shown.`,
      ],
    },
    {
      title: 'Never',
      points: [
        `Never send it, photograph it or copy it. Hand it over only to its owner, face to face or by a voice you know.`,
        'Never release it before the ten words of the new device are the same on both sides, spoken and not sent.',
        'Never keep two kits of one set in one place. When a newer kit replaces this one, destroy it.',
      ],
    },
  ]
}
