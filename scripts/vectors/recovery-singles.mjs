/** The cases of spec/vectors/recovery.json that are one share or one text. */
import { hex } from './features.mjs'
import { AT, bech32m, flip, lineOf, linesOf, qrText, setOf, withByte } from './recovery-by-hand.mjs'

/** Single shares that must be refused. */
export function singles() {
  const { setId, shares } = setOf('3 of 5', 3, 5, 7)
  const other = setOf('another set', 3, 5, 7)
  const share = shares[1]
  const forms = [
    ['nothing', Buffer.alloc(0), 'format'],
    ['three bytes', share.subarray(0, 3), 'format'],
    ['another magic', flip(share, 0), 'format'],
    ['version 2', withByte(share, AT.version, 2), 'version'],
    ['version 2, and nothing behind it', Buffer.from('5a530201', 'hex'), 'version'],
    ['suite 2', withByte(share, AT.suite, 2), 'version'],
    ['t = 1', withByte(share, AT.t, 1), 'format'],
    ['t > n', withByte(share, AT.t, 6), 'format'],
    ['n = 17', withByte(share, AT.n, 17), 'format'],
    ['n = 1', withByte(share, AT.n, 1), 'format'],
    ['len 33', withByte(share, AT.len, 33), 'format'],
    ['x = 0', withByte(share, AT.x, 0), 'format'],
    ['x > n', withByte(share, AT.x, 6), 'format'],
    ['a depth that is too small', withByte(share, AT.depth, 2), 'format'],
    ['the x of a share with a shorter path', withByte(share, AT.x, 5), 'format'],
    ['a byte less', share.subarray(0, -1), 'format'],
    ['a byte more', Buffer.concat([share, Buffer.of(0)]), 'format'],
    ['a longer path', Buffer.concat([withByte(share, AT.depth, 4), Buffer.alloc(16)]), 'format'],
    ['another t', withByte(share, AT.t, 2), 'altered'],
    ['another epoch', flip(share, AT.epoch), 'altered'],
    ['another setId', flip(share, AT.setId), 'altered'],
    ['another confirm', flip(share, AT.confirm), 'altered'],
    ['another x', withByte(share, AT.x, 1), 'altered'],
    ['another y', flip(share, AT.y), 'altered'],
    ['another path', flip(share, AT.path), 'altered'],
    [
      'the path of another share',
      Buffer.concat([share.subarray(0, 77), shares[0].subarray(77)]),
      'altered',
    ],
    [
      'the y of another share',
      Buffer.concat([share.subarray(0, 44), shares[0].subarray(44, 76), share.subarray(76)]),
      'altered',
    ],
  ]
  const altered = forms.flatMap(([name, bytes, reason]) => [
    { name, share: hex(bytes), reason },
    { name: `${name}, setId pinned`, share: hex(bytes), setId: hex(setId), reason },
  ])
  const pinned = [
    ['a whole share of another set', other.shares[1], 'foreign'],
    ['an altered share of another set', flip(other.shares[1], AT.y), 'altered'],
    [
      'a share of another set that claims to be of this one',
      Buffer.concat([other.shares[1].subarray(0, 11), setId, other.shares[1].subarray(27)]),
      'altered',
    ],
    ['the same secret at the next epoch', setOf('3 of 5', 3, 5, 8).shares[1], 'foreign'],
  ].map(([name, bytes, reason]) => ({ name, share: hex(bytes), setId: hex(setId), reason }))
  return [...altered, ...pinned, ...wrongTexts(share, shares)]
}

const setLastBit = (groups) => groups.with(-1, groups.at(-1) | 1)

