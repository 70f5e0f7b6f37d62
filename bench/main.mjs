// npm run bench -- NAME… [--quick] [--json FILE]        no NAME: all of them

import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { formatNumber, formatTable } from './harness.mjs'

const BENCHES = {
  bundle: './bundle.mjs',
  envelope: './envelope.mjs',
  shamir: './shamir.mjs',
  stream: './stream.mjs',
}
const PEERS = [
  '@zkeb/core',
  'age-encryption',
  'jose',
  'libsodium-wrappers',
  'openpgp',
  'secrets.js-grempe',
  'shamir-secret-sharing',
]

const { names, quick, json } = readArguments()
const results = []
const goals = []
const environment = describeEnvironment()
console.log(
  `Node ${environment.node}, ${environment.cpu}, ${environment.cores} cores, load ${formatNumber(environment.loadAverage)}\n`,
)
for (const name of names) {
  const { run } = await import(BENCHES[name])
  const report = await run({ quick, log: (line) => console.error(line) })
  for (const { title, header, rows } of report.tables) {
    console.log(`${title}\n${formatTable(header, rows)}\n`)
  }
  results.push(...report.results)
  goals.push(...report.goals)
}
const goalRows = goals.map(({ id, text, target, value, met }) => [
  `${id}  ${text}`,
  target,
  value === null ? 'not measured' : formatNumber(value),
  met === null ? '' : met ? 'met' : 'MISSED',
])
const goalTable = formatTable(['goal', 'target', 'value', ''], goalRows)
console.log(`goals: the median of what is compared within each repetition\n${goalTable}`)
if (json !== undefined) {
  writeFileSync(json, `${JSON.stringify({ environment, results, goals }, null, 2)}\n`)
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
    })
    const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name))
    if (unknown !== undefined) throw new Error(`no benchmark is called ${unknown}`)
    return { ...values, names: positionals.length > 0 ? positionals : Object.keys(BENCHES) }
  } catch (error) {
    const usage = `${Object.keys(BENCHES).join(', ')} [--quick] [--json FILE]`
    console.error(`bench: ${error.message.split('\n')[0]}; there are ${usage}`)
    process.exit(2)
  }
}

function describeEnvironment() {
  const version = (peer) =>
    JSON.parse(readFileSync(new URL(`node_modules/${peer}/package.json`, import.meta.url))).version
  return {
    node: process.version,
    openssl: process.versions.openssl,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    loadAverage: loadavg()[0],
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString(),
    peers: Object.fromEntries(PEERS.map((peer) => [peer, version(peer)])),
  }
}
