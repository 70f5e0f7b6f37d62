import { rmSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

/** Public subpaths, each a folder of its own. They share their code with the entry. */
const FOLDERS = ['raw-shamir', 'recovery', 'sync', 'account', 'backup']
const entries = Object.fromEntries(FOLDERS.map((name) => [`${name}/index`, `src/${name}/index.ts`]))

const options: Options = {
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  // These are ESM only: CommonJS gets a copy of what it uses, ESM imports the package.
  noExternal: [/^@(?:noble|scure)\//, 'qr'],
}

/** esbuild's settings for a format; `alias` is what imports stand for. */
function settings(alias: Record<string, string> = {}): NonNullable<Options['esbuildOptions']> {
  return (esbuild, { format }) => {
    esbuild.alias = alias
    if (format !== 'esm') return
    esbuild.external = [...(esbuild.external ?? []), '@noble/*', '@scure/*', 'qr']
    // Puts numbers and labels where they are used: the bundlers of pages do not, once they are in a file of ours.
    // Not in CommonJS, which tsup makes of it in a way that breaks on what this writes.
    esbuild.minifySyntax = true
  }
}

const dts: Options['dts'] = {
  compilerOptions: { ignoreDeprecations: '6.0', paths: { '#backend': ['./src/crypto/node.ts'] } },
}

// Once, and not by `clean`: the builds run side by side, and one would take away what another has written.
rmSync('dist', { recursive: true, force: true })

export default defineConfig([
  {
    ...options,
    entry: {
      index: 'src/index.ts',
      'crypto/node': 'src/crypto/node.ts',
      'crypto/webcrypto': 'src/crypto/webcrypto.ts',
      ...entries,
    },
    external: [/^node:/, '#backend'],
    esbuildOptions: settings(),
    dts,
    // One copy of ZkebError and the constants for the entry and the backends.
    splitting: true,
  },
  {
    ...options,
    // A copy of its own of the little it shares: chunks in common would split those above.
    entry: { index: 'src/formats/index.ts' },
    outDir: 'dist/formats',
    external: ['#backend'],
    esbuildOptions: settings(),
    dts,
    splitting: false,
  },
  {
    ...options,
    entry: { index: 'src/pure.ts', ...entries },
    outDir: 'dist/pure',
    esbuildOptions(esbuild, context) {
      settings({ '#backend': './src/crypto/pure.ts' })(esbuild, context)
      esbuild.chunkNames = 'pure-[hash]'
    },
    // The API is that of the others, and so are its declarations (package.json).
    dts: false,
    splitting: true,
  },
])
