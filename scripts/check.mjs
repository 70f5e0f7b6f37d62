// Everything that is checked without running the code; one line a step.
//   npm run check              all steps
//   npm run check -- NAME…     only these: format types layers unused packed size docs

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { packPackages, ROOT, run, step } from './tools.mjs'

/** Folders with a tsconfig.json; test/ covers every test, and the configurations. */
const TYPED = [
  'packages/core',
  'packages/node-store',
  'packages/browser',
  'examples/main-job',
  'test',
]

/** What may be in a browser bundle: nothing for Node, no shim of it, no polyfill. */
const BROWSER_INPUTS = [
  /^packages\/(?:core|browser)\/dist\//,
  /^node_modules\/.*\/idb\//,
  // Curves and post-quantum primitives, in chunks that are loaded when they are needed.
  /^node_modules\/.*\/@noble\/(?:curves|hashes|post-quantum)\//,
  /^<stdin>$/,
]

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

/** The limits of .size-limit.json; nothing loaded with core that is only for some; and nothing in the browser bundle that does not belong there. */
async function checkSize() {
  const { build } = await import('esbuild') // not there before setup
  const { metafile } = await build({
    stdin: { contents: `export * from '@zkeb/browser'`, resolveDir: ROOT },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const foreign = Object.keys(metafile.inputs).filter(
    (input) => !BROWSER_INPUTS.some((allowed) => allowed.test(input)),
  )
  if (foreign.length > 0) throw new Error(`in the browser bundle: ${foreign.join(', ')}`)
  await checkCoreLoads()
  const sizes = JSON.parse(await run('size-limit', ['--json']))
  return {
    note: sizes.map(({ name, size, sizeLimit }) => `${name} ${size} of ${sizeLimit} B`).join(),
  }
}

/** Importing `@zkeb/core` loads neither noble nor node-forge, whether by import or by require. */
async function checkCoreLoads() {
  const { build } = await import('esbuild')
  const { metafile } = await build({
    entryPoints: ['packages/core/dist/index.js'],
    outdir: 'unwritten',
    absWorkingDir: ROOT,
    bundle: true,
    // What is imported at once ends up in other files than what is imported later.
    splitting: true,
    format: 'esm',
    platform: 'node',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const atOnce = new Set(['unwritten/index.js'])
  for (const file of atOnce) {
    for (const { path, kind } of metafile.outputs[file].imports) {
      if (kind === 'import-statement' && path in metafile.outputs) atOnce.add(path)
    }
  }
  const imported = [...atOnce].flatMap((file) => Object.keys(metafile.outputs[file].inputs))
  // CommonJS holds a copy of noble, in files that it requires later.
  const script = `require('@zkeb/core'); console.log(JSON.stringify(Object.keys(require.cache)))`
  const required = JSON.parse(await run(process.execPath, ['--eval', script]))
  const texts = await Promise.all(required.map((file) => readFile(file, 'utf8')))
  const copies = required.filter((_file, i) => /^\/\/ .*node_modules\//m.test(texts[i]))
  const loaded = [...imported, ...required].filter((file) => file.includes('node_modules/'))
  if (loaded.length + copies.length > 0) {
    throw new Error(`loaded with @zkeb/core: ${[...loaded, ...copies].join(', ')}`)
  }
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
