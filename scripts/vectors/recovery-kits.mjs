/** The cases of spec/vectors/recovery.json that are kits as text (spec/recovery.md §6). */
import { bytesFor, hex } from './features.mjs'
import { AT, flip, linesOf, setOf, withByte } from './recovery-by-hand.mjs'

const { setId, shares } = setOf('3 of 5', 3, 5, 7)
const other = setOf('another set', 3, 5, 7)
const [accountId, owner, guardian] = ['account', 'owner key', 'guardian key'].map((label) =>
  bytesFor(label, 32),
)
const names = { service: 'Acme Backup', ownerName: 'Set: Zoë', guardianName: 'Owner key: Bob' }

const fact = (name, value) => `${`${name}:`.padEnd(15)}${value}`
const groups = (bytes) => hex(bytes).match(/.{4}/g).join(' ')

function kitOf(x, more = {}) {
  const head = [
    `RECOVERY KIT, share ${x} of 5`,
    '',
    ...(more.service ? [fact('For', more.service)] : []),
    ...(more.ownerName ? [fact('Account of', more.ownerName)] : []),
    ...(more.guardianName ? [fact('Kept by', more.guardianName)] : []),
    fact('Made on', '2026-11-21'),
    fact('Share', `${x} of 5, any 3 restore (epoch 7)`),
    fact('Set', groups(setId)),
    fact('Account', groups(accountId)),
    fact('Owner key', groups(owner)),
    ...(more.paper ? [] : [fact('Guardian key', groups(guardian))]),
  ].join('\n')
  const lines = linesOf(more.share ?? shares[x - 1]).join('\n')
  return { head, text: [head, '', 'THE SHARE', '', lines, '', '- Set it aside.', ''].join('\n') }
}

export function kits() {
  const all = { guardianFingerprint: hex(guardian) }
  const positive = [
    ['with keys and names', 2, { names }, all],
    ['of a guardian who has no keys', 5, { paper: true }, {}],
  ].map(([name, x, more, facts]) => ({
    ...{ name, ...kitOf(x, { ...more, ...more.names }), ...(more.names && { names }) },
    ...{ createdAt: Date.UTC(2026, 10, 21, 23), share: hex(shares[x - 1]), index: x },
    ...{ setId: hex(setId), accountId: hex(accountId), ownerFingerprint: hex(owner), ...facts },
  }))
  return { positive: [...positive, ...variants(positive[1])], negative: negative() }
}

/** Other ways to write the same kit. */
function variants({ head: _, ...kit }) {
  const { text } = kit
  const facts = text.split('\n').slice(2, 7)
  return [
    ['CR LF', text.replaceAll('\n', '\r\n')],
    ['one space behind the colon', text.replace(/^([A-Z][a-z ]*:) +/gm, '$1 ')],
    ['facts in another order', text.replace(facts.join('\n'), facts.toReversed().join('\n'))],
    ['lower-case lines of the share', text.replace(/^0.*$/gm, (line) => line.toLowerCase())],
  ].map(([name, changed]) => ({ ...kit, name, text: changed }))
}

function negative() {
  const { text } = kitOf(2)
  const [set, account] = [fact('Set', groups(setId)), fact('Account', groups(accountId))]
  const format = [
    ['nothing', ''],
    ['the share alone', linesOf(shares[1]).join('\n')],
    ['a line before it', `\n${text}`],
    ['another title', text.replace('RECOVERY KIT', 'Recovery kit')],
    ['the title of another share', text.replace('share 2 of 5', 'share 3 of 5')],
    ['a title with another n', text.replace('share 2 of 5', 'share 2 of 6')],
    ['no set', text.replace(`${set}\n`, '')],
    ['no account', text.replace(`${account}\n`, '')],
    ['no owner', text.replace(/^Owner key.*\n/m, '')],
    ['two sets', text.replace(set, `${set}\n${set}`)],
    ['a second set at the end', `${text}Set: later\n`],
    ['two guardians', text.replace(/^Guardian key.*\n/m, '$&$&')],
    ['a guardian without digits', text.replace(/^(Guardian key:).*$/m, '$1')],
    ['a guardian too short', text.replace(/^(Guardian key:.*).{5}$/m, '$1')],
    ['a digit less', text.replace(account, account.slice(0, -1))],
    ['a group more', text.replace(account, `${account} 0000`)],
    ['upper-case digits', text.replace(account, fact('Account', groups(accountId).toUpperCase()))],
    ['no groups', text.replace(account, fact('Account', hex(accountId)))],
    ['groups of another size', text.replace(account, account.replace(/(.{4}) (.{4})$/, '$1$2'))],
    ['a letter O', text.replace(account, account.replace(/.$/, 'O'))],
    ['a space at the end', text.replace(account, `${account} `)],
    ['no space behind the colon', text.replace(account, account.replace(/: +/, ':'))],
    ['a tab', text.replace(account, account.replace(/: +/, ':\t'))],
    ['a space before a name', text.replace(account, ` ${account}`)],
  ].map(([name, changed]) => ({ name, text: changed, code: 'FORMAT' }))
  const third = linesOf(shares[1])[2]
  const wrongSet = text.replace(set, fact('Set', groups(flip(setId, 15))))
  const bad = [
    ['no lines', text.replace(/^\d.*\n/gm, ''), 'format'],
    ['a wrong letter', text.replace(third, third.replace(/.$/, 'O')), 'format'],
    ['a set with a wrong digit', wrongSet, 'foreign'],
    ['a share of another set', kitOf(2, { share: other.shares[1] }).text, 'foreign'],
    ['an altered share', kitOf(2, { share: flip(shares[1], AT.y) }).text, 'altered'],
    [
      'a share of a newer version',
      kitOf(2, { share: withByte(shares[1], AT.version, 2) }).text,
      'version',
    ],
  ].map(([name, changed, reason]) => ({ name, text: changed, code: 'SHARES', reason }))
  const long = { name: 'too long', text: text.padEnd(16_385, '\n'), code: 'LIMIT' }
  return [...format, ...bad, long]
}
