/** The cases of spec/vectors/recovery.json: sets, lists, sealed shares, codes. */
import { createRequire } from 'node:module'
import { decode } from '../../packages/core/dist/index.js'
import { bytesFor, hex, make, NOW, text } from './features.mjs'
import { AT, deal, flip, linesOf, qrText, setOf, withByte } from './recovery-by-hand.mjs'
import { kits } from './recovery-kits.mjs'
import { singles, texts } from './recovery-singles.mjs'
import { makeIdentity, signEd25519, wrapHpke, X25519 } from './x25519-by-hand.mjs'

const core = createRequire(new URL('../../packages/core/package.json', import.meta.url))
const { wordlist } = await import(core.resolve('@scure/bip39/wordlists/english.js'))

const SETS = [
  ['2 of 2', 2, 2, 0],
  ['2 of 3', 2, 3, 1],
  ['3 of 5', 3, 5, 7],
  ['4 of 6', 4, 6, 0],
  ['8 of 16', 8, 16, 2],
  ['16 of 16', 16, 16, 0xffff_ffff],
  ['2 of 11', 2, 11, 0],
]

export function recoveryVectors() {
  const sets = SETS.map(([name, threshold, total, epoch]) => {
    const { secret, coefficients, leaves, shares, ...steps } = setOf(name, threshold, total, epoch)
    return {
      ...{
        name,
        threshold,
        total,
        epoch,
        secret: hex(secret),
        coefficients: coefficients.map(hex),
      },
      ...{ ...text(steps), leaves: leaves.map(hex), shares: shares.map(hex) },
      lines: shares.map((share) => linesOf(share).join('\n')),
      qr: shares.map(qrText),
    }
  })
  return {
    description:
      'zkeb recovery shares, version 1 (spec/recovery.md). Bytes are hexadecimal. `sets`: every set with all values on the way; any `threshold` of its shares ' +
      'give `secret`. `single`: one share, as bytes or `text`, with `setId` pinned where it is there: it must be refused with `reason`, and for text with the numbers of the wrong ' +
      '`lines`. `lists`: what checking must report; combining gives `secret`, or SHARES. `texts` read as `share`. `kits`: positive ones read as what stands beside `text`, and a kit made of that, with `names` and `createdAt`, begins with `head`; negative ones fail with `code`. `sealed`: as Bob, from Alice, suite x25519; negative ones fail with ' +
      '`code`. `codes`: of the identity on the line.',
    sets,
    single: singles(),
    lists: lists(),
    texts: texts(),
    kits: kits(),
    sealed: sealed(),
    codes: ['alice', 'bob', 'carol'].map((name) => codeOf(makeIdentity(name))),
  }
}

