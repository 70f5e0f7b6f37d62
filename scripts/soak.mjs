// The long hunts at full size: npm run soak. Tests read ZKEB_SOAK; without it they run a small part.
import { spawnSync } from 'node:child_process'
import { ROOT } from './tools.mjs'

const projects = ['vectors', 'attacks', 'store'].flatMap((name) => ['--project', name])
const { status } = spawnSync('npm', ['test', '--', ...projects, ...process.argv.slice(2)], {
  cwd: ROOT,
  env: { ...process.env, ZKEB_SOAK: '1' },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
