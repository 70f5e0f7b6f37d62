import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/crypto/node.ts', 'src/crypto/webcrypto.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/, '#backend'],
  // @noble is ESM only: CommonJS gets a copy of what it uses, ESM imports the package.
  noExternal: [/^@noble\//],
  esbuildOptions(options, { format }) {
    // Puts numbers and labels where they are used: the bundlers of pages do not, once they are in a file of ours.
    options.minifySyntax = true
    if (format === 'esm') options.external = [...(options.external ?? []), '@noble/*']
  },
  dts: {
    compilerOptions: { ignoreDeprecations: '6.0', paths: { '#backend': ['./src/crypto/node.ts'] } },
  },
  // One copy of ZkebError and the constants for the entry and the backends.
  splitting: true,
  clean: true,
})