function lists() {
  const { setId, shares, secret, coefficients } = setOf('3 of 5', 3, 5, 7)
  const other = setOf('another set', 3, 5, 7)
  const next = setOf('3 of 5', 3, 5, 8)
  const unfit = setOf('unfit', 3, 5, 0, { confirm: bytesFor('confirm', 16) })
  const skewed = deal({
    secret,
    coefficients,
    total: 5,
    epoch: 9,
    y: (x) => (x === 4 ? bytesFor('skewed', 32) : undefined),
  })
  const bad = (position, reason) => ({ position, reason })
  const [a, b, c, d, e] = shares
  const [, f, g, h] = other.shares
  const rows = [
    ['three of five', [e, a, c], {}, { have: 3, need: 3 }, secret],
    ['all five', shares, {}, { have: 5, need: 3 }, secret],
    ['two of five', [a, b], {}, { have: 2, need: 3 }],
    ['none', [], {}, { have: 0 }],
    [
      'three good, one altered',
      [a, flip(b, AT.y), c, d],
      {},
      { have: 3, need: 3, bad: [bad(1, 'altered')], recovers: true },
    ],
    [
      'two good, one altered',
      [a, b, flip(c, AT.y)],
      {},
      { have: 2, need: 3, bad: [bad(2, 'altered')] },
    ],
    ['one of them twice', [a, b, a], {}, { have: 2, need: 3, bad: [bad(2, 'duplicate')] }],
    [
      'three good, and one of them twice',
      [a, b, c, b],
      {},
      { have: 3, need: 3, bad: [bad(3, 'duplicate')], recovers: true },
    ],
    ['two sets, nothing pinned', [a, b, c, f], {}, { have: 0, sets: 2 }],
    ['the majority is of another set, nothing pinned', [a, f, g, h], {}, { have: 0, sets: 2 }],
    [
      'the majority is of another set, pinned',
      [a, b, c, f, g, h, other.shares[0]],
      { pin: true },
      { have: 3, need: 3, bad: [3, 4, 5, 6].map((at) => bad(at, 'foreign')), recovers: true },
    ],
    [
      'only of another set, pinned',
      [f, g, h],
      { pin: true },
      { have: 0, bad: [0, 1, 2].map((at) => bad(at, 'foreign')) },
    ],
    ['two epochs, nothing pinned', [a, b, next.shares[2]], {}, { have: 0, sets: 2 }],
    [
      'two epochs, pinned',
      [a, b, c, next.shares[3]],
      { pin: true },
      { have: 3, need: 3, bad: [bad(3, 'foreign')], recovers: true },
    ],
    [
      'a list of faults',
      [a, Buffer.from('00', 'hex'), withByte(b, AT.version, 9), flip(b, AT.path), f, a],
      { pin: true },
      {
        have: 1,
        need: 3,
        bad: [
          bad(1, 'format'),
          bad(2, 'version'),
          bad(3, 'altered'),
          bad(4, 'foreign'),
          bad(5, 'duplicate'),
        ],
      },
    ],
    [
      'a set whose confirm is of another secret',
      unfit.shares.slice(0, 3),
      {},
      { have: 3, need: 3 },
    ],
    ['a set with one share off the polynomial, all', skewed.shares, {}, { have: 5, need: 3 }],
    [
      'a set with one share off the polynomial, without it',
      [0, 1, 2].map((i) => skewed.shares[i]),
      {},
      { have: 3, need: 3 },
      secret,
    ],
  ]
  return rows.map(([name, list, { pin }, expected, gives]) => ({
    name,
    shares: list.map(hex),
    ...(pin && { setId: hex(setId) }),
    ...{ bad: [], sets: 0, recovers: gives !== undefined, ...expected },
    ...(gives && { secret: hex(gives) }),
  }))
}

function sealed() {
  const [alice, bob] = ['alice', 'bob'].map(makeIdentity)
  const { setId, shares } = setOf('3 of 5', 3, 5, 7)
  const accountId = bytesFor('account', 32)
  const good = {
    purpose: 'zkeb/recovery-share/v1',
    accountId: hex(accountId),
    setId: hex(setId),
    x: 2,
  }
  const sealIt = (name, associatedData, plaintext) => {
    const rules = { suite: X25519, wrap: wrapHpke, signMessage: signEd25519 }
    const { envelope } = make(name, {
      ...rules,
      from: alice,
      to: [{ keys: bob }],
      plaintext,
      associatedData,
    })
    return decode(envelope).toJSON()
  }
  const other = setOf('another set', 3, 5, 7)
  const rows = [
    ['another purpose', { ...good, purpose: 'zkeb/recovery-share/v2' }, shares[1], 'SIGNATURE'],
    ['another account', { ...good, accountId: hex(bytesFor('other', 32)) }, shares[1], 'SIGNATURE'],
    ['another set', { ...good, setId: hex(other.setId) }, other.shares[1], 'SIGNATURE'],
    ['another number', { ...good, x: 3 }, shares[2], 'SIGNATURE'],
    ['a number as text', { ...good, x: '2' }, shares[1], 'SIGNATURE'],
    ['upper-case digits', { ...good, setId: hex(setId).toUpperCase() }, shares[1], 'SIGNATURE'],
    ['a share of another number inside', good, shares[2], 'SHARES', 'index'],
    ['a share of another set inside', good, other.shares[1], 'SHARES', 'foreign'],
    ['an altered share inside', good, flip(shares[1], AT.y), 'SHARES', 'altered'],
    ['no share inside', good, Buffer.from('hello'), 'SHARES', 'format'],
  ]
  return {
    identities: { alice: alice.line, bob: bob.line },
    ...{ now: NOW, accountId: hex(accountId), setId: hex(setId), index: 2, share: hex(shares[1]) },
    json: sealIt('sealed share', good, shares[1]),
    negative: rows.map(([name, bound, content, code, reason]) => ({
      ...{ name, json: sealIt(name, bound, content), code },
      ...(reason && { reason }),
    })),
  }
}

/** §8 */
function codeOf({ fingerprint, line }) {
  const bits = [...fingerprint].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const indices = bits.slice(0, 110).match(/.{11}/g)
  const words = indices.map((eleven) => wordlist[Number.parseInt(eleven, 2)])
  return { line, fingerprint: hex(fingerprint), code: words.join(' ') }
}
