import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import type { Database } from '../db/schema'
import { quoteIdentifier } from '../db/table-spec'
import { transact } from '../db/transact'
import type { MaintenanceContext } from './task'

/** Partitions of the audit log are there this many months ahead. */
const MONTHS_AHEAD = 3
/** A run makes at most so many partitions; the next one goes on. */
const MAX_PARTITIONS_A_RUN = 24
/** Whoever writes waits behind us while we wait for a lock: rather try again at the next run. */
const SETTINGS = { statementTimeoutMs: 0, lockTimeoutMs: 3_000 } as const

/** What one run did to the partitions of the audit log. */
export interface PartitionReport {
  /** Names of the partitions made. */
  readonly created: readonly string[]
  /** Rows that left the DEFAULT partition for them. */
  readonly movedRows: number
}

/** How the partitions of the audit log stand. */
export interface PartitionState {
  /** False in an adopted database whose audit log is a plain table. */
  readonly partitioned: boolean
  /** Whether there are rows in the DEFAULT partition, and one may see them: nobody made theirs in time. */
  readonly rowsInDefault: boolean
  /** Months after this one, without a gap, that have a partition. */
  readonly monthsAhead: number
}

/**
 * Makes the monthly partitions of the audit log that are missing: of this month and the three to come, and of every
 * past month with rows in the DEFAULT partition, which move. Each is one transaction, during which whoever writes to
 * the log waits. Where another process does the same it is left to it.
 *
 * @throws DATABASE also when a lock is not granted within 3 s; what was made until then stays
 */
export function premakePartitions(
  { db, schema }: MaintenanceContext,
  { signal }: CallOptions,
): Promise<PartitionReport> {
  return inDatabase(signal, async () => {
    const created: string[] = []
    let movedRows = 0
    while (created.length < MAX_PARTITIONS_A_RUN) {
      signal?.throwIfAborted()
      const made = await transact(db, SETTINGS, (trx) => makeNext(trx, schema))
      if (made === undefined) break
      created.push(made.name)
      movedRows += made.rows
    }
    return { created, movedRows }
  })
}

/** Reads how the partitions stand. Looks at one row of the DEFAULT partition at most. */
export async function readPartitionState(
  db: Kysely<Database>,
  schema: string,
): Promise<PartitionState> {
  const layout = await readLayout(db, schema)
  if (layout === undefined) return { partitioned: false, rowsInDefault: false, monthsAhead: 0 }
  const gap = layout.missing.findIndex(Boolean)
  const monthsAhead = Math.max((gap === -1 ? layout.missing.length : gap) - 1, 0)
  // Who may read the log by its parent only sees no partition.
  if (layout.fallback === null || !layout.readable) {
    return { partitioned: true, rowsInDefault: false, monthsAhead }
  }
  const { rows } = await sql<{ found: boolean }>`
    SELECT EXISTS (SELECT FROM ${sql.raw(layout.fallback)}) AS found`.execute(db)
  return { partitioned: true, rowsInDefault: rows[0]?.found ?? false, monthsAhead }
}

interface Layout {
  /** The DEFAULT partition as quoted SQL. */
  readonly fallback: string | null
  /** Whether one may read it. */
  readonly readable: boolean | null
  /** Of this month and each to come: whether no partition holds any of it. */
  readonly missing: readonly boolean[]
}

/** Partitions wherever they are; `children` is empty, not absent, for a plain table. */
function children(schema: string): RawBuilder<unknown> {
  return sql`parent AS (
      SELECT c.oid FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${schema}::text AND c.relname = 'audit_logs' AND c.relkind = 'p'
    ), children AS (
      SELECT format('%I.%I', n.nspname, c.relname) AS name,
        has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
        pg_get_expr(c.relpartbound, c.oid) AS bound
      FROM parent JOIN pg_catalog.pg_inherits i ON i.inhparent = parent.oid
      JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    ), ranges AS (
      -- A bound without end has no quoted text, and is null.
      SELECT (regexp_match(bound, 'FROM \\(''([^'']+)''\\)'))[1]::timestamptz AS low,
        (regexp_match(bound, 'TO \\(''([^'']+)''\\)'))[1]::timestamptz AS high
      FROM children WHERE bound <> 'DEFAULT'
    )`
}

/** True where no range has any of the month that begins at `month`, a timestamp in UTC. A bound without end is null. */
const IS_MISSING = sql`NOT EXISTS (SELECT FROM ranges
  WHERE coalesce(low, '-infinity') < (month + interval '1 month') AT TIME ZONE 'UTC'
    AND coalesce(high, 'infinity') > month AT TIME ZONE 'UTC')`

const THIS_MONTH = sql`date_trunc('month', now() AT TIME ZONE 'UTC')`

