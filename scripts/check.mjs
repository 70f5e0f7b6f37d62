// Everything that is checked without running the code; one line a step.
//   npm run check              all steps
//   npm run check -- NAME…     only these: format types layers unused packed size docs

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUNDLES, measureBundle } from './bundle.mjs'
import { packPackages, run, step } from './tools.mjs'

/** Folders with a tsconfig.json; test/ covers every test, and the configurations. */
const TYPED = [
  'packages/core',
  'packages/node-store',
  'packages/browser',
  'examples/main-job',
  'test',
]

/** What may be loaded at once in a page: nothing for Node, no shim of it, no polyfill, no curves in JavaScript. */
const BROWSER_INPUTS = [/\/packages\/(?:core|browser)\/dist\//, /\/node_modules\/.*\/idb\//]

const STEPS = {
  format: () => run('biome', ['ci', '--colors=off', '.']),
  layers: () => run('depcruise', ['--config', '.dependency-cruiser.mjs', 'packages', 'examples']),
  unused: () => run('knip', ['--no-progress', '--treat-config-hints-as-errors']),
  types: () => all(TYPED.map((dir) => () => run('tsc', ['--noEmit', '--project', dir]))),
  packed: checkPacked,
  size: checkSize,
  docs: () => run('typedoc', ['--emit', 'none', '--treatWarningsAsErrors']),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in STEPS))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(' ')}; there are: ${Object.keys(STEPS).join(' ')}`)
  process.exit(2)
}

const began = performance.now()
const prepared = await step('setup', async () => {
  await run(process.execPath, ['scripts/setup.mjs'])
})
const names = wanted.length > 0 ? wanted : Object.keys(STEPS)
const passed = prepared ? await all(names.map((name) => () => step(name, STEPS[name]))) : []
const failed = names.length - passed.filter(Boolean).length
const seconds = ((performance.now() - began) / 1000).toFixed(1)
console.log(`check: ${names.length - failed} passed, ${failed} failed, ${seconds} s`)
process.exitCode = failed > 0 ? 1 : 0

/** The tarballs as npm would publish them: contents, and types for every way to resolve them. */
async function checkPacked() {
  const folder = await mkdtemp(join(tmpdir(), 'zkeb-packed-'))
  try {
    for (const tarball of await packPackages(folder)) {
      await run('publint', ['--strict', tarball])
      await run('attw', ['--profile', 'node16', '--no-emoji', '--no-color', tarball])
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What a page downloads at once stays below its limit, and holds nothing that does not belong there. */
async function checkSize() {
  const notes = []
  for (const bundle of BUNDLES) {
    const { names, maxBytes } = bundle
    const { bytes, inputs } = await measureBundle(bundle)
    const foreign = inputs.filter((input) => !BROWSER_INPUTS.some((allowed) => allowed.test(input)))
    if (foreign.length > 0) throw new Error(`in the bundle of ${names}: ${foreign.join(', ')}`)
    const note = `${names} ${bytes} of ${maxBytes} B`
    if (bytes > maxBytes) throw new Error(`too large: ${note}`)
    notes.push(note)
  }
  await checkCoreLoads()
  return { note: notes.join('; ') }
}

/** Importing `@zkeb/core` loads neither noble nor node-forge, whether by import or by require. */
async function checkCoreLoads() {
  const { inputs } = await measureBundle({ from: '@zkeb/core', names: '*' })
  // CommonJS holds a copy of noble, in files that it requires later.
  const script = `require('@zkeb/core'); console.log(JSON.stringify(Object.keys(require.cache)))`
  const required = JSON.parse(await run(process.execPath, ['--eval', script]))
  const texts = await Promise.all(required.map((file) => readFile(file, 'utf8')))
  const copies = required.filter((_file, i) => /^\/\/ .*node_modules\//m.test(texts[i]))
  const packages = [...inputs, ...required].filter((file) => file.includes('node_modules/'))
  const loaded = [...packages, ...copies]
  if (loaded.length > 0) throw new Error(`loaded with @zkeb/core: ${loaded.join(', ')}`)
}

/** Runs tasks side by side, as many as there are processors. */
async function all(tasks) {
  const results = []
  const queue = tasks.entries()
  const worker = async () => {
    for (const [index, task] of queue) results[index] = await task()
  }
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker))
  return results
}
