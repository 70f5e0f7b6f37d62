import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisClient } from '@zkeb/node-store'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

const HELP = 'redis-server is not installed: apt-get install redis-server, or brew install redis'
/** Milliseconds until it must listen, and a client must have found it. */
const PATIENCE_MS = 10_000

/** Whether to skip what needs one: only where there is none, and said by name; never in CI, where it fails. */
export function skipsRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return false
  console.warn(`SKIPPED redis: ${HELP}`)
  return process.env['CI'] === undefined
}

/** A server on a port of its own, with little memory, that evicts what was not used for longest. */
export class RedisServer {
  readonly port: number
  readonly #folder: string
  #process: ChildProcess | undefined

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await lowPort(), await mkdtemp(join(tmpdir(), 'zkeb-redis-')))
    await server.restart()
    return server
  }

  /** Starts it again, from the last snapshot. */
  async restart(): Promise<void> {
    await this.kill()
    const settings = ['--save', '', '--dir', this.#folder, '--bind', '127.0.0.1']
    const child = spawn('redis-server', ['--port', `${this.port}`, ...settings], {
      stdio: 'ignore',
    })
    child.on('error', () => {})
    this.#process = child
    if (await listens(this.port)) return
    await this.kill()
    throw new Error(`redis-server does not listen. ${HELP}`)
  }

  /** Without warning: what is not in the snapshot is lost. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.pid === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Nothing is answered until it is thawed; connections stay. */
  freeze(): void {
    this.#process?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process?.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

export interface TestClient {
  readonly client: RedisClient
  /** Sends a command, as an administrator would. */
  send(...command: string[]): Promise<unknown>
  close(): Promise<void>
}

/** The two clients every contract test runs with. They look for a lost server every few milliseconds. */
export const CLIENTS = {
  ioredis: async (port: number): Promise<TestClient> => {
    const client = new Redis({
      port,
      host: '127.0.0.1',
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => 10,
      // Else what a test sends by itself is never answered when the server is killed.
      maxRetriesPerRequest: 0,
      lazyConnect: true,
    })
    await client.connect()
    return {
      client,
      send: (command, ...args) => client.call(command, ...args) as Promise<unknown>,
      close: async () => client.disconnect(),
    }
  },
  'node-redis': async (port: number): Promise<TestClient> => {
    const client = createClient({
      socket: { port, host: '127.0.0.1', reconnectStrategy: () => 10 },
      disableOfflineQueue: true,
    })
    client.on('error', () => {})
    await client.connect()
    return {
      client: client as unknown as RedisClient,
      send: (...command) => client.sendCommand(command),
      close: async () => client.destroy(),
    }
  },
} as const

/** Waits until a client has found its server. */
export async function untilReady({ send }: TestClient): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      await send('PING')
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

/** While the server is down nobody's outgoing connection must take its port: those are above these. */
async function lowPort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (!(await answers(port))) return port
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1')
    probe.once('error', () => resolve(false))
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
  })
}

async function listens(port: number): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    const isUp = await new Promise<boolean>((resolve) => {
      const probe = connect(port, '127.0.0.1')
      probe.once('error', () => resolve(false))
      // It listens before it has read its snapshot.
      probe.once('connect', () => probe.write('PING\r\n'))
      probe.once('data', (answer) => {
        resolve(String(answer).startsWith('+PONG'))
        probe.destroy()
      })
      probe.once('close', () => resolve(false))
    })
    if (isUp) return true
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return false
}
