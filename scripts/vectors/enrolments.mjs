/** Enrolments as spec/account.md §8 says, with node:crypto alone. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { ACCOUNT_ID } from './account-keys.mjs'
import { encodedOf } from './account-slots.mjs'
import { pae, sha256, u64 } from './by-hand.mjs'
import { base64, bytesFor, SUITES, text } from './features.mjs'

const ofCore = createRequire(new URL('../../packages/core/package.json', import.meta.url))
const english = pathToFileURL(ofCore.resolve('@scure/bip39/wordlists/english.js'))
const { wordlist } = await import(english)
const PLACE = { accountId: ACCOUNT_ID, counter: 7, digest: bytesFor('the head', 32) }

function sixWords(digest) {
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const word = (i) => wordlist[Number.parseInt(bits.slice(11 * i, 11 * i + 11), 2)]
  return [0, 1, 2, 3, 4, 5].map(word).join(' ')
}

const piecesOf = (suite, { encryption, signing }) => [
  suite,
  encodedOf(encryption),
  encodedOf(signing),
]

/** `neu`, `active`: names of suites. */
function enrolment(neu, active) {
  const [n, o] = [SUITES[neu].person('alice'), SUITES[active].person('bob')]
  const [nonceN, nonceO] = ['new', 'active'].map((it) =>
    bytesFor(`nonce ${neu} ${active} ${it}`, 32),
  )
  const commitment = sha256(pae(['zkeb/enrol/commit/v1', n.fingerprint, nonceN]))
  const { accountId, digest } = PLACE
  const counter = u64(PLACE.counter)
  const request = pae(['zkeb/enrol/request/v1', ...piecesOf(neu, n), commitment])
  const answerPieces = [...piecesOf(active, o), accountId, counter, digest, nonceO]
  const answer = pae(['zkeb/enrol/answer/v1', ...answerPieces])
  const reveal = pae(['zkeb/enrol/reveal/v1', nonceN])
  const prints = [o.fingerprint, n.fingerprint]
  const transcript = ['zkeb/enrol/v1', ...prints, accountId, counter, digest, nonceO, nonceN]
  const hash = sha256(pae(transcript))
  return {
    name: `new ${neu}, active ${active}`,
    newDevice: n.line,
    activeDevice: o.line,
    counter: PLACE.counter,
    ...text({ accountId, digest, nonceN, nonceO, commitment, hash }),
    words: sixWords(hash),
    request: base64(request),
    answer: base64(answer),
    reveal: base64(reveal),
    pieces: { request: [...piecesOf(neu, n), commitment], answer: answerPieces },
  }
}

export function enrolmentVectors() {
  const pairs = [
    ['x25519', 'x25519'],
    ['rsa', 'pq'],
    ['pq', 'rsa'],
  ]
  const made = pairs.map(([neu, active]) => enrolment(neu, active))
  const [{ pieces }] = made
  const positive = made.map(({ pieces: _, ...it }) => it)
  return { positive, negative: negatives(pieces, positive[0]) }
}

function negatives({ request, answer }, good) {
  const replaced = (pieces, at, piece) => pieces.map((it, i) => (i === at ? piece : it))
  const ask = (...pieces) => pae(['zkeb/enrol/request/v1', ...pieces])
  const reply = (...pieces) => pae(['zkeb/enrol/answer/v1', ...pieces])
  const show = (...pieces) => pae(['zkeb/enrol/reveal/v1', ...pieces])
  const zeros = Buffer.alloc(44)
  const cases = [
    ['request', 'another version', pae(['zkeb/enrol/request/v2', ...request]), 'VERSION'],
    ['request', 'another message', show(bytesFor('x', 32)), 'FORMAT'],
    ['request', 'an unknown suite', ask(...replaced(request, 0, 'rot13')), 'FORMAT'],
    ['request', 'a key of another suite', ask(...replaced(request, 0, 'pq')), 'KEY'],
    ['request', 'no key', ask(...replaced(request, 1, zeros)), 'KEY'],
    ['request', 'a short commitment', ask(...replaced(request, 3, zeros)), 'FORMAT'],
    ['request', 'a piece more', ask(...request, ''), 'FORMAT'],
    ['request', 'too long', Buffer.alloc(8193), 'LIMIT'],
    ['answer', 'another version', pae(['zkeb/enrol/answer/v2', ...answer]), 'VERSION'],
    ['answer', 'another message', ask(...request), 'FORMAT'],
    ['answer', 'a short account id', reply(...replaced(answer, 3, bytesFor('x', 31))), 'FORMAT'],
    ['answer', 'a short counter', reply(...replaced(answer, 4, Buffer.alloc(4))), 'FORMAT'],
    ['answer', 'a counter of 2^32', reply(...replaced(answer, 4, u64(2n ** 32n))), 'LIMIT'],
    ['answer', 'a counter of 2^53', reply(...replaced(answer, 4, u64(2n ** 53n))), 'LIMIT'],
    ['answer', 'a short nonce', reply(...replaced(answer, 6, bytesFor('x', 31))), 'FORMAT'],
    ['reveal', 'another nonce', show(bytesFor('another nonce', 32)), 'SIGNATURE'],
    ['reveal', 'a short nonce', show(bytesFor('x', 31)), 'FORMAT'],
    ['reveal', 'another version', pae(['zkeb/enrol/reveal/v2', bytesFor('x', 32)]), 'VERSION'],
  ]
  const { request: first, newDevice, activeDevice } = good
  return cases.map(([message, name, bytes, code]) => ({
    ...{ name: `${message}: ${name}`, message, bytes: base64(bytes), code },
    ...{ newDevice, activeDevice, request: first },
  }))
}
