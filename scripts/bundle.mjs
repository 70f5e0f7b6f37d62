// What a web page downloads of us: used by `npm run check -- size` and by `npm run bench -- bundle`.

import { gzipSync } from 'node:zlib'
import { ROOT } from './tools.mjs'

const KB = 1024

/** What is promised (goal 6): sealing and opening with keys that are there, and for one suite its keys as well. */
export const BUNDLES = [
  { id: '6-rsa', from: '@zkeb/browser', names: '{ seal, open }', maxBytes: 8 * KB },
  {
    id: '6-x25519',
    from: '@zkeb/browser',
    names: '{ seal, open, generateIdentity }',
    suite: 'x25519',
    maxBytes: 14 * KB,
  },
]

/**
 * Bundles `export names from 'from'` for browsers as Vite does. `bytes` is the gzipped size of what a page loads:
 * the entry, what it imports statically, and the same of the chunk of `suite`. `lazyBytes` is that of chunks it may load
 * beside it; `inputs` are the files behind `bytes`.
 */
export async function measureBundle({ from, names, suite }) {
  const { rolldown } = await import('rolldown') // not there before setup
  const entry = '\0entry'
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    cwd: ROOT,
    plugins: [
      {
        name: 'entry',
        resolveId: async (id, _importer) => (id === entry ? id : null),
        load: (id) => (id === entry ? `export ${names} from '${from}'` : null),
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true, comments: false })
  await bundle.close()
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const isFirst = ({ isEntry, fileName }) => isEntry || (suite && fileName.startsWith(`${suite}-`))
  const eager = followImports(output.filter(isFirst), chunks)
  const lazy = output.filter((chunk) => !eager.has(chunk))
  return {
    bytes: sumOf([...eager]),
    lazyBytes: sumOf(lazy),
    inputs: [...eager].flatMap(({ moduleIds }) => moduleIds).filter((id) => id !== entry),
  }
}

/** Chunks, and every chunk that they import statically, at any depth. */
function followImports(first, chunks) {
  const found = new Set(first)
  for (const { imports } of found) {
    for (const name of imports) found.add(chunks.get(name))
  }
  return found
}

function sumOf(chunks) {
  return chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
}
