import { type Kysely, sql, type Transaction } from 'kysely'
import { readCatalog } from './catalog'
import { type Detail, readDetails } from './details'
import { findDifferences } from './differences'
import { sqlState } from './errors'
import { type Migration, type Migrations, stepNames } from './migration'
import { tableNames } from './reference'
import type { Database } from './schema'
import { quoteIdentifier } from './table-spec'
import { collision, trackStep } from './tracking'

/** What {@link adoptTables} works with. */
interface Adoption {
  readonly trx: Transaction<Database>
  readonly schema: string
  /** The steps whose tables are to be taken over. */
  readonly migrations: Migrations
  /** What all steps make. */
  readonly reference: readonly Detail[]
}

/**
 * Takes tables over that are what the steps would have made. Constraints, triggers and functions that are not there
 * are made; indexes are left to {@link missingIndexes}.
 *
 * @throws SCHEMA_COLLISION when a table is another one, or a row in it breaks a rule; the transaction must then be
 *   rolled back
 */
export async function adoptTables(adoption: Adoption): Promise<void> {
  const { trx, schema, migrations, reference } = adoption
  const tables = new Set(tableNames(migrations))
  const expected = reference.filter(({ kind, table }) => kind === 'function' || tables.has(table))
  const actual = await readDetails(trx, namespaceOf(schema), [...tables])
  const missing: Detail[] = []
  const indexes: string[] = []
  for (const difference of findDifferences(expected, actual)) {
    if (difference.missing === undefined) throw collision(`schema ${schema}: ${difference.text}`)
    if (difference.missing.kind !== 'index') missing.push(difference.missing)
    else if (!actual.some(isIndex(difference.missing.name))) indexes.push(difference.missing.name)
  }
  // They are built when all this is committed: none of their names may turn out to be taken then.
  const { relations } = await readCatalog(trx, schema, indexes)
  const [taken] = relations.keys()
  if (taken !== undefined) throw collision(`schema ${schema} has a relation named ${taken}`)
  // Definitions carry no schema: what they name is looked for in this one, and made there.
  await sql`SELECT set_config('search_path', ${quoteIdentifier(schema)}::text, true)`.execute(trx)
  for (const detail of missing.sort(functionsFirst)) await make(trx, schema, detail)
  await sql`SELECT set_config('search_path', 'pg_catalog', true)`.execute(trx)
  for (const name of stepNames(migrations)) {
    await sql.raw(trackStep(schema, name, migrations[name] as Migration)).execute(trx)
  }
}

/** Indexes of the reference that are not there, or not whole. On a partitioned table they are made at once. */
export async function missingIndexes(
  db: Kysely<Database>,
  schema: string,
  reference: readonly Detail[],
): Promise<readonly Detail[]> {
  const tables = reference.filter(({ kind }) => kind === 'table').map(({ name }) => name)
  const actual = await readDetails(db, namespaceOf(schema), tables)
  return findDifferences(reference, actual).flatMap(({ missing }) =>
    missing?.kind === 'index' ? [missing] : [],
  )
}

/** SQL of the oid of a schema, null when there is none. */
export function namespaceOf(schema: string) {
  return sql`(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ${schema}::text)`
}

function isIndex(name: string): (detail: Detail) => boolean {
  return (detail) => detail.kind === 'index' && detail.name === name
}

function functionsFirst(a: Detail, b: Detail): number {
  return Number(b.kind === 'function') - Number(a.kind === 'function')
}

async function make(trx: Transaction<Database>, schema: string, detail: Detail): Promise<void> {
  const { kind, table, definition } = detail
  const isConstraint = kind === 'constraint'
  const statement = isConstraint
    ? `ALTER TABLE ${quoteIdentifier(table)} ADD ${definition}`
    : definition
  try {
    await sql.raw(statement).execute(trx)
  } catch (error) {
    // 23: integrity constraint violation, by rows that are there.
    if (isConstraint && sqlState(error)?.startsWith('23')) {
      throw collision(`schema ${schema}: rows of ${table} break ${definition}`)
    }
    throw error
  }
}
