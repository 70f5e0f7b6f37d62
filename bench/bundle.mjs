// Goal 6: what a web page downloads. Goal 7: what a process pays for importing us.

import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { formatNumber, interleave, median, pairedMedian } from './harness.mjs'

const MAX_RSA_BYTES = 8_000
const MAX_IMPORT_MS = 30
const RUNS = 11

/** @param {{ log: (line: string) => void }} options */
export async function run({ log }) {
  log('bundle: minifying')
  const core = await measureBundle('@zkeb/core')
  const browser = await measureBundle('@zkeb/browser')
  log(`bundle: ${RUNS} processes each`)
  const { times, importMs } = await measureImport()
  const sizes = { '@zkeb/core': core, '@zkeb/browser': browser }
  const bundles = Object.entries(sizes).filter(([, size]) => size !== null)
  const durations = Object.entries(times).map(([name, { spawn }]) => [name, median(spawn)])
  const name = (from) => `import { seal, open } from '${from}'`
  return {
    title: 'bundle: min + gzip; process: median wall time',
    header: ['what', 'value', 'unit'],
    rows: [
      ...bundles.map(([from, size]) => [name(from), size, 'B']),
      ...durations.map(([process, ms]) => [process, formatNumber(ms), 'ms']),
    ],
    results: [
      ...bundles.map(([from, size]) => ({ name: name(from), size, medianMs: null, runs: 1 })),
      ...durations.map(([process, medianMs]) => ({ name: process, size: 0, medianMs, runs: RUNS })),
    ],
    goals: [
      atMost('6-rsa', `min + gzip of ${name('@zkeb/browser')}`, browser, MAX_RSA_BYTES, 'B'),
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

/** Bytes, or null where the package is not built. */
async function measureBundle(from) {
  const { outputFiles, errors } = await build({
    stdin: { contents: `export { seal, open } from '${from}'`, resolveDir: import.meta.dirname },
    // Without this, esbuild follows the `paths` that our tsconfig has for tests, into the sources of the Node backend.
    tsconfigRaw: {},
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  }).catch((error) => error)
  if (outputFiles) return gzipSync(outputFiles[0].contents, { level: 9 }).length
  // esbuild's words for a missing file and for a package whose dist is missing both say which path.
  if (errors?.every(({ text }) => text.startsWith('Could not resolve'))) return null
  throw new Error(`${from} does not bundle: ${errors?.[0]?.text}`)
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
    met: value === null ? null : value <= limit,
  }
}
