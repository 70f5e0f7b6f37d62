// What a web page downloads of us: used by `npm run check -- size` and by `npm run bench -- bundle`.

import { gzipSync } from 'node:zlib'
import { ROOT } from './tools.mjs'

/** What is promised (goal 6): sealing and opening for keys that are there; the same with making keys of the suite. */
export const BUNDLES = [
  { id: '6-rsa', from: '@zkeb/browser', names: 'seal, open', maxBytes: 8_000 },
  {
    id: '6-x25519',
    from: '@zkeb/browser',
    names: 'seal, open, generateIdentity, importPublicIdentity, exportPublicIdentity',
    maxBytes: 14_000,
  },
]

/**
 * Bundles `export { names } from 'from'` for browsers, minified, with dynamic imports in chunks of their own.
 * `bytes` is the gzipped size of what is loaded at once, `lazyBytes` that of the chunks that may follow; `inputs`
 * are the files that went in, `lazyInputs` those of the chunks. Rejects with esbuild's error.
 */
export async function measureBundle(from, names) {
  const { build } = await import('esbuild') // not there before setup
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export { ${names} } from '${from}'`,
      resolveDir: ROOT,
      sourcefile: 'entry',
    },
    // Without this, esbuild follows the `paths` that our tsconfig has for tests, into the sources of the Node backend.
    tsconfigRaw: {},
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    write: false,
    outdir: 'bundle',
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  })
  const zipped = new Map(
    outputFiles.map(({ path, contents }) => [path, gzipSync(contents, { level: 9 }).length]),
  )
  const sizeOf = (output) => [...zipped].find(([path]) => path.endsWith(output))?.[1] ?? 0
  const outputs = Object.keys(metafile.outputs)
  const entry = outputs.find((output) => metafile.outputs[output].entryPoint !== undefined)
  const eager = followImports(entry, metafile.outputs)
  const inputsOf = (chosen) =>
    chosen.flatMap((output) => Object.keys(metafile.outputs[output].inputs))
  const lazy = outputs.filter((output) => !eager.has(output))
  const sum = (chosen) => chosen.map(sizeOf).reduce((a, b) => a + b, 0)
  return {
    bytes: sum([...eager]),
    lazyBytes: sum(lazy),
    inputs: inputsOf([...eager]),
    lazyInputs: inputsOf(lazy),
  }
}

/** A chunk and every chunk that it imports statically, at any depth. */
function followImports(first, outputs) {
  const found = new Set()
  const visit = (output) => {
    if (found.has(output)) return
    found.add(output)
    for (const { path, kind } of outputs[output].imports) {
      if (kind === 'import-statement') visit(path)
    }
  }
  visit(first)
  return found
}
