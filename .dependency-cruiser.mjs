// Who may import whom (npm run check -- layers). Type-only imports count too.

/** The folders of packages/core/src, lowest first: a file imports its own layer and lower ones. */
const CORE_LAYERS = [
  '(?:errors|constants|bytes)[.]ts$',
  'crypto/',
  'encoding/',
  'suites/',
  'keys/',
  'content/',
  'envelope/',
  'stream/',
  'raw-shamir/',
  'recovery/',
  'sync/',
  'account/',
  'backup/',
  'formats/',
  'index[.]ts$',
  'pure[.]ts$',
]

const coreLayers = CORE_LAYERS.slice(0, -1).map((layer, index) => ({
  name: `core-layer-${index + 1}`,
  comment: `${layer} imports something above it`,
  severity: 'error',
  from: { path: `^packages/core/src/${layer}` },
  to: { path: `^packages/core/src/(?:${CORE_LAYERS.slice(index + 1).join('|')})` },
}))

export default {
  forbidden: [
    ...coreLayers,
    {
      name: 'core-known-layer',
      comment: 'a folder of core that has no place in CORE_LAYERS',
      severity: 'error',
      from: {
        path: '^packages/core/src/',
        pathNot: `^packages/core/src/(?:${CORE_LAYERS.join('|')})`,
      },
      to: {},
    },
    {
      name: 'store-layers',
      comment: 'database and cache know nothing of the vault above them',
      severity: 'error',
      from: { path: '^packages/node-store/src/(?:db|migrations|cache)/' },
      to: { path: '^packages/node-store/src/(?:policy/|vault/|index[.]ts$)' },
    },
    {
      name: 'store-policy-layer',
      comment: 'upkeep of the tables knows nothing of the vault above it',
      severity: 'error',
      from: { path: '^packages/node-store/src/policy/' },
      to: { path: '^packages/node-store/src/(?:vault/|index[.]ts$)' },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      from: { path: '^packages/' },
      to: { circular: true },
    },
    {
      name: 'core-imports-no-package',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: { path: ['^packages/(?!core/)', '^@zkeb/'] },
    },
    {
      name: 'packages-import-only-core',
      severity: 'error',
      from: { path: '^packages/(?:browser|node-store)/src/' },
      to: { path: ['^packages/(?:browser|node-store)/dist/', '^@zkeb/(?!core)'] },
    },
    {
      name: 'forge-only-in-the-pure-platform',
      comment: 'it is large, and slow at what the platforms do themselves',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/core/src/crypto/pure' },
      to: { path: ['node_modules/node-forge/', '^packages/core/src/crypto/pure'] },
    },
    {
      name: 'no-foreign-sources',
      comment: 'sources and examples use other packages by their published names',
      severity: 'error',
      from: { path: '^((?:packages|examples)/[^/]+)/src/' },
      to: { path: '^(?:packages|examples|test|bench|scripts)/', pathNot: ['^$1/src/', '/dist/'] },
    },
    {
      name: 'node-only-in-the-node-backend',
      severity: 'error',
      from: {
        path: '^packages/(?:core|browser)/src/',
        pathNot: '^packages/core/src/crypto/node[^/]*[.]ts$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      // What a README says is a module of the tests (test/support/readme.ts).
      to: { couldNotResolve: true, pathNot: '^readme:' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: ['node_modules', '/dist/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
    },
  },
}
