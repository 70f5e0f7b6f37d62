// Goal 6: what a web page downloads. Goal 7: what a process pays for importing us.

import { spawnSync } from 'node:child_process'
import { BUNDLES, measureBundle } from '../scripts/bundle.mjs'
import { formatNumber, interleave, median, pairedMedian } from './harness.mjs'

const MAX_IMPORT_MS = 30
const RUNS = 11

/** @param {{ log: (line: string) => void }} options */
export async function run({ log }) {
  log('bundle: minifying')
  const bundles = []
  for (const bundle of BUNDLES) {
    const { bytes, lazyBytes } = await measureBundle(bundle)
    bundles.push({ ...bundle, bytes, lazyBytes, text: describe(bundle) })
  }
  log(`bundle: ${RUNS} processes each`)
  const { times, importMs } = await measureImport()
  const durations = Object.entries(times).map(([name, { spawn }]) => [name, median(spawn)])
  return {
    tables: [
      {
        title: 'bundle: min + gzip; process: median wall time',
        header: ['what', 'value', 'unit'],
        rows: [
          ...bundles.flatMap(({ text, bytes, lazyBytes }) => [
            [text, bytes, 'B'],
            ['  chunks that it may load later', lazyBytes, 'B'],
          ]),
          ...durations.map(([process, ms]) => [process, formatNumber(ms), 'ms']),
        ],
      },
    ],
    results: [
      ...bundles.map(({ text, bytes }) => ({ name: text, size: bytes, medianMs: null, runs: 1 })),
      ...durations.map(([process, medianMs]) => ({ name: process, size: 0, medianMs, runs: RUNS })),
    ],
    goals: [
      ...bundles.map(({ id, text, bytes, maxBytes }) =>
        atMost(id, `min + gzip of ${text}`, bytes, maxBytes, 'B'),
      ),
      atMost(
        '7-import',
        "import '@zkeb/core', less an empty process",
        importMs,
        MAX_IMPORT_MS,
        'ms',
      ),
    ],
  }
}

function describe({ from, names, suite }) {
  return `${names} from '${from}'${suite ? `, and ${suite}` : ''}`
}

async function measureImport() {
  const peer = (name, code) => ({ name, steps: { spawn: () => runNode(code) } })
  const empty = 'an empty process'
  const loaded = "import '@zkeb/core'"
  const times = await interleave([peer(empty, ''), peer(loaded, loaded)], { runs: RUNS })
  const importMs = pairedMedian(times[loaded].spawn, times[empty].spawn, (a, b) => a - b)
  return { times, importMs }
}

function runNode(code) {
  const options = { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'pipe'] }
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', code],
    options,
  )
  if (status !== 0) throw new Error(`node failed: ${stderr}`)
}

function atMost(id, text, value, limit, unit) {
  return {
    id,
    text,
    target: `≤ ${limit} ${unit}`,
    value,
    met: value <= limit,
  }
}
