import { connect, createServer, type Server, type Socket } from 'node:net'

/** Milliseconds an answer takes: enough that what was sent together arrives together. */
const LATENCY_MS = 8

/** What becomes of a chosen trip. */
export interface Fault {
  /** Which one, counted from 1 since the last {@link Network.reset}. */
  readonly trip: number
  /** Whether the server has done it, but its answer does not arrive. */
  readonly when: 'before' | 'after'
  /** Done in between; afterwards the connection is let go on. */
  readonly act: (cut: () => void) => Promise<void> | void
}

/** A network between the store and a PostgreSQL server, with latency, that counts round trips and breaks. */
export class Network {
  readonly url: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #fault: Fault | undefined
  #isFrozen = false
  /** Round trips since the last reset: how often the client spoke after the server had. */
  trips = 0

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  /** Opens one to the server of a connection string. */
  static async open(target: string): Promise<Network> {
    const { hostname, port } = new URL(target)
    const server = createServer((client) => network.#serve(client, Number(port), hostname))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = new URL(target)
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    url.port = String(address.port)
    const network = new Network(server, url.href)
    return network
  }

  /** Whether the chosen trip did not come yet. */
  get isFaultPending(): boolean {
    return this.#fault !== undefined
  }

  reset(fault?: Fault): void {
    this.trips = 0
    this.#fault = fault
  }

  /** From now on nothing arrives any more, and neither side hears of it. */
  freeze(): void {
    this.#isFrozen = true
  }

  /** New connections work; the frozen ones stay as they are. */
  thaw(): void {
    this.#isFrozen = false
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(client: Socket, port: number, host: string): void {
    const server = connect(port, host)
    let isClientsTurn = true
    let isDead = false
    let pending: Promise<void> = Promise.resolve()
    const cut = () => {
      client.destroy()
      server.destroy()
    }
    const isStopped = () => {
      isDead ||= this.#isFrozen
      return isDead
    }
    /** The fault to do with the answer that comes next. */
    let onAnswer: Fault | undefined
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      this.#sockets.add(socket)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        if (!isDead) cut()
      })
    }
    client.on('data', (chunk) => {
      if (isClientsTurn) {
        isClientsTurn = false
        this.trips++
        const fault = this.#fault?.trip === this.trips ? this.#fault : undefined
        if (fault !== undefined) {
          this.#fault = undefined
          if (fault.when === 'after') onAnswer = fault
          else pending = pending.then(() => fault.act(cut))
        }
      }
      pending = pending.then(() => {
        if (!isStopped()) server.write(chunk)
      })
    })
    server.on('data', (chunk) => {
      setTimeout(async () => {
        const fault = onAnswer
        onAnswer = undefined
        if (fault !== undefined) await fault.act(cut)
        isClientsTurn = true
        if (!isStopped()) client.write(chunk)
      }, LATENCY_MS)
    })
  }
}
