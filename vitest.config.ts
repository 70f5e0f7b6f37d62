import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { browserCommands } from './test/support/browser-commands.js'
import { CHROMIUM_ARGS, CHROMIUM_HELP, findChromium } from './test/support/chromium.js'
import { readmePlugin } from './test/support/readme.js'
import { VECTORS_HELP, vectorsDir } from './test/support/vectors.js'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

type BackendName = 'node' | 'webcrypto' | 'pure'

/** Tests run on the sources; a backend is chosen here as export conditions choose it in a build. */
function alias(backend: BackendName) {
  return [
    { find: /^#backend$/, replacement: path(`packages/core/src/crypto/${backend}.ts`) },
    { find: /^@zkeb\/core\/formats$/, replacement: path('packages/core/src/formats/index.ts') },
    ...['core', 'node-store', 'browser'].map((name) => ({
      find: new RegExp(`^@zkeb/${name}$`),
      replacement: path(`packages/${name}/src/index.ts`),
    })),
  ]
}

function project(
  name: string,
  include: string[],
  options: { backend?: BackendName; globalSetup?: string[] } = {},
): TestProjectConfiguration {
  const { backend = 'node', globalSetup = [] } = options
  const timeouts = { testTimeout: 180_000, hookTimeout: 180_000 }
  return {
    plugins: [readmePlugin()],
    resolve: { alias: alias(backend) },
    test: { name, include, environment: 'node', globalSetup, ...timeouts },
  }
}

function browserProject(): TestProjectConfiguration {
  const chromium = findChromium()
  if (!chromium) {
    console.warn(`SKIPPED browser: ${CHROMIUM_HELP}`)
    return project('browser', ['test/support/no-chromium.test.ts'])
  }
  const { path: executablePath, env } = chromium
  const launchOptions = { executablePath, args: CHROMIUM_ARGS, env: { ...process.env, ...env } }
  return {
    plugins: [readmePlugin()],
    resolve: { alias: alias('webcrypto') },
    optimizeDeps: { include: ['@zkeb/browser > idb'] },
    test: {
      name: 'browser',
      include: [
        'packages/browser/test/**/*.test.ts',
        'test/browser/**/*.test.ts',
        'test/vectors/own.test.ts',
      ],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        commands: browserCommands,
        provider: playwright({ launchOptions }),
        instances: [{ browser: 'chromium' }],
      },
    },
  }
}

/** All of core's tests but those of WebCrypto's own keys, which also make RSA-4096 keys: minutes in JavaScript. */
const PURE_TESTS = ['packages/core/test/**/!(keys|curves).test.ts']

/** A real PostgreSQL server for the whole run of a project. */
const postgres = ['test/support/postgres.ts']

if (!process.env.CI && vectorsDir() === undefined)
  console.warn(`SKIPPED public vectors: ${VECTORS_HELP}`)

export default defineConfig({
  test: {
    projects: [
      project('core', ['packages/core/test/**/*.test.ts']),
      project('core-webcrypto', ['packages/core/test/**/*.test.ts'], { backend: 'webcrypto' }),
      project('core-pure', PURE_TESTS, { backend: 'pure' }),
      project('store', ['packages/node-store/test/**/*.test.ts'], { globalSetup: postgres }),
      project('vectors', ['test/vectors/**/*.test.ts']),
      project('attacks', ['test/attacks/**/*.test.ts']),
      project('docs', ['test/docs/**/*.test.ts']),
      browserProject(),
    ],
  },
})