function wrongTexts(share, shares) {
  const lines = linesOf(share)
  const third = share.subarray(30, 45)
  const withK = lines.findIndex((line) => line.includes('K')) + 1
  const put = (number, line) => lines.with(number - 1, line).join('\n')
  const cases = [
    ['no line', 'hello', []],
    [
      'a wrong letter in line 3',
      put(
        3,
        lines[2].replace(/.$/, (c) => (c === 'Q' ? 'P' : 'Q')),
      ),
      [3],
    ],
    ['an O in line 2', put(2, lines[1].replace(/.$/, 'O')), [2]],
    ['a 1 in line 2', put(2, lines[1].replace(/.$/, '1')), [2]],
    ['a Kelvin sign for the K', put(withK, lines[withK - 1].replace('K', '\u212a')), [withK]],
    ['a 1 that makes another prefix', put(3, `03 QQ1${bech32m('zs031qq', third)}`), [3]],
    [
      'lines 2 and 5 exchanged',
      put(2, lines[1])
        .replace(lines[1], lines[4].replace('05', '02'))
        .replace(`\n${lines[4]}`, `\n${lines[1].replace('02', '05')}`),
      [2, 5],
    ],
    ['line 4 is missing', lines.toSpliced(3, 1).join('\n'), [4]],
    ['the last line is missing', lines.slice(0, -1).join('\n'), [lines.length]],
    ['the last three lines are missing', lines.slice(0, -3).join('\n'), [7]],
    ['only line 1', lines[0], [2, 3, 4, 5, 6, 7]],
    ['line 1 twice', [lines[0], ...lines].join('\n'), [1]],
    ['a full stop and a colon', put(3, lines[2].replace(' ', '.: ')), [3]],
    ['a full stop and nothing behind it', put(3, lines[2].replace(' ', '.')), [3]],
    ['a thin space in line 3', put(3, lines[2].replace(/ (?=.{5}$)/, '\u2009')), [3]],
    ['line 0', [...lines, lineOf(0, third)].join('\n'), [0]],
    ['line 11', [...lines, lineOf(11, third)].join('\n'), [11]],
    ['a short line 3', put(3, lineOf(3, third.subarray(0, 10))), [3]],
    ['a long line 3', put(3, lineOf(3, Buffer.concat([third, third]))), [3]],
    [
      'an empty last line',
      put(lines.length, lineOf(lines.length, Buffer.alloc(0))),
      [lines.length],
    ],
    [
      'unused bits that are not zero',
      // Of 3 bytes: share 5 has the shortest path.
      [...linesOf(shares[4]).slice(0, -1), lineOf(7, shares[4].subarray(90), setLastBit)].join(
        '\n',
      ),
      [7],
    ],
    ['a line of Bech32m for another number', put(3, lineOf(4, third).replace('04', '03')), [3]],
    [
      'a QR text with a wrong letter',
      qrText(share).replace(/.$/, (c) => (c === 'Q' ? 'P' : 'Q')),
      undefined,
    ],
    ['a QR text with a space', qrText(share).replace('1', '1 '), []],
    ['a QR text of no share', `ZKEBSHARE1${bech32m('zkebshare', Buffer.from('hello'))}`, undefined],
    ['too long', `${lines.join('\n')}${'\n'.repeat(16_384)}`, undefined],
  ]
  const lineOfOther = linesOf(shares[0])[3]
  return [
    ...cases.map(([name, typed, wrong]) => ({
      name,
      text: typed,
      reason: 'format',
      ...(wrong && { lines: wrong }),
    })),
    { name: 'line 4 of another share', text: put(4, lineOfOther), reason: 'altered' },
    {
      name: 'lines of a newer version',
      text: linesOf(withByte(share, AT.version, 2)).join('\n'),
      reason: 'version',
    },
  ]
}

/** Ways to type one share. */
export function texts() {
  const { shares } = setOf('3 of 5', 3, 5, 7)
  const lines = linesOf(shares[4])
  const share = hex(shares[4])
  return [
    ['as it is printed', lines.join('\n')],
    ['lower case', lines.join('\n').toLowerCase()],
    [
      'CR LF, and white space',
      lines.map((line) => `  ${line.replaceAll(' ', ' \t')}  `).join('\r\n'),
    ],
    ['CR', lines.join('\r')],
    ['no-break spaces', lines.map((line) => `\u00a0${line.replaceAll(' ', '\u00a0')}`).join('\n')],
    ['full stops behind numbers', lines.map((line) => line.replace(' ', '. ')).join('\n')],
    [
      'colons behind numbers of one digit',
      lines.map((line) => line.replace(/^0(\d) /, '$1:\u00a0')).join('\n'),
    ],
    [
      'numbers of one digit, hyphens',
      lines.map((line) => line.replace(/^0/, '').replace(/(\w{5}) (\w{5})/g, '$1-$2')).join('\n'),
    ],
    [
      'other lines around and between, in another order',
      [
        'Kit of 2026',
        ...lines.toReversed().flatMap((line) => [line, '', '- note', '1234 5678']),
      ].join('\n'),
    ],
    ['QR', qrText(shares[4])],
    ['QR in lower case, with white space around', ` ${qrText(shares[4]).toLowerCase()}\n`],
  ].map(([name, typed]) => ({ name, text: typed, share }))
}
