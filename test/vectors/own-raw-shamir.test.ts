/** spec/vectors/raw-shamir.json: made by hand from the specification, read by core on every platform. */
import { combineBytes, splitBytes } from '@zkeb/core/raw-shamir'
import { afterEach, describe, expect, test } from 'vitest'
import { backend, useBackend } from '../../packages/core/src/crypto/current'
import { interpolate } from '../../packages/core/src/raw-shamir/polynomial'
import vectors from '../../spec/vectors/raw-shamir.json' with { type: 'json' }
import { bytesToHex, hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'

const named = <T extends { readonly name: string }>(cases: readonly T[]) =>
  cases.map((it) => [it.name, it] as const)

const usual = backend()
afterEach(() => useBackend(usual))

describe.each(named(vectors.positive))('%s', (_name, it) => {
  test('split', () => {
    const left = it.coefficients.map(hexToBytes)
    useBackend({ ...usual, randomBytes: () => left.shift() ?? new Uint8Array(0) })
    const options = { shares: it.shares.length, threshold: it.threshold }
    expect(splitBytes(hexToBytes(it.secret), options).map(bytesToHex)).toEqual(it.shares)
  })

  const combinations = it.combinations.map((one) => [one.xs.join().slice(0, 20), one] as const)

  test.each(combinations)('combine %s', (_xs, { xs, result }) => {
    const shares = xs.map((x) => hexToBytes(it.shares[x - 1] as string))
    expect(bytesToHex(combineBytes(shares))).toBe(result)
    expect(result === it.secret).toBe(xs.length >= it.threshold)
  })

  test.each(combinations)('weights and products of %s', (_xs, { xs, weights, products }) => {
    const ys = xs.map((x) => hexToBytes((it.shares[x - 1] as string).slice(0, -2)))
    /** What is left of the sum where all y but one are 0. */
    const term = (index: number, y: Uint8Array<ArrayBuffer>) =>
      bytesToHex(
        interpolate(
          xs.map((x, i) => ({ x, y: i === index ? y : new Uint8Array(y.length) })),
          0,
        ),
      )
    expect(xs.map((_, i) => term(i, Uint8Array.of(1))).join('')).toBe(weights)
    expect(ys.map((y, i) => term(i, y))).toEqual(products)
  })
})

describe('refused', () => {
  test.each(named(vectors.negative))('%s', async (_name, { shares, code }) => {
    expect(await outcomeOf(() => combineBytes(shares.map(hexToBytes)))).toBe(code)
  })
})
