import { spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../../test/support/postgres'

/** Where packages put it; root's search path has the second, other users' may not. */
const PATH = `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`
const HELP = 'pgbouncer is not installed: apt-get install pgbouncer, or brew install pgbouncer'
/** Milliseconds until it must listen. */
const PATIENCE_MS = 10_000

/** Whether there is a pgbouncer; says so where there is none. */
export function hasPgbouncer(): boolean {
  const found = spawnSync('pgbouncer', ['--version'], { env: { PATH } }).status === 0
  if (!found) console.warn(`SKIPPED pgbouncer: ${HELP}`)
  return found
}

/** Starts one in transaction mode before the database of a connection string, with fewer connections than callers. */
export async function startPgbouncer(
  target: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  if (!hasPgbouncer()) throw new Error(HELP)
  const { hostname, port, username, password, pathname } = new URL(target)
  const folder = await mkdtemp(join(tmpdir(), 'zkeb-pgbouncer-'))
  const listen = await freePort()
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(
    config,
    `[databases]
* = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`,
  )
  // It refuses to run as root; nobody must be able to read the file.
  await chmod(folder, 0o755)
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const log: string[] = []
  const bouncer = spawn('pgbouncer', [...asNobody, config], { env: { PATH }, stdio: 'pipe' })
  bouncer.stderr.on('data', (chunk) => log.push(String(chunk)))
  const ended = new Promise<void>((resolve) => bouncer.once('close', () => resolve()))
  const stop = async () => {
    bouncer.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  }
  if (!(await listens(listen))) {
    await stop()
    throw new Error(`pgbouncer does not listen. Its last lines:\n${log.slice(-8).join('')}`)
  }
  return { url: `postgres://${username}@127.0.0.1:${listen}${pathname}`, stop }
}

async function listens(port: number): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    const isUp = await new Promise<boolean>((resolve) => {
      const probe = connect(port, '127.0.0.1')
      probe.once('connect', () => resolve(true)).once('error', () => resolve(false))
      probe.once('connect', () => probe.destroy())
    })
    if (isUp) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}
