import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { browserCommands } from './test/support/browser-commands.js'
import { type Engine, findEngines } from './test/support/browsers.js'
import { readmePlugin } from './test/support/readme.js'
import { VECTORS_HELP, vectorsDir } from './test/support/vectors.js'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

type BackendName = 'node' | 'webcrypto' | 'pure'

/** Tests run on the sources; a backend is chosen here as export conditions choose it in a build. */
function alias(backend: BackendName) {
  return [
    { find: /^#backend$/, replacement: path(`packages/core/src/crypto/${backend}.ts`) },
    {
      find: /^@zkeb\/core\/([\w-]+)$/,
      replacement: `${path('packages/core/src')}/$1/index.ts`,
    },
    ...['core', 'node-store', 'browser'].map((name) => ({
      find: new RegExp(`^@zkeb/${name}$`),
      replacement: path(`packages/${name}/src/index.ts`),
    })),
  ]
}

function project(
  name: string,
  include: string[],
  options: {
    backend?: BackendName
    globalSetup?: string[]
    provide?: { browserHelp: string }
  } = {},
): TestProjectConfiguration {
  const { backend = 'node', globalSetup = [], provide } = options
  const timeouts = { testTimeout: 180_000, hookTimeout: 180_000 }
  return {
    plugins: [readmePlugin()],
    resolve: { alias: alias(backend) },
    test: {
      name,
      include,
      environment: 'node',
      globalSetup,
      ...(provide && { provide }),
      ...timeouts,
    },
  }
}

function browserProject({ name, help, launch }: Engine): TestProjectConfiguration {
  if (!launch) {
    console.warn(`SKIPPED ${name}: ${help}`)
    const provide = { browserHelp: help }
    return project(`browser-${name}`, ['test/support/no-browser.test.ts'], { provide })
  }
  const { provider, browser, headless, globalSetup } = launch
  return {
    plugins: [readmePlugin()],
    resolve: { alias: alias('webcrypto') },
    optimizeDeps: { include: ['@zkeb/browser > idb'] },
    test: {
      name: `browser-${name}`,
      include: ['packages/browser/test/**/*.test.ts', 'test/browser/**/*.test.ts', ...OWN_VECTORS],
      globalSetup,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      browser: {
        enabled: true,
        headless,
        screenshotFailures: false,
        commands: browserCommands,
        provider,
        instances: [{ browser }],
      },
    },
  }
}

/** All of core's tests but those of WebCrypto itself, and of what makes RSA-4096 keys: minutes in JavaScript. */
const PURE_TESTS = ['packages/core/test/**/!(keys|curves|engine-quirks|runtime).test.ts']

/** The vectors that every platform reads. */
const OWN_VECTORS = [
  'own',
  'own-account',
  'own-backup',
  'own-features',
  'own-keys',
  'own-manifest',
  'own-raw-shamir',
  'own-recovery',
  'own-sync',
  'streams',
].map((name) => `test/vectors/${name}.test.ts`)

/** A real PostgreSQL server for the whole run of a project. */
const postgres = ['test/support/postgres.ts']

if (!process.env.CI && vectorsDir() === undefined)
  console.warn(`SKIPPED public vectors: ${VECTORS_HELP}`)

export default defineConfig({
  test: {
    // All processors: by default one is left idle.
    maxWorkers: '100%',
    projects: [
      project('core', ['packages/core/test/**/*.test.ts']),
      project('core-webcrypto', ['packages/core/test/**/*.test.ts'], { backend: 'webcrypto' }),
      project('core-pure', PURE_TESTS, { backend: 'pure' }),
      project('store', ['packages/node-store/test/**/*.test.ts'], { globalSetup: postgres }),
      project('vectors', ['test/vectors/**/*.test.ts'], {
        globalSetup: ['test/support/vector-counts.ts'],
      }),
      project('vectors-webcrypto', OWN_VECTORS, { backend: 'webcrypto' }),
      project('vectors-pure', OWN_VECTORS, { backend: 'pure' }),
      project('attacks', ['test/attacks/**/*.test.ts']),
      project('docs', ['test/docs/**/*.test.ts']),
      ...findEngines().map(browserProject),
    ],
  },
})
