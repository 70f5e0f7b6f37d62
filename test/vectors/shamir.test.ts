/** Raw Shamir against public vectors: the field, interpolation at any x, splits with known coefficients. */
import { createHmac } from 'node:crypto'
import { combineBytes, splitBytes } from '@zkeb/core/raw-shamir'
import { backend, useBackend } from '../../packages/core/src/crypto/current'
import {
  addProduct,
  fromLanes,
  invert,
  multiply,
  toLanes,
} from '../../packages/core/src/raw-shamir/gf256'
import { interpolate } from '../../packages/core/src/raw-shamir/polynomial'
import { hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'
import { hex, runVectors } from '../support/public-vectors'

/** Nothing here differs between platforms. */
const backends = [['in JavaScript', undefined]] as const
const FIELD = '0x11b'

type Case = Record<string, unknown>
interface Share {
  readonly x: number
  readonly y: string
  readonly vault: string
}

const toPoints = (shares: unknown) =>
  (shares as Share[]).map(({ x, y }) => ({ x, y: hexToBytes(y) }))

runVectors('GF(2⁸)', {
  files: ['../shamir/gf256_field.json'],
  valid: 15,
  invalid: 0,
  backends,

  read(json) {
    const { ops, interpolate } = json as { ops: Case[]; interpolate: Case[] }
    return [...ops, ...interpolate.map((it) => ({ ...it, op: 'interpolate' }))].map((it) => ({
      comment: String(it['op']),
      ...it,
    }))
  },

  async check(_backend, it) {
    const [a, b] = [Number(it['a']), Number(it['b'])]
    const work: Record<string, () => number | undefined> = {
      add: () => sum(a, b),
      mul: () => multiply(a, b),
      div: () => multiply(a, invert(b)),
      interpolate() {
        const points = it['points'] as [number, number][]
        return interpolate(
          points.map(([x, y]) => ({ x, y: Uint8Array.of(y) })),
          0,
        )[0]
      },
    }
    return work[String(it['op'])]?.() === it['r']
  },
})

runVectors('interpolation', {
  files: ['../shamir/gf256_interpolate.json'],
  valid: 4,
  invalid: 1,
  backends,

  read(json) {
    const { interpolate, slip39style } = json as { interpolate: Case[]; slip39style: Case[] }
    return [...interpolate, ...slip39style].map((it) => ({ ...it, comment: String(it['id']) }))
  },

  async check(_backend, it) {
    const points = toPoints(it['shares'])
    const at = (x: unknown) => hex(interpolate(points, Number(x)))
    if (it.result === 'invalid') return (await outcomeOf(() => at(it['at']))) !== 'RangeError'
    if (it['at'] !== undefined) return at(it['at']) === it['value']
    points.splice(0, points.length - Number(it['threshold']))
    const digest = at(it['digestIndex'])
    const key = hexToBytes(digest.slice(8))
    const mac = createHmac('sha256', key)
      .update(hexToBytes(String(it['secret'])))
      .digest('hex')
    const isDigest = digest === it['digest'] && digest.slice(0, 8) === mac.slice(0, 8)
    return isDigest && at(it['secretIndex']) === it['secret']
  },
})

runVectors('split and combine', {
  files: ['../shamir/gf256_split_combine.json'],
  valid: 5,
  invalid: 0,
  backends,

  read(json) {
    const { tests } = json as { tests: Case[] }
    return tests.map((it) => ({ ...it, comment: String(it['id']) }))
  },
  reasonToSkip: ({ polynomial }) =>
    polynomial === FIELD ? undefined : 'another field, 0x11d; ours is 0x11b',

  async check(_backend, it) {
    const listed = it['shares'] as Share[]
    const rows = it['coefficients'] as string[] | null
    const shares = listed.map(({ vault }) => vault)
    const made = rows ? splitWith(rows, it, shares.length) : shares
    const isCombined = (it['combine'] as number[][]).every((xs) => {
      const some = listed.filter(({ x }) => xs.includes(x)).map(({ vault }) => hexToBytes(vault))
      return hex(combineBytes(some)) === it['secret']
    })
    return made.join() === shares.join() && isCombined
  },
})

function sum(a: number, b: number): number | undefined {
  const lanes = toLanes(Uint8Array.of(a))
  addProduct(lanes, toLanes(Uint8Array.of(b)), 1)
  return fromLanes(lanes, 1)[0]
}

/** The shares as hex, of coefficients that are given instead of drawn. */
function splitWith(rows: readonly string[], it: Case, shares: number): string[] {
  const usual = backend()
  const left = rows.map(hexToBytes)
  useBackend({ ...usual, randomBytes: () => left.shift() ?? new Uint8Array(0) })
  try {
    const secret = hexToBytes(String(it['secret']))
    return splitBytes(secret, { shares, threshold: Number(it['threshold']) }).map(hex)
  } finally {
    useBackend(usual)
  }
}
