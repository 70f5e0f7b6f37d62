import { type Kysely, sql, type Transaction } from 'kysely'
import { adoptTables, missingIndexes, namespaceOf } from './adopt'
import { type CallOptions, inDatabase } from './call'
import { type Catalog, findDrift, readCatalog } from './catalog'
import { buildConcurrently } from './concurrent-indexes'
import { readDetails } from './details'
import { findDifferences } from './differences'
import { SQLSTATE, sqlState, storeError } from './errors'
import { type Migration, type Migrations, stepNames } from './migration'
import { withMigrationLock } from './migration-lock'
import { planSteps } from './plan'
import { readReference, tableNames } from './reference'
import type { Database } from './schema'
import { checksum, collision, createTracking, readTracking, TRACKING, trackStep } from './tracking'

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
  /** What is pending, as SQL for psql; empty when nothing is. Changes nothing. */
  plan(options?: CallOptions): Promise<string>
  /**
   * Takes over tables that somebody else made as they are documented, audit_logs without partitions too, and applies
   * what else is pending: all or nothing. Missing constraints and triggers are made, and then, while everybody goes
   * on writing, missing indexes; killed in there, it goes on when called again. Wants the privilege TEMPORARY and a direct connection, not a
   * pooler's. Returns the names applied.
   *
   * @throws SCHEMA_COLLISION when a table is another one than documented, or a row in it breaks a rule; nothing
   *   was changed
   */
  adopt(options?: CallOptions): Promise<readonly string[]>
  /**
   * In what the tables differ from what the applied steps make: columns, types, defaults, constraints, indexes,
   * triggers. What users added is no difference. Wants the privilege TEMPORARY. Texts for people.
   */
  drift(options?: CallOptions): Promise<readonly string[]>
}

type Inspection = MigrationStatus & {
  readonly catalog: Catalog
  /** Pending steps with a table of theirs that is there already. */
  readonly taken: readonly string[]
}

export function createMigrator(options: {
  readonly db: Kysely<Database>
  readonly schema: string
  readonly migrations: Migrations
}): Migrator {
  const { db, schema, migrations } = options
  const names = stepNames(migrations)
  const step = (name: string) => migrations[name] as Migration
  const pick = (some: readonly string[]): Migrations =>
    Object.fromEntries(some.map((name) => [name, step(name)]))

  async function read(on: Kysely<Database>) {
    const catalog = await readCatalog(on, schema, [TRACKING, ...tableNames(migrations)])
    return { catalog, tracked: await readTracking(on, schema, catalog) }
  }

  async function inspect(on: Kysely<Database>): Promise<Inspection> {
    const { catalog, tracked } = await read(on)
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
    const taken = pending.filter((name) => takenTable(catalog, step(name)) !== undefined)
    for (const name of applied) {
      const drift = findDrift(catalog, step(name).tables)
      if (drift !== undefined) throw storeError('SCHEMA_DRIFT', `schema ${schema}: ${drift}`)
    }
    return { applied, pending, taken, catalog }
  }

  async function inspectOurs(on: Kysely<Database>): Promise<Inspection> {
    const inspection = await inspect(on)
    const [name] = inspection.taken
    if (name === undefined) return inspection
    const table = takenTable(inspection.catalog, step(name))
    throw collision(`schema ${schema} has a relation named ${table}`)
  }

  async function applyNext(trx: Transaction<Database>): Promise<string | undefined> {
    const { pending, catalog } = await inspectOurs(trx)
    const name = pending[0]
    if (name === undefined) return undefined
    try {
      for (const statement of [...createTracking(schema, catalog), ...step(name).up(schema)]) {
        await sql.raw(statement).execute(trx)
      }
    } catch (error) {
      const state = sqlState(error)
      const taken = [SQLSTATE.duplicateTable, SQLSTATE.duplicateFunction, SQLSTATE.duplicateObject]
      // A table of ours was looked for before: this is an index, a partition or a function.
      if (taken.some((known) => known === state)) {
        throw collision(`schema ${schema} has an index, function or partition of one of our names`)
      }
      throw error
    }
    await sql.raw(trackStep(schema, name, step(name))).execute(trx)
    return name
  }

  async function takeBack(trx: Transaction<Database>, to: string | null | undefined) {
    const { applied } = await inspectOurs(trx)
    const name = applied.at(-1)
    if (name === undefined || name === to) return undefined
    for (const statement of step(name).down(schema)) await sql.raw(statement).execute(trx)
    await sql`DELETE FROM ${sql.id(schema, TRACKING)} WHERE name = ${name}`.execute(trx)
    if (applied.length === 1) await sql`DROP TABLE ${sql.id(schema, TRACKING)}`.execute(trx)
    return name
  }

  async function adopt(signal: AbortSignal | undefined): Promise<readonly string[]> {
    const reference = await readReference(db, migrations)
    const done = await withMigrationLock({ db, schema, signal }, async (trx) => {
      const { taken, catalog } = await inspect(trx)
      if (taken.length > 0) {
        for (const statement of createTracking(schema, catalog)) {
          await sql.raw(statement).execute(trx)
        }
        await adoptTables({ trx, schema, migrations: pick(taken), reference })
      }
      return [...taken, ...(await collect(() => applyNext(trx)))]
    })
    const indexes = await missingIndexes(db, schema, reference)
    await buildConcurrently({ db, schema, indexes, signal })
    return done
  }

  /** Runs `read` as of one moment: another process may be migrating. */
  function atOnce<T>(
    signal: AbortSignal | undefined,
    read: (trx: Transaction<Database>) => Promise<T>,
  ): Promise<T> {
    return inDatabase(signal, () =>
      db.transaction().setIsolationLevel('repeatable read').execute(read),
    )
  }

  return {
    status: ({ signal } = {}) =>
      atOnce(signal, async (trx) => {
        const { applied, pending } = await inspectOurs(trx)
        return { applied, pending }
      }),
    up: ({ signal } = {}) =>
      inDatabase(signal, () => collect(() => withMigrationLock({ db, schema, signal }, applyNext))),
    down: ({ to, signal } = {}) =>
      inDatabase(signal, async () => {
        if (to != null && !names.includes(to)) throw new TypeError(`to: no migration named ${to}`)
        let left = to === undefined ? 1 : Number.POSITIVE_INFINITY
        return collect(async () => {
          if (left-- === 0) return undefined
          return withMigrationLock({ db, schema, signal }, (trx) => takeBack(trx, to))
        })
      }),
    plan: ({ signal } = {}) =>
      atOnce(signal, async (trx) => {
        const { pending, catalog } = await inspectOurs(trx)
        return planSteps({ schema, catalog, migrations: pick(pending) })
      }),
    adopt: ({ signal } = {}) => inDatabase(signal, () => adopt(signal)),
    drift: ({ signal } = {}) =>
      inDatabase(signal, async () => {
        const { tracked } = await read(db)
        const applied = pick(names.filter((name) => tracked.has(name)))
        const reference = await readReference(db, applied)
        const actual = await readDetails(db, namespaceOf(schema), tableNames(applied))
        return findDifferences(reference, actual).map(({ text }) => text)
      }),
  }
}

/** Repeats `work` until it returns undefined. */
async function collect(work: () => Promise<string | undefined>): Promise<readonly string[]> {
  const done: string[] = []
  for (;;) {
    const name = await work()
    if (name === undefined) return done
    done.push(name)
  }
}

function takenTable(catalog: Catalog, { tables }: Migration): string | undefined {
  return Object.keys(tables).find((table) => catalog.relations.has(table))
}
