// Installs dependencies and builds the packages, each only when something it depends on changed.
//   node scripts/setup.mjs            everything but the benchmarks (npm test, npm run check)
//   node scripts/setup.mjs main-job   only what the main job needs (npm start)
//   node scripts/setup.mjs bench      everything, benchmarks included (npm run bench)

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { PNPM, ROOT, run, step } from './tools.mjs'

const NODE_MINIMUM = [20, 19]
const CACHE = join(ROOT, 'node_modules/.cache/zkeb-setup')

/** What each argument installs; a later scope includes the earlier ones. */
const SCOPES = [
  { name: 'main-job', filter: ['--prod', '--filter', 'main-job...'] },
  { name: 'all', filter: ['--filter', '!bench', '--filter', '.'] },
  { name: 'bench', filter: [] },
]

checkNode()
const scope = scopeOf(process.argv[2] ?? 'all')
const projects = selectProjects(scope)
await install(scope)
await buildAll(projects)

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1])) return
  fail(`zkeb needs Node ${NODE_MINIMUM.join('.')} or newer; this is ${process.versions.node}.`)
}

function scopeOf(name) {
  const index = SCOPES.findIndex((candidate) => candidate.name === name)
  if (index < 0) fail(`Unknown argument ${name}: leave it out, or main-job, or bench.`)
  return index
}

async function install(scope) {
  const stamp = join(CACHE, 'install.json')
  const manifests = [...workspaceDirs(), '.'].map((dir) => join(dir, 'package.json'))
  const hash = hashFiles([...manifests, 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'])
  const last = readJson(stamp)
  if (last?.hash === hash && last.scope >= scope) return

  rmSync(stamp, { force: true })
  // The lockfile was checked for too young releases when it was written; checking again would
  // download the history of every package.
  const flags = ['--frozen-lockfile', '--config.minimumReleaseAge=0', ...SCOPES[scope].filter]
  await phase('install', () => run('npx', ['--yes', PNPM, 'install', ...flags]))
  writeJson(stamp, { hash, scope })
}

/** Builds every project after the ones it depends on, side by side where it can. */
async function buildAll(projects) {
  const started = new Map()
  const build = (project) => {
    if (!started.has(project.name)) {
      const before = project.needs.map((name) => projects.get(name)).filter(Boolean)
      started.set(
        project.name,
        Promise.all(before.map(build)).then((hashes) => buildOne(project, hashes)),
      )
    }
    return started.get(project.name)
  }
  await Promise.all([...projects.values()].map(build))
}

async function buildOne({ name, dir, manifest }, hashesBefore) {
  const command = manifest.scripts?.build
  const sources = filesUnder(join(dir, 'src'))
  const configs = ['package.json', 'tsup.config.ts', 'tsconfig.json'].map((file) => join(dir, file))
  const hash = hashFiles(
    [...sources, ...configs, 'tsconfig.base.json', 'pnpm-lock.yaml'],
    hashesBefore,
  )
  const stamp = join(CACHE, `build-${name.replace('/', '-')}.json`)
  if (!command || sources.length === 0) return hash
  if (readJson(stamp)?.hash === hash && existsSync(join(ROOT, dir, 'dist'))) return hash

  rmSync(stamp, { force: true })
  const [program, ...args] = command.split(' ')
  await phase(`build ${name}`, () => run(program, args, { cwd: join(ROOT, dir) }))
  writeJson(stamp, { hash })
  return hash
}

async function phase(name, work) {
  if (!(await step(name, work))) process.exit(1)
}

function selectProjects(scope) {
  const all = new Map()
  for (const dir of workspaceDirs()) {
    const manifest = readJson(join(ROOT, dir, 'package.json'))
    const depends = { ...manifest.dependencies, ...manifest.devDependencies }
    all.set(manifest.name, { name: manifest.name, dir, manifest, needs: Object.keys(depends) })
  }
  if (SCOPES[scope].name !== 'main-job') return all

  const selected = new Map()
  const add = (name) => {
    if (!all.has(name) || selected.has(name)) return
    selected.set(name, all.get(name))
    for (const needed of all.get(name).needs) add(needed)
  }
  add('main-job')
  return selected
}

function workspaceDirs() {
  const parents = ['packages', 'examples'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`),
  )
  return [...parents, 'bench'].filter((dir) => existsSync(join(ROOT, dir, 'package.json')))
}

function filesUnder(dir) {
  if (!existsSync(join(ROOT, dir))) return []
  return readdirSync(join(ROOT, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort()
}

function hashFiles(files, more = []) {
  const hash = createHash('sha256').update(`${process.versions.modules} ${more.join()}`)
  for (const file of files.filter((file) => existsSync(join(ROOT, file)))) {
    hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)))
  }
  return hash.digest('hex')
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

function writeJson(file, value) {
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(file, JSON.stringify(value))
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
