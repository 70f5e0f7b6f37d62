/** Raw Shamir shares, from the text of spec/raw-shamir.md alone. */
import { createHash } from 'node:crypto'
import { hex } from './features.mjs'

const MODULUS = 0b1_0001_1011

/** §1, as it is written: the product of two polynomials, and what is left of it. */
function multiply(a, b) {
  let product = 0
  for (let k = 0; k < 8; k++) if (b & (1 << k)) product ^= a << k
  for (let k = 14; k >= 8; k--) if (product & (1 << k)) product ^= MODULUS << (k - 8)
  return product
}

function invert(a) {
  for (let b = 1; b < 256; b++) if (multiply(a, b) === 1) return b
  throw new RangeError('0 has no inverse')
}

const power = (a, n) => (n === 0 ? 1 : multiply(a, power(a, n - 1)))
const add = (a, b) => a ^ b

/** As many bytes as asked for, the same in every run. */
function seeded(label, length) {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash('sha256').update(`raw-shamir ${label} ${i}`).digest(),
  )
  return [...Buffer.concat(blocks).subarray(0, length)]
}

/** §3: of public numbers. */
function weightsAt(at, xs) {
  return xs.map((x) =>
    xs
      .filter((other) => other !== x)
      .map((other) => multiply(add(at, other), invert(add(x, other))))
      .reduce(multiply, 1),
  )
}

/** §2, and §3 for some choices of shares: `is` may be fewer than the threshold, and then the result is noise. */
function positive({ name, secret, coefficients, shares: count, choices }) {
  const evaluate = (x) =>
    secret.map((byte, i) =>
      coefficients.map((row, degree) => multiply(row[i], power(x, degree + 1))).reduce(add, byte),
    )
  const points = Array.from({ length: count }, (_, i) => ({ x: i + 1, y: evaluate(i + 1) }))
  return {
    name,
    secret: hex(secret),
    threshold: coefficients.length + 1,
    coefficients: coefficients.map(hex),
    shares: points.map(({ x, y }) => hex([...y, x])),
    combinations: choices.map((xs) => {
      const weights = weightsAt(0, xs)
      const products = xs.map((x, i) => points[x - 1].y.map((byte) => multiply(byte, weights[i])))
      const result = secret.map((_, i) => products.map((product) => product[i]).reduce(add))
      return { xs, weights: hex(weights), products: products.map(hex), result: hex(result) }
    }),
  }
}

function seededCase(name, { bytes, threshold, shares, choices }) {
  const rows = Array.from({ length: threshold - 1 }, (_, i) => seeded(`${name} c${i + 1}`, bytes))
  return positive({ name, secret: seeded(name, bytes), coefficients: rows, shares, choices })
}

const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1)
const allSubsets = (xs) =>
  xs
    .reduce((all, x) => all.concat(all.map((some) => [...some, x])), [[]])
    .filter((it) => it.length > 1)

const example = {
  name: 'the example of §4',
  secret: [0x68, 0x69],
  coefficients: [
    [0x1f, 0x2e],
    [0x00, 0xff],
  ],
  shares: 3,
  choices: [upTo(3)],
}
const zeros = { ...example, name: 'every coefficient 0', coefficients: [[0, 0]], choices: [[1, 3]] }
const positives = [
  positive(example),
  positive(zeros),
  seededCase('one byte, 2 of 2', {
    bytes: 1,
    threshold: 2,
    shares: 2,
    choices: [
      [1, 2],
      [2, 1],
    ],
  }),
  seededCase('32 bytes, 3 of 5, and below the threshold', {
    ...{ bytes: 32, threshold: 3, shares: 5 },
    choices: allSubsets(upTo(5)),
  }),
  seededCase('33 bytes, 5 of 5', { bytes: 33, threshold: 5, shares: 5, choices: [upTo(5)] }),
  seededCase('5 bytes, 2 of 255', {
    ...{ bytes: 5, threshold: 2, shares: 255 },
    choices: [[254, 255], [1, 255], upTo(255)],
  }),
  seededCase('3 bytes, 16 of 16', { bytes: 3, threshold: 16, shares: 16, choices: [upTo(16)] }),
]

const [a, b, c] = positives[3].shares
const withX = (share, x) => share.slice(0, -2) + hex([x])
const negatives = [
  ['no share', []],
  ['one share', [a]],
  ['256 shares', Array.from({ length: 256 }, (_, i) => withX(a, i))],
  ['x = 0', [a, b, withX(c, 0)]],
  ['x = 0 first', [withX(c, 0), a, b]],
  ['a share twice', [a, b, a]],
  ['two shares of one x', [a, b, withX(c, 2)]],
  ['a share cut short', [a, b, c.slice(2)]],
  ['a share too long', [a, b, `00${c}`]],
  ['an empty share', [a, b, '']],
  ['shares of x alone', ['01', '02']],
].map(([name, shares]) => ({ name, shares, code: 'FORMAT' }))

export const rawShamirVectors = () => ({
  description:
    'Raw Shamir shares (spec/raw-shamir.md), all bytes in hexadecimal. Positive: a secret split with these coefficients, those of x first, gives these shares; the shares with these x, in ' +
    'this order, have these weights and products at 0, and give this result, which is noise for fewer shares than the threshold. Negative: combining these shares must fail with `code`.',
  positive: positives,
  negative: negatives,
})
