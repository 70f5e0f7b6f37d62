import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Detail } from './details'
import { withSessionLock } from './migration-lock'
import type { Database } from './schema'
import { quoteIdentifier } from './table-spec'

/** Where indexes are to be built, and which. */
interface IndexJob {
  readonly db: Kysely<Database>
  readonly schema: string
  /** Details of kind `index`. */
  readonly indexes: readonly Detail[]
  readonly signal?: AbortSignal | undefined
}

/**
 * Builds indexes while everybody goes on writing. Those that are there and whole are left alone, so that a call which
 * was killed is simply repeated; what it left half-built is dropped first.
 *
 * @throws DATABASE when a statement is refused, or the connection is a pooler's
 */
export async function buildConcurrently(job: IndexJob): Promise<void> {
  const { schema, indexes, signal } = job
  if (indexes.length === 0) return
  await withSessionLock(job, async (run) => {
    const [row] = await run(sql<{ value: string }>`
      SELECT current_setting('statement_timeout') AS value`)
    await run(sql`SELECT set_config('statement_timeout', '0', false)`)
    try {
      for (const index of indexes) {
        signal?.throwIfAborted()
        await buildOne(run, schema, index)
      }
    } finally {
      const { value } = row as { value: string }
      await run(sql`SELECT set_config('statement_timeout', ${value}::text, false)`)
    }
  })
}

async function buildOne(
  run: (statement: RawBuilder<unknown>) => Promise<readonly unknown[]>,
  schema: string,
  { table, name, definition }: Detail,
): Promise<void> {
  const on = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`
  const index = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
  const [state] = (await run(sql`
    SELECT x.indisvalid AS valid, c.relkind = 'p' AS partitioned FROM pg_catalog.pg_class c
    LEFT JOIN pg_catalog.pg_index x
      ON x.indrelid = c.oid AND x.indexrelid = to_regclass(${index}::text)
    WHERE c.oid = to_regclass(${on}::text)`)) as State[]
  if (state?.valid === true) return
  // PostgreSQL builds none concurrently on a partitioned table.
  const how = state?.partitioned === true ? '' : 'CONCURRENTLY '
  if (state?.valid === false) await run(sql.raw(`DROP INDEX ${how}${index}`))
  const [, unique = '', rest] = /^(UNIQUE )?(.*)$/s.exec(definition) ?? []
  const made = `CREATE ${unique}INDEX ${how}${quoteIdentifier(name)}`
  await run(sql.raw(`${made} ON ${on} USING ${rest}`))
}

interface State {
  /** Null when there is no index of that name. */
  readonly valid: boolean | null
  readonly partitioned: boolean
}
