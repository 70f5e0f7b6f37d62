import pg from 'pg'

type When = 'before' | 'after'

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
  /** How often a connection was lost since the last {@link heal}. */
  broken = 0

  constructor(connectionString: string) {
    this.#pool = new pg.Pool({ connectionString, max: 2 })
    this.#pool.on('error', () => {})
  }

  heal(): void {
    this.#fault = undefined
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

  async connect(): Promise<pg.PoolClient> {
    if (this.#down) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' })
    const client = await this.#pool.connect()
    return new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name === 'query') {
          return (text: string, values: unknown[]) => this.#query(target, text, values)
        }
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  async #query(client: pg.PoolClient, text: string, values: unknown[]): Promise<unknown> {
    this.#statements++
    const fault = this.#fault
    if (fault === undefined || !fault.matches(text, this.#statements)) {
      return client.query(text, values)
    }
    this.#fault = undefined
    this.broken++
    this.#down = fault.forGood
    if (fault.when === 'after') await client.query(text, values)
    // Ends its own backend: the answer is the end of the connection.
    await client.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => {})
    throw new Error('Connection terminated unexpectedly')
  }
}
