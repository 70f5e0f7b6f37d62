// Goal 4: raw Shamir, 3 of 5, beside the audited library and the best-known one.

import { randomFillSync } from 'node:crypto'
import { combineBytes, splitBytes } from '@zkeb/core/raw-shamir'
import secrets from 'secrets.js-grempe'
import { combine, split } from 'shamir-secret-sharing'
import { formatNumber, formatSize, interleave, median, pairedMedian } from './harness.mjs'

const SHARES = 5
const THRESHOLD = 3
const AUDITED = 'shamir-secret-sharing'

/** One call on 32 bytes is too short to be timed: `calls` of them are one measurement. */
const PLAN = [
  { size: 32, calls: 100, runs: 60, quickRuns: 15 },
  { size: 64 * 1024, calls: 1, runs: 30, quickRuns: 5 },
]

const GOALS = [
  { size: 32, step: 'split', atLeast: 5 },
  { size: 64 * 1024, step: 'split', atLeast: 50 },
  { size: 64 * 1024, step: 'combine', atLeast: 5 },
]

/** Each takes bytes its own way: conversions are not measured, as programs that use a library keep to its forms. */
const PEERS = {
  zkeb: {
    split: ({ secret }) => splitBytes(secret, { shares: SHARES, threshold: THRESHOLD }),
    combine: (shares) => combineBytes(shares),
    toBytes: (secret) => secret,
  },
  [AUDITED]: {
    split: ({ secret }) => split(secret, SHARES, THRESHOLD),
    combine: (shares) => combine(shares),
    toBytes: (secret) => secret,
  },
  'secrets.js-grempe': {
    split: ({ hex }) => secrets.share(hex, SHARES, THRESHOLD),
    combine: (shares) => secrets.combine(shares),
    toBytes: (hex) => Buffer.from(hex, 'hex'),
  },
}

/** @param {{ quick: boolean, log: (line: string) => void }} options */
export async function run({ quick, log }) {
  await checkRoundTrips()
  const measured = new Map()
  for (const { size, calls, runs: allRuns, quickRuns } of PLAN) {
    const runs = quick ? quickRuns : allRuns
    log(`shamir: ${formatSize(size)}, ${runs} repetitions`)
    const times = await interleave(toSteps(calls), { runs, prepare: () => prepare(size) })
    measured.set(size, { times, calls, runs })
  }
  const sizes = [...measured]
  return {
    tables: [
      {
        title: `shamir: ${THRESHOLD} of ${SHARES}, medians in ms; "/ zkeb" is the median of the ratios within each repetition`,
        header: ['peer', 'size', 'split', '/ zkeb', 'combine', '/ zkeb', 'runs'],
        rows: sizes.flatMap(([size, of]) => toRows(size, of)),
      },
    ],
    results: sizes.flatMap(([size, of]) => toResults(size, of)),
    goals: GOALS.map((goal) => evaluate(goal, measured.get(goal.size).times)),
  }
}

function prepare(size) {
  const secret = randomFillSync(new Uint8Array(size))
  return { secret, hex: Buffer.from(secret).toString('hex') }
}

/** A fast peer that does not return what was split would prove nothing. */
async function checkRoundTrips() {
  const input = prepare(1000)
  for (const [name, { split, combine, toBytes }] of Object.entries(PEERS)) {
    const shares = await split(input)
    const secret = toBytes(await combine(shares.slice(-THRESHOLD)))
    if (Buffer.compare(secret, input.secret) !== 0) throw new Error(`${name} lost the secret`)
  }
}

/** Any THRESHOLD shares will do: the last ones, so that x is not as small as can be. */
function toSteps(calls) {
  const repeat = (work) => async (input) => {
    let result
    for (let i = 0; i < calls; i++) result = await work(input)
    return result
  }
  return Object.entries(PEERS).map(([name, { split, combine }]) => ({
    name,
    steps: {
      split: repeat(split),
      combine: repeat((shares) => combine(shares.slice(-THRESHOLD))),
    },
  }))
}

function toRows(size, { times, calls, runs }) {
  return Object.entries(times).map(([name, steps]) => {
    const cells = Object.entries(steps).flatMap(([step, values]) => [
      median(values) / calls,
      pairedMedian(values, times.zkeb[step], (peer, ours) => peer / ours),
    ])
    return [name, formatSize(size), ...cells.map(formatFine), runs]
  })
}

/** Microseconds show, too. */
function formatFine(value) {
  return value < 0.1 ? value.toFixed(4) : formatNumber(value)
}

function toResults(size, { times, calls, runs }) {
  return Object.entries(times).flatMap(([peer, steps]) =>
    Object.entries(steps).map(([step, values]) => ({
      name: `${peer}: ${step} ${THRESHOLD} of ${SHARES}`,
      size,
      medianMs: median(values) / calls,
      runs,
    })),
  )
}

function evaluate({ size, step, atLeast }, times) {
  const value = pairedMedian(times[AUDITED][step], times.zkeb[step], (peer, ours) => peer / ours)
  return {
    id: `4-${step}-${formatSize(size).replace(' ', '')}`,
    text: `${step} ${formatSize(size)}: times as fast as ${AUDITED}`,
    target: `≥ ${atLeast} ×`,
    value,
    met: value >= atLeast,
  }
}
