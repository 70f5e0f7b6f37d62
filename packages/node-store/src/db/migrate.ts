import { createHash } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import { type CallOptions, inDatabase } from './call'
import { type Catalog, findDrift, readCatalog } from './catalog'
import { SQLSTATE, sqlState, storeError } from './errors'
import type { Database } from './schema'
import { createTable, quoteIdentifier, type TableSpec, type TableSpecs } from './table-spec'
import { transact } from './transact'

/** One step of the schema. Released steps never change: their text is checksummed. */
export interface Migration {
  /** Tables this step creates. */
  readonly tables: TableSpecs
  /** SQL statements that apply the step in the given schema. */
  readonly up: (schema: string) => readonly string[]
  /** SQL statements that take it back, data included. */
  readonly down: (schema: string) => readonly string[]
  /** True when programs that do not know this step must not use the database. */
  readonly breaking?: boolean
}

/** Steps by name; names sort in the order of application. */
export type Migrations = Readonly<Record<string, Migration>>

/** Names of the steps, in their order. */
export interface MigrationStatus {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/** Applies, takes back and reports the steps of the schema. Every call may be aborted by a signal. */
export interface Migrator {
  /** Applies what is pending; safe to call from many processes at once. Returns the names applied. */
  up(options?: CallOptions): Promise<readonly string[]>
  /**
   * Takes back the newest step, or with `to` every step after that one (`null`: all). DELETES THE
   * DATA in the tables those steps made. Returns the names taken back.
   */
  down(options?: CallOptions & { readonly to?: string | null }): Promise<readonly string[]>
  /** What is applied and pending, after checking that the tables are the store's and whole. */
  status(options?: CallOptions): Promise<MigrationStatus>
}

const TRACKING = 'zkeb_migrations'
const TRACKING_SPEC: TableSpec = {
  name: ['text', 'PRIMARY KEY'],
  checksum: ['text', 'NOT NULL'],
  breaking: ['boolean', 'NOT NULL'],
  applied_at: ['timestamp with time zone', 'NOT NULL DEFAULT CURRENT_TIMESTAMP'],
}
/** Milliseconds after which a starter gives up waiting for another one's migration. */
const LOCK_DEADLINE_MS = 120_000
const POLL_MS = 50
/** Building an index takes as long as it takes; waiting for a lock holds up everybody behind. */
const SETTINGS = { statementTimeoutMs: 0, lockTimeoutMs: 3_000 } as const

export function createMigrator(options: {
  readonly db: Kysely<Database>
  readonly schema: string
  readonly migrations: Migrations
}): Migrator {
  const { db, schema, migrations } = options
  const names = Object.keys(migrations).sort()
  const step = (name: string) => migrations[name] as Migration

  async function inspect(on: Kysely<Database>): Promise<MigrationStatus & { catalog: Catalog }> {
    const tables = names.flatMap((name) => Object.keys(step(name).tables))
    const catalog = await readCatalog(on, schema, [TRACKING, ...tables])
    const tracked = await readTracking(on, schema, catalog)
    for (const [name, row] of tracked) {
      const known = migrations[name]
      if (known === undefined) {
        if (!row.breaking) continue
        throw storeError('SCHEMA_NEWER', `migration ${name} is newer than this program`)
      }
      if (row.checksum !== checksum(known)) {
        throw storeError('SCHEMA_DRIFT', `migration ${name} is recorded with another checksum`)
      }
    }
    const applied = names.filter((name) => tracked.has(name))
    const pending = names.filter((name) => !tracked.has(name))
    for (const name of pending) {
      const taken = Object.keys(step(name).tables).find((table) => catalog.relations.has(table))
      if (taken !== undefined) throw collision(`schema ${schema} has a relation named ${taken}`)
    }
    for (const name of applied) {
      const drift = findDrift(catalog, step(name).tables)
      if (drift !== undefined) throw storeError('SCHEMA_DRIFT', `schema ${schema}: ${drift}`)
    }
    return { applied, pending, catalog }
  }

  /** One short locked transaction; undefined when another process holds the lock. */
  async function attempt(
    work: (trx: Transaction<Database>) => Promise<string | undefined>,
  ): Promise<{ readonly name: string | undefined } | undefined> {
    return transact(db, SETTINGS, async (trx) => {
      // Never waiting inside the lock function: a waiter there holds a snapshot, on which
      // CREATE INDEX CONCURRENTLY of another process would wait in turn.
      const { rows } = await sql<{ locked: boolean }>`
        SELECT pg_try_advisory_xact_lock(
          hashtextextended('zkeb migrate ' || current_database() || '.' || ${schema}::text, 0)
        ) AS locked`.execute(trx)
      return rows[0]?.locked === true ? { name: await work(trx) } : undefined
    })
  }

  /** Repeats `work`, each time in a locked transaction, until it returns undefined. */
  async function repeat(
    signal: AbortSignal | undefined,
    work: (trx: Transaction<Database>) => Promise<string | undefined>,
  ): Promise<readonly string[]> {
    const done: string[] = []
    const deadline = Date.now() + LOCK_DEADLINE_MS
    for (;;) {
      signal?.throwIfAborted()
      const result = await attempt(work)
      if (result === undefined) {
        if (Date.now() > deadline) throw storeError('DATABASE', 'another process keeps migrating')
        await new Promise((resolve) => setTimeout(resolve, POLL_MS * (1 + Math.random())))
      } else if (result.name === undefined) return done
      else done.push(result.name)
    }
  }

  async function applyNext(trx: Transaction<Database>): Promise<string | undefined> {
    const { pending, catalog } = await inspect(trx)
    const name = pending[0]
    if (name === undefined) return undefined
    const statements = [...step(name).up(schema)]
    if (!catalog.relations.has(TRACKING)) statements.unshift(...createTracking(schema, catalog))
    try {
      for (const statement of statements) await sql.raw(statement).execute(trx)
    } catch (error) {
      const state = sqlState(error)
      const taken = [SQLSTATE.duplicateTable, SQLSTATE.duplicateFunction, SQLSTATE.duplicateObject]
      // A table of ours was looked for before: this is an index, a partition or a function.
      if (taken.some((known) => known === state)) {
        throw collision(`schema ${schema} has an index, function or partition of one of our names`)
      }
      throw error
    }
    await sql`INSERT INTO ${sql.id(schema, TRACKING)} (name, checksum, breaking)
      VALUES (${name}, ${checksum(step(name))}, ${step(name).breaking ?? false})`.execute(trx)
    return name
  }

  async function takeBack(trx: Transaction<Database>, to: string | null | undefined) {
    const { applied } = await inspect(trx)
    const name = applied.at(-1)
    if (name === undefined || name === to) return undefined
    for (const statement of step(name).down(schema)) await sql.raw(statement).execute(trx)
    await sql`DELETE FROM ${sql.id(schema, TRACKING)} WHERE name = ${name}`.execute(trx)
    if (applied.length === 1) await sql`DROP TABLE ${sql.id(schema, TRACKING)}`.execute(trx)
    return name
  }

  return {
    status: (options = {}) =>
      inDatabase(options.signal, () =>
        // Catalogue and tracking table as of one moment: another process may be migrating.
        db
          .transaction()
          .setIsolationLevel('repeatable read')
          .execute(async (trx) => {
            const { applied, pending } = await inspect(trx)
            return { applied, pending }
          }),
      ),
    up: (options = {}) => inDatabase(options.signal, () => repeat(options.signal, applyNext)),
    down: (options = {}) =>
      inDatabase(options.signal, async () => {
        const { to, signal } = options
        if (to != null && !names.includes(to)) throw new TypeError(`to: no migration named ${to}`)
        let left = to === undefined ? 1 : Number.POSITIVE_INFINITY
        return repeat(signal, async (trx) => (left-- > 0 ? takeBack(trx, to) : undefined))
      }),
  }
}

function createTracking(schema: string, catalog: Catalog): readonly string[] {
  const table = createTable({ schema, name: TRACKING, spec: TRACKING_SPEC })
  return catalog.schemaExists ? [table] : [`CREATE SCHEMA ${quoteIdentifier(schema)}`, table]
}

async function readTracking(
  db: Kysely<Database>,
  schema: string,
  catalog: Catalog,
): Promise<ReadonlyMap<string, { readonly checksum: string; readonly breaking: boolean }>> {
  if (!catalog.relations.has(TRACKING)) return new Map()
  const foreign = findDrift(catalog, { [TRACKING]: TRACKING_SPEC })
  if (foreign !== undefined) throw collision(`schema ${schema}: ${foreign}`)
  const { rows } = await sql<{ name: string; checksum: string; breaking: boolean }>`
    SELECT name, checksum, breaking FROM ${sql.id(schema, TRACKING)}`.execute(db)
  return new Map(rows.map((row) => [row.name, row]))
}

/** Hex SHA-256 of the step's SQL with a fixed schema name in it. */
function checksum(migration: Migration): string {
  const text = migration.up('zkeb').join(';\n')
  return createHash('sha256').update(text).digest('hex')
}

function collision(message: string) {
  return storeError(
    'SCHEMA_COLLISION',
    `${message} that this store did not make; nothing was changed`,
  )
}
