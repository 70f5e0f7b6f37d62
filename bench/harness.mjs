// Why not tinybench or mitata: both finish one task before they start the next, so on a noisy machine a ratio of two
// tasks compares two moments. Here every repetition runs every peer, and ratios are taken within the repetition.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/**
 * Runs all peers round-robin and returns their times, in milliseconds, as `times[peer][step][repetition]`. A step
 * takes what the step before it returned; the first takes what `prepare` returned, the same for every peer. Each
 * repetition begins with another peer, and every second one goes backwards.
 *
 * `collect`: no peer pays for the garbage of the one before it. Not for steps of a millisecond or so: a forced
 * collection also throws compiled code away, which then costs as much as what is measured.
 *
 * @param {{ name: string, steps: Record<string, (input: any) => any> }[]} peers
 * @param {{ runs: number, warmUp?: number, collect?: boolean, prepare?: () => any }} options
 * @returns {Promise<Record<string, Record<string, number[]>>>}
 */
export async function interleave(peers, options) {
  const { runs, warmUp = 3, collect = false, prepare = () => undefined } = options
  const times = Object.fromEntries(
    peers.map(({ name, steps }) => [name, mapValues(steps, () => [])]),
  )
  for (let run = -warmUp; run < runs; run++) {
    const input = await prepare()
    const order = run % 2 === 0 ? peers : peers.toReversed()
    for (let i = 0; i < order.length; i++) {
      const { name, steps } = order[(i + run + warmUp) % order.length]
      if (collect) collectGarbage()
      let value = input
      for (const [step, work] of Object.entries(steps)) {
        const start = performance.now()
        value = await work(value)
        const elapsed = performance.now() - start
        if (run >= 0) times[name][step].push(elapsed)
      }
    }
  }
  return times
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The median of `compare(a, b)` over the repetitions: both sides of every pair ran side by side. */
export function pairedMedian(a, b, compare) {
  return median(a.map((value, i) => compare(value, b[i])))
}

/** All steps of a peer together, for every repetition. */
export function total(steps) {
  const [first, ...others] = Object.values(steps)
  return first.map((value, i) => others.reduce((sum, step) => sum + step[i], value))
}

/** Text columns: the first to the left, the others to the right. */
export function formatTable(header, rows) {
  const lines = [header, ...rows].map((row) => row.map(String))
  const widths = header.map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  const write = (line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  const [head, ...body] = lines.map(write)
  return [head, '─'.repeat(head.length), ...body].join('\n')
}

export function formatSize(bytes) {
  if (bytes >= 2 ** 20) return `${bytes / 2 ** 20} MiB`
  return bytes >= 2 ** 10 ? `${bytes / 2 ** 10} KiB` : `${bytes} B`
}

/** Three digits that count. */
export function formatNumber(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]))
}
