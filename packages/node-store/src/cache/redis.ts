/**
 * A client of `ioredis` or of `redis` (node-redis), by shape. It must send a command at once or refuse it: made with
 * `{ enableOfflineQueue: false, autoResendUnfulfilledCommands: false }`, or `{ disableOfflineQueue: true }`. It is
 * connected, and closed, by whoever made it.
 */
export type RedisClient = IoredisLike | NodeRedisLike

interface RedisEvents {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

export interface IoredisLike extends RedisEvents {
  // biome-ignore lint/suspicious/noExplicitAny: ioredis overloads it
  call(command: string, ...args: any[]): Promise<unknown>
  readonly options: object
}

export interface NodeRedisLike extends RedisEvents {
  // biome-ignore lint/suspicious/noExplicitAny: versions differ in what else they take
  sendCommand(command: any): Promise<unknown>
  readonly options?: object | undefined
}

/** One connection to one run of the server. */
interface Epoch {
  /** `run_id` of INFO: a server that was started again, or another one, has another. */
  readonly runId: string
  /** Which connection, or none, the client has: it changes with each event of theirs. */
  readonly connection: number
}

/** A Lua script on one server. */
export interface Evaluation {
  readonly script: string
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
  /** Runs it on this connection only; default: on whichever there is. */
  readonly epoch?: Epoch
}

/** What the cache needs of a client: scripts with a deadline, and which server it speaks to. */
export interface RedisLink {
  evaluate(evaluation: Evaluation): Promise<unknown>
  /** Asked of the server once per connection. */
  epoch(): Promise<Epoch>
  /** Lets go of the client, which stays open. */
  release(): void
}

/** Milliseconds until a command counts as lost: a connection that is half open never answers. */
const DEADLINE_MS = 1_000
/** What is under way is lost: ioredis does not say so of each command. */
const LOSSES = ['close', 'end', 'reconnecting', 'error'] as const
/** Each tells, before the client sends anything on a new connection, that answers may come from another server. */
const BREAKS = ['connect', 'ready', ...LOSSES] as const

/** @throws TypeError unless `client` is one of the two, and neither queues commands nor sends them twice */
export function linkRedis(client: RedisClient): RedisLink {
  const send = toSend(client)
  let connection = 0
  let known: Promise<Epoch> | undefined
  const underWay = new Set<(error: Error) => void>()
  const forget = () => {
    connection++
    known = undefined
  }
  const abandon = () => {
    for (const reject of underWay) reject(new RedisTrouble('BROKEN'))
  }
  const inTime = (work: () => Promise<unknown>) => race(work, underWay)
  // The one on 'error' also keeps a client whose server is down from ending the process.
  for (const event of BREAKS) client.on(event, forget)
  for (const event of LOSSES) client.on(event, abandon)
  return {
    async evaluate({ script, keys, args, epoch }) {
      if (epoch !== undefined && epoch.connection !== connection) throw new RedisTrouble('BROKEN')
      return inTime(() => send('EVAL', script, `${keys.length}`, ...keys, ...args.map(String)))
    },
    epoch() {
      if (known !== undefined) return known
      const asked = connection
      const asking = inTime(() => send('INFO', 'server')).then((info) => {
        if (asked !== connection) throw new RedisTrouble('BROKEN')
        return { runId: toRunId(info), connection: asked }
      })
      known = asking
      asking.catch(() => {
        if (known === asking) known = undefined
      })
      return asking
    },
    release() {
      for (const event of LOSSES) client.off(event, abandon)
      for (const event of BREAKS) if (event !== 'error') client.off(event, forget)
    },
  }
}

/** Redis did not do it, or nobody knows. The client's own error is dropped: it quotes keys and values. */
export class RedisTrouble extends Error {
  readonly reason: 'BROKEN' | 'REFUSED' | 'TIMEOUT'

  constructor(reason: RedisTrouble['reason']) {
    super(`redis: ${reason}`)
    this.reason = reason
  }
}

type Send = (command: string, ...args: string[]) => Promise<unknown>

function toSend(client: RedisClient): Send {
  const given = (typeof client === 'object' && client !== null ? client : {}) as Partial<
    IoredisLike & NodeRedisLike
  >
  const options = (given.options ?? {}) as Readonly<Record<string, unknown>>
  if (typeof given.on === 'function' && typeof given.off === 'function') {
    if (typeof given.call === 'function') {
      const { enableOfflineQueue, autoResendUnfulfilledCommands } = options
      if (enableOfflineQueue === false && autoResendUnfulfilledCommands === false) {
        return (...command) => (client as IoredisLike).call(...command)
      }
      throw new TypeError(
        'redis: make it with enableOfflineQueue and autoResendUnfulfilledCommands: false. What it sends late, or to another server, cannot keep the cache coherent',
      )
    }
    if (typeof given.sendCommand === 'function') {
      if (options['disableOfflineQueue'] === true) {
        return (...command) => (client as NodeRedisLike).sendCommand(command)
      }
      throw new TypeError(
        'redis: make it with disableOfflineQueue: true. What it sends late, or to another server, cannot keep the cache coherent',
      )
    }
  }
  throw new TypeError('redis must be a client of ioredis or of redis')
}

/** Until the deadline, or until somebody calls what is in `underWay` meanwhile. */
async function race(
  work: () => Promise<unknown>,
  underWay: Set<(error: Error) => void>,
): Promise<unknown> {
  let giveUp = (_error: Error) => {}
  const lost = new Promise<never>((_, reject) => {
    giveUp = reject
  })
  const timer = setTimeout(() => giveUp(new RedisTrouble('TIMEOUT')), DEADLINE_MS)
  underWay.add(giveUp)
  try {
    return await Promise.race([work(), lost])
  } catch (error) {
    throw error instanceof RedisTrouble ? error : new RedisTrouble('REFUSED')
  } finally {
    clearTimeout(timer)
    underWay.delete(giveUp)
  }
}

function toRunId(info: unknown): string {
  const runId = typeof info === 'string' ? /^run_id:([0-9a-f]{40})\r?$/m.exec(info)?.[1] : undefined
  if (runId === undefined) throw new RedisTrouble('REFUSED')
  return runId
}
