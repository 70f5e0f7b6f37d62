import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/crypto/node.ts', 'src/crypto/webcrypto.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/, '#backend'],
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  splitting: false,
  clean: true,
})
