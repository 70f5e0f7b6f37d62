import pg from 'pg'

/** `neither`: the server does not get it and keeps the transaction open, see {@link FaultyPool.endLost}. */
type When = 'before' | 'after' | 'neither'

interface Fault {
  readonly matches: (statement: string, count: number) => boolean
  readonly when: When
  /** Refuse every new connection from then on. */
  readonly forGood: boolean
}

/**
 * A pool over a real server that loses the connection at a chosen statement: before the server gets it, or
 * after the server did it but before the answer arrives. The backend is really ended.
 */
export class FaultyPool {
  readonly #pool: pg.Pool
  #fault: Fault | undefined
  #statements = 0
  #down = false
  #lost: pg.PoolClient | undefined
  #interlude: { readonly pattern: RegExp; readonly work: () => Promise<unknown> } | undefined
  /** How often a connection was lost since the last {@link heal}. */
  broken = 0

  constructor(connectionString: string) {
    this.#pool = new pg.Pool({ connectionString, max: 2 })
    this.#pool.on('error', () => {})
  }

  heal(): void {
    this.#fault = undefined
    this.#interlude = undefined
    this.#statements = 0
    this.#down = false
    this.broken = 0
  }

  breakAt(pattern: RegExp, when: When, { forGood = false } = {}): void {
    this.#fault = { matches: (statement) => pattern.test(statement), when, forGood }
  }

  breakAtStatement(number: number, when: When): void {
    this.#fault = { matches: (_, count) => count === number, when, forGood: false }
  }

  /** Does something else after a matching statement was answered and before the caller hears of it. */
  interruptAfter(pattern: RegExp, work: () => Promise<unknown>): void {
    this.#interlude = { pattern, work }
  }

  /** Ends the transaction that a connection lost with `neither` left open on the server. */
  async endLost(how: 'commit' | 'rollback'): Promise<void> {
    const client = this.#lost
    this.#lost = undefined
    await client?.query(how)
    client?.release()
  }

  async connect(): Promise<pg.PoolClient> {
    if (this.#down) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' })
    const client = await this.#pool.connect()
    return new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name === 'query') {
          return (text: string, values: unknown[]) => this.#query(target, text, values)
        }
        // The client's side of a lost connection is gone already; the server's must stay.
        if (name === 'release' && target === this.#lost) return () => {}
        if (name === 'connection' && target === this.#lost) return undefined
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  async #query(client: pg.PoolClient, text: string, values: unknown[]): Promise<unknown> {
    if (client === this.#lost) throw new Error('Connection terminated unexpectedly')
    this.#statements++
    const fault = this.#fault
    if (fault === undefined || !fault.matches(text, this.#statements)) {
      return this.#interrupted(text, await client.query(text, values))
    }
    this.#fault = undefined
    this.broken++
    this.#down = fault.forGood
    if (fault.when === 'neither') {
      this.#lost = client
      throw new Error('Connection terminated unexpectedly')
    }
    if (fault.when === 'after') await client.query(text, values)
    // Ends its own backend: the answer is the end of the connection.
    await client.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => {})
    throw new Error('Connection terminated unexpectedly')
  }

  async #interrupted(text: string, answer: unknown): Promise<unknown> {
    const interlude = this.#interlude
    if (interlude?.pattern.test(text)) {
      this.#interlude = undefined
      await interlude.work()
    }
    return answer
  }
}
