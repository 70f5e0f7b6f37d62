// npm run bench -- NAME… [--quick] [--json FILE]: installs and builds what the benchmarks need, then runs them.
import { spawnSync } from 'node:child_process'
import { ROOT } from './tools.mjs'

for (const args of [
  ['scripts/setup.mjs', 'bench'],
  ['bench/main.mjs', ...process.argv.slice(2)],
]) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