async function readLayout(db: Kysely<Database>, schema: string): Promise<Layout | undefined> {
  const { rows } = await sql<Layout & { partitioned: boolean }>`
    WITH ${children(schema)}
    SELECT EXISTS (SELECT FROM parent) AS partitioned,
      (SELECT name FROM children WHERE bound = 'DEFAULT') AS fallback,
      (SELECT readable FROM children WHERE bound = 'DEFAULT') AS readable,
      ARRAY (SELECT ${IS_MISSING}
        FROM generate_series(0, ${sql.lit(MONTHS_AHEAD)}) AS ahead,
        LATERAL (SELECT ${THIS_MONTH} + make_interval(months => ahead) AS month) AS m
        ORDER BY ahead) AS missing`.execute(db)
  const [layout] = rows
  return layout?.partitioned === true ? layout : undefined
}

interface Made {
  readonly name: string
  readonly rows: number
}

/** Makes one partition that is missing; undefined when none is, or another process is at it. */
async function makeNext(trx: Transaction<Database>, schema: string): Promise<Made | undefined> {
  const { rows } = await sql<{ locked: boolean }>`
    SELECT pg_try_advisory_xact_lock(
      hashtextextended('zkeb maintain ' || current_database() || '.' || ${schema}::text, 0)
    ) AS locked`.execute(trx)
  if (rows[0]?.locked !== true) return undefined
  const layout = await readLayout(trx, schema)
  if (layout === undefined) return undefined
  if (layout.fallback === null) return makeDefault(trx, schema)
  const month = await findMissing(trx, schema, layout.fallback)
  return month && makeMonth(trx, { schema, fallback: layout.fallback, ...month })
}

/** An adopted table may have none. */
async function makeDefault(trx: Transaction<Database>, schema: string): Promise<Made> {
  const name = 'audit_logs_default'
  await sql`CREATE TABLE ${sql.id(schema, name)}
    PARTITION OF ${sql.id(schema, 'audit_logs')} DEFAULT`.execute(trx)
  return { name, rows: 0 }
}

interface Month {
  /** `YYYY-MM-DD` of its first day and of the next month's. */
  readonly low: string
  readonly high: string
}

/** The first month without a partition, of those that should have one. A name that is taken is left to its owner. */
async function findMissing(
  trx: Transaction<Database>,
  schema: string,
  fallback: string,
): Promise<Month | undefined> {
  const { rows } = await sql<Month>`
    WITH ${children(schema)}, wanted AS (
      SELECT ${THIS_MONTH} + make_interval(months => ahead) AS month
      FROM generate_series(0, ${sql.lit(MONTHS_AHEAD)}) AS ahead
      UNION SELECT DISTINCT date_trunc('month', created_at AT TIME ZONE 'UTC')
      FROM ${sql.raw(fallback)}
      WHERE created_at >= 'epoch' AND created_at < ${THIS_MONTH} AT TIME ZONE 'UTC'
    )
    SELECT to_char(month, 'YYYY-MM-DD') AS low,
      to_char(month + interval '1 month', 'YYYY-MM-DD') AS high
    FROM wanted WHERE ${IS_MISSING} AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${schema}::text AND c.relname = 'audit_logs_' || to_char(month, 'YYYY_MM')
    ) ORDER BY month LIMIT 1`.execute(trx)
  return rows[0]
}

/**
 * Who writes is kept out from the start. A row that was on its way into DEFAULT, and waited only there, would be
 * refused once the month is no longer DEFAULT's. Who reads is kept out while rows move.
 */
async function makeMonth(
  trx: Transaction<Database>,
  options: Month & { readonly schema: string; readonly fallback: string },
): Promise<Made> {
  const { schema, low, high } = options
  const fallback = sql.raw(options.fallback)
  const name = `audit_logs_${low.slice(0, 7).replace('-', '_')}`
  const parent = sql.id(schema, 'audit_logs')
  const made = sql.id(schema, name)
  // Without +00 they would follow the session's time zone.
  const [from, to] = [sql.lit(`${low} 00:00:00+00`), sql.lit(`${high} 00:00:00+00`)]
  await sql`LOCK TABLE ONLY ${parent} IN SHARE ROW EXCLUSIVE MODE`.execute(trx)
  await sql`LOCK TABLE ${fallback} IN ACCESS EXCLUSIVE MODE`.execute(trx)
  await sql`CREATE TABLE ${made} (LIKE ${parent} INCLUDING ALL)`.execute(trx)
  const columns = await readColumns(trx, schema)
  const { numAffectedRows } = await sql`
    WITH moved AS (
      DELETE FROM ${fallback} WHERE created_at >= ${from} AND created_at < ${to}
      RETURNING ${columns}
    ) INSERT INTO ${made} (${columns}) SELECT ${columns} FROM moved`.execute(trx)
  await sql`ALTER TABLE ${parent}
    ATTACH PARTITION ${made} FOR VALUES FROM (${from}) TO (${to})`.execute(trx)
  return { name, rows: Number(numAffectedRows ?? 0) }
}

/** Users may have added some, and partitions may have them in another order. */
async function readColumns(
  trx: Transaction<Database>,
  schema: string,
): Promise<RawBuilder<unknown>> {
  const { rows } = await sql<{ columns: string }>`
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = to_regclass(${`${quoteIdentifier(schema)}.audit_logs`}::text) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''`.execute(
    trx,
  )
  return sql.raw(rows[0]?.columns ?? '')
}
