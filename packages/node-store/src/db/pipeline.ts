import pg from 'pg'

/** SQL and its parameters. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** What a statement was answered, as far as the store looks at it. */
export interface Answer {
  readonly command?: string
  readonly rowCount?: number | null
  readonly rows?: readonly unknown[]
}

/** Whether a client takes {@link sendTogether}: only pg's own, in pipeline mode, and of this copy of pg. */
export function isPipelined(client: object): client is pg.Client {
  return client instanceof pg.Client && client.pipeline
}

/**
 * Sends statements as one message up to one Sync (PostgreSQL manual, 54.2.4): the server does them in their order,
 * and an error in one skips all behind it. So nothing runs outside the transaction that the first of them opens.
 * One round trip. Returns the last one's answer.
 */
export function sendTogether(client: pg.Client, statements: readonly Statement[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const group = new Group(statements, (error, answer) =>
      error ? reject(error) : resolve(answer),
    )
    client.query(group as unknown as pg.Submittable)
  })
}

/** The parts of pg's connection that a query writes to. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void }
  sync(): void
  describe(): void
}

type Callback = (error: Error | null, answer: Answer) => void

interface PgQuery {
  submit(wire: Wire): Error | null
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, wire: Wire): void
}

/** pg's Query with the methods that its client calls, which its types leave out. */
const PgQuery = pg.Query as unknown as new (config: {
  readonly text: string
  readonly values: readonly unknown[]
  readonly queryMode: 'extended'
  readonly callback?: Callback
}) => PgQuery

/** Pipeline mode takes no query but an instance of pg's. */
class Group extends PgQuery {
  readonly #ahead: readonly Statement[]
  /** How many of those ahead were not answered yet. */
  #unanswered: number

  constructor(statements: readonly Statement[], callback: Callback) {
    const { sql, parameters } = statements.at(-1) as Statement
    super({ text: sql, values: parameters, queryMode: 'extended', callback })
    this.#ahead = statements.slice(0, -1)
    this.#unanswered = this.#ahead.length
  }

  override submit(wire: Wire): Error | null {
    // Without Describe no columns are told, and without Sync the server goes on to the next.
    const quiet: Wire = Object.create(wire, {
      sync: { value: () => {} },
      describe: { value: () => {} },
    })
    wire.stream.cork()
    try {
      for (const { sql, parameters } of this.#ahead) {
        new PgQuery({ text: sql, values: parameters, queryMode: 'extended' }).submit(quiet)
      }
      return super.submit(wire)
    } finally {
      wire.stream.uncork()
    }
  }

  override handleDataRow(message: unknown): void {
    if (this.#unanswered === 0) super.handleDataRow(message)
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#unanswered === 0) super.handleCommandComplete(message, wire)
    else this.#unanswered--
  }
}
