/** Recovery shares as spec/recovery.md says, with node:crypto and nothing of core: field, tree and Bech32m are written here once more. */
import { hmac, sha256 } from './by-hand.mjs'
import { bytesFor } from './features.mjs'

const LABEL = Buffer.from('zkeb/share/v1')
const CONFIRM = Buffer.from('zkeb/share/confirm/v1')
const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const BECH32M = 0x2bc830a3

const hash16 = (...parts) => sha256(...parts).subarray(0, 16)

/** Bit by bit, modulo 11b. */
function times(a, b) {
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= a << bit
  }
  for (let bit = 14; bit >= 8; bit--) {
    if ((product >> bit) & 1) product ^= 0x11b << (bit - 8)
  }
  return product
}

/** Horner: `rows` are S and the coefficients of x, x², … */
const evaluate = (rows, x) =>
  Buffer.from(rows[0].map((_, i) => rows.reduceRight((sum, row) => times(sum, x) ^ row[i], 0)))

/** §1. `header`, `confirm` and `y` can be replaced. */
export function deal({ secret, coefficients, total, epoch = 0, ...replaced }) {
  const numbers = Buffer.alloc(7)
  numbers.writeUInt8(coefficients.length + 1, 0)
  numbers.writeUInt8(total, 1)
  numbers.writeUInt32BE(epoch, 2)
  numbers.writeUInt8(32, 6)
  const header = replaced.header ?? Buffer.concat([Buffer.from('ZS'), Buffer.of(1, 1), numbers])
  const confirmKey = hmac(hmac(Buffer.alloc(32), secret), CONFIRM, Buffer.of(1))
  const confirm = replaced.confirm ?? hmac(confirmKey, header).subarray(0, 16)
  const xs = Array.from({ length: total }, (_, i) => i + 1)
  const ys = xs.map((x) => replaced.y?.(x) ?? evaluate([secret, ...coefficients], x))
  const leaves = xs.map((x, i) => hash16(Buffer.of(0), LABEL, header, Buffer.of(x), ys[i]))
  const { root, paths } = tree(leaves)
  const setId = hash16(Buffer.of(2), header, confirm, root)
  const shares = xs.map((x, i) =>
    Buffer.concat([
      ...[header, setId, confirm, Buffer.of(x), ys[i]],
      ...[Buffer.of(paths[i].length), ...paths[i]],
    ]),
  )
  return { header, confirm, leaves, root, setId, shares }
}

function tree(leaves) {
  const paths = leaves.map(() => [])
  let level = leaves.map((hash, leaf) => [hash, [leaf]])
  while (level.length > 1) {
    const next = []
    while (level.length > 0) {
      const [[left, below], partner] = level.splice(0, 2)
      if (partner === undefined) {
        next.push([left, below])
        continue
      }
      const [right, beside] = partner
      for (const leaf of below) paths[leaf].push(right)
      for (const leaf of beside) paths[leaf].push(left)
      next.push([hash16(Buffer.of(1), left, right), [...below, ...beside]])
    }
    level = next
  }
  return { root: level[0][0], paths }
}

/** BIP-350, without the prefix and the 1 behind it, upper case. `spoil` changes the groups of five bits. */
export function bech32m(prefix, bytes, spoil = (groups) => groups) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = spoil(
    (bits.match(/.{1,5}/g) ?? []).map((five) => parseInt(five.padEnd(5, '0'), 2)),
  )
  const codes = [...prefix].map((character) => character.charCodeAt(0))
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
  const check = polymod([...expanded, ...groups, 0, 0, 0, 0, 0, 0]) ^ BECH32M
  const checks = [25, 20, 15, 10, 5, 0].map((shift) => (check >> shift) & 31)
  return [...groups, ...checks]
    .map((five) => ALPHABET[five])
    .join('')
    .toUpperCase()
}

function polymod(values) {
  let sum = 1
  for (const value of values) {
    const top = sum >> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (const [bit, generator] of GENERATORS.entries()) if ((top >> bit) & 1) sum ^= generator
  }
  return sum
}

/** §5: one line; `number` as it is printed. */
export function lineOf(number, bytes, spoil) {
  const name = String(number).padStart(2, '0')
  const groups = bech32m(`zs${name}`, bytes, spoil).match(/.{1,5}/g)
  return [name, ...groups].join(' ')
}

/** §5 */
export function linesOf(share) {
  const count = Math.ceil(share.length / 15)
  return Array.from({ length: count }, (_, i) =>
    lineOf(i + 1, share.subarray(15 * i, 15 * (i + 1))),
  )
}

/** §5: what the QR code holds. */
export const qrText = (share) => `ZKEBSHARE1${bech32m('zkebshare', share)}`

/** Where a share's fields begin (§2). */
export const AT = {
  version: 2,
  suite: 3,
  t: 4,
  n: 5,
  epoch: 9,
  len: 10,
  setId: 11,
  confirm: 27,
  x: 43,
  y: 44,
  depth: 76,
  path: 77,
}

/** A set whose random parts follow from its name. */
export function setOf(name, threshold, total, epoch, more = {}) {
  const secret = bytesFor(`secret ${name}`, 32)
  const degrees = Array.from({ length: threshold - 1 }, (_, i) => i + 1)
  const coefficients = degrees.map((degree) => bytesFor(`coefficient ${degree} ${name}`, 32))
  return { secret, coefficients, ...deal({ secret, coefficients, total, epoch, ...more }) }
}

/** A copy with one byte replaced. */
export function withByte(share, place, value) {
  const copy = Buffer.from(share)
  copy[place] = value
  return copy
}
export const flip = (share, place) => withByte(share, place, share[place] ^ 0x10)
