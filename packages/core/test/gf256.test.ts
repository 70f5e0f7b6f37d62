/** The field of raw Shamir, against a reference that multiplies polynomials bit by bit. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addProduct, fromLanes, invert, multiply, power, toLanes } from '../src/raw-shamir/gf256'

const MODULUS = 0x11b
const ALL = Array.from({ length: 256 }, (_, i) => i)

/** The whole product, of up to 15 bits, then long division by the modulus. */
function reference(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= MODULUS << (bit - 8)
  return product
}

/** Through the lanes: secret bytes, a public scalar. */
function product(bytes: readonly number[], scalar: number): number[] {
  const sum = toLanes(new Uint8Array(bytes.length))
  addProduct(sum, toLanes(Uint8Array.from(bytes)), scalar)
  return [...fromLanes(sum, bytes.length)]
}

describe('all 65 536 products', () => {
  test('of public numbers', () => {
    for (const a of ALL) {
      const expected = ALL.map((b) => reference(a, b))
      expect(ALL.map((b) => multiply(a, b))).toEqual(expected)
    }
  })

  test('of secret bytes, in either lane', () => {
    const shifted = [0, ...ALL]
    for (const scalar of ALL) {
      const expected = ALL.map((a) => reference(a, scalar))
      expect(product(ALL, scalar)).toEqual(expected)
      expect(product(shifted, scalar)).toEqual([0, ...expected])
    }
  })
})

describe('field laws', () => {
  const byte = fc.integer({ min: 0, max: 255 })

  test('every number but 0 has an inverse', () => {
    for (const a of ALL.slice(1)) expect(multiply(a, invert(a))).toBe(1)
  })

  test('x + 1 generates all numbers but 0', () => {
    expect(new Set(ALL.slice(1).map((n) => power(3, n))).size).toBe(255)
    expect([power(3, 0), power(3, 1), power(3, 255)]).toEqual([1, 3, 1])
  })

  test('products are associative, commutative and distribute over sums', () => {
    fc.assert(
      fc.property(byte, byte, byte, (a, b, c) => {
        expect(multiply(a, multiply(b, c))).toBe(multiply(multiply(a, b), c))
        expect(multiply(a, b)).toBe(multiply(b, a))
        expect(multiply(a, b ^ c)).toBe(multiply(a, b) ^ multiply(a, c))
      }),
    )
  })
})

describe('lanes', () => {
  test('a product is added to what was there', () => {
    const sum = toLanes(Uint8Array.of(0x80, 0x01, 0xff))
    addProduct(sum, toLanes(Uint8Array.of(0x01, 0x80, 0x53)), 0xca)
    expect([...fromLanes(sum, 3)]).toEqual([
      0x80 ^ 0xca,
      0x01 ^ reference(0x80, 0xca),
      0xff ^ reference(0x53, 0xca),
    ])
  })

  test('bytes of any length come back as a copy of their own', () => {
    for (const length of [1, 2, 3, 32, 33]) {
      const bytes = Uint8Array.from({ length }, (_, i) => 255 - i)
      const lanes = toLanes(bytes)
      const back = fromLanes(lanes, length)
      lanes.fill(0)
      expect(back).toEqual(bytes)
      expect(back.buffer.byteLength).toBe(length)
    }
  })
})
