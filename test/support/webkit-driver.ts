/** Runs WebKitWebDriver on a display of its own while the tests of that engine run. */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { WEBKIT_PORT } from './browsers.js'

const PATIENCE_MS = 20_000

export async function setup(): Promise<void> {
  const args = ['-a', 'WebKitWebDriver', `--port=${WEBKIT_PORT}`]
  const driver = spawn('xvfb-run', args, { stdio: 'ignore', detached: true })
  // At exit, since Vitest ends its sessions after the teardown; the whole group, since xvfb-run does not hand signals on.
  process.once('exit', () => driver.pid && process.kill(-driver.pid, 'SIGTERM'))
  const deadline = Date.now() + PATIENCE_MS
  while (!(await answers())) {
    if (driver.exitCode !== null || Date.now() > deadline) throw new Error('no WebKitWebDriver')
    await setTimeout(100)
  }
  driver.unref()
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(WEBKIT_PORT, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
