// Goals 1 and 2: sealing and opening one message in memory, beside bare WebCrypto and other libraries.

import { randomFillSync } from 'node:crypto'
import { formatNumber, formatSize, interleave, median, pairedMedian, total } from './harness.mjs'
import { createCurvePeers, createRsaPeers } from './peers.mjs'

const KIB = 2 ** 10
const MIB = 2 ** 20

const ratio = (a, b) => a / b
const difference = (a, b) => a - b

/** `value` compares seal + open of two peers within each repetition; the goal is met by its median. */
const RSA_GOALS = [
  {
    id: '1-limit-1KiB',
    text: 'seal + open at 1 KiB: the limit and at most 0.5 ms',
    ...{ size: KIB, of: ['zkeb', 'limit'], compare: difference, unit: 'ms', atMost: 0.5 },
  },
  {
    id: '1-limit-1MiB',
    text: 'seal + open at 1 MiB: at most 1.3 times the limit',
    ...{ size: MIB, of: ['zkeb', 'limit'], compare: ratio, unit: '×', atMost: 1.3 },
  },
  {
    id: '1-limit-16MiB',
    text: 'seal + open at 16 MiB: at most 1.5 times the limit',
    ...{ size: 16 * MIB, of: ['zkeb', 'limit'], compare: ratio, unit: '×', atMost: 1.5 },
  },
  ...[
    ['jose', 12],
    ['openpgp', 3],
    ['age', 3],
  ].map(([peer, atLeast]) => ({
    id: `1-${peer}-16MiB`,
    text: `seal + open at 16 MiB: at least ${atLeast} times as fast as ${peer}`,
    ...{ size: 16 * MIB, of: [peer, 'zkeb'], compare: ratio, unit: '×', atLeast },
  })),
]

const CURVE_GOALS = [
  ['zkeb x25519', 0.9],
  ['zkeb pq', 25],
].map(([peer, atMost]) => ({
  id: `2-${peer.split(' ')[1]}-1KiB`,
  text: `${peer}: seal + open at 1 KiB`,
  ...{ size: KIB, of: [peer], unit: 'ms', atMost },
}))

/** The RSA operations alone scatter by more than the goal at 1 KiB: many repetitions there. */
const SERIES = [
  {
    name: 'RSA-4096',
    createPeers: createRsaPeers,
    base: 'limit',
    plan: [
      { size: KIB, runs: 60, quickRuns: 15 },
      { size: MIB, runs: 40, quickRuns: 10 },
      { size: 16 * MIB, runs: 15, quickRuns: 5, quickPeers: ['zkeb', 'limit'] },
    ],
    goals: RSA_GOALS,
  },
  {
    name: 'curve25519, and post-quantum',
    createPeers: createCurvePeers,
    base: 'zkeb x25519',
    plan: [
      { size: KIB, runs: 60, quickRuns: 15 },
      { size: MIB, runs: 30, quickRuns: 5 },
    ],
    goals: CURVE_GOALS,
  },
]

/** @param {{ quick: boolean, log: (line: string) => void }} options */
export async function run({ quick, log }) {
  const reports = []
  for (const series of SERIES) reports.push(await runSeries(series, { quick, log }))
  return {
    tables: reports.map(({ table }) => table),
    results: reports.flatMap(({ results }) => results),
    goals: reports.flatMap(({ goals }) => goals),
  }
}

async function runSeries({ name, createPeers, base, plan, goals }, { quick, log }) {
  log(`envelope: making keys, ${name}`)
  const peers = Object.entries(await createPeers()).map(([name, steps]) => ({ name, steps }))
  await checkRoundTrips(peers)
  const measured = new Map()
  for (const { size, runs, quickRuns, quickPeers } of plan) {
    const chosen = peers.filter(({ name }) => !quick || !quickPeers || quickPeers.includes(name))
    const collect = size >= MIB
    const options = { runs: quick ? quickRuns : runs, collect, prepare: () => randomBytes(size) }
    log(`envelope: ${formatSize(size)}, ${options.runs} repetitions of ${chosen.length} peers`)
    measured.set(size, await interleave(chosen, options))
  }
  return {
    table: {
      title: `envelope: ${name}, medians in ms; "/ ${base}" is the median of the ratios within each repetition`,
      header: ['peer', 'size', 'seal', 'open', 'seal + open', `/ ${base}`, 'runs'],
      rows: [...measured].flatMap(([size, times]) => toRows(size, times, base)),
    },
    results: [...measured].flatMap(([size, times]) => toResults(size, times)),
    goals: goals.map((goal) => evaluate(goal, measured.get(goal.size))),
  }
}

/** A fast peer that does not return what was sealed would prove nothing. */
async function checkRoundTrips(peers) {
  const data = randomBytes(MIB + 1)
  for (const { name, steps } of peers) {
    const opened = await steps.open(await steps.seal(data))
    if (Buffer.compare(opened, data) !== 0) throw new Error(`${name} lost the plaintext`)
  }
}

function randomBytes(length) {
  return randomFillSync(new Uint8Array(length))
}

function toRows(size, times, base) {
  return Object.entries(times).map(([name, steps]) => {
    const both = total(steps)
    const cells = [median(steps.seal), median(steps.open), median(both)]
    const againstBase = pairedMedian(both, total(times[base]), ratio)
    const numbers = [...cells, againstBase].map(formatNumber)
    return [name, formatSize(size), ...numbers, both.length]
  })
}

function toResults(size, times) {
  return Object.entries(times).flatMap(([peer, steps]) =>
    Object.entries({ ...steps, 'seal + open': total(steps) }).map(([step, values]) => ({
      name: `${peer}: ${step}`,
      size,
      medianMs: median(values),
      runs: values.length,
    })),
  )
}

function evaluate({ id, text, of: [a, b], compare, unit, atMost, atLeast }, times) {
  const target = atMost === undefined ? `≥ ${atLeast} ${unit}` : `≤ ${atMost} ${unit}`
  if (!times[a] || (b && !times[b])) return { id, text, target, value: null, met: null }
  const value = b
    ? pairedMedian(total(times[a]), total(times[b]), compare)
    : median(total(times[a]))
  const met = atMost === undefined ? value >= atLeast : value <= atMost
  return { id, text, target, value, met }
}
