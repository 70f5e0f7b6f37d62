import { defineConfig } from 'tsup'

export default defineConfig({
  // The key store is a chunk of its own: idb does not say that it is free of side effects, so
  // bundlers leave it out only together with the file that imports it.
  entry: ['src/index.ts', 'src/key-store.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'browser',
  dts: { entry: 'src/index.ts', compilerOptions: { ignoreDeprecations: '6.0' } },
  splitting: true,
  clean: true,
})
