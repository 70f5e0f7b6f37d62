import { type Kysely, sql } from 'kysely'
import { storeError } from './errors'
import type { Database } from './schema'
import type { TableSpecs } from './table-spec'

/** The oldest server the documented tables run on, as `server_version_num` counts. */
const MIN_SERVER_VERSION = 140_000

/** What stands in the schema: relations by name, with their columns as `type` or `type not null`. */
export interface Catalog {
  readonly schemaExists: boolean
  readonly relations: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/**
 * Reads the relations of one schema that carry a name of ours, with their columns, in one query.
 *
 * @throws DATABASE when the server is older than PostgreSQL 14
 */
export async function readCatalog(
  db: Kysely<Database>,
  schema: string,
  names: readonly string[],
): Promise<Catalog> {
  const { rows } = await sql<{
    server: number
    schema_exists: boolean
    relation: string | null
    column_name: string | null
    type: string | null
    not_null: boolean | null
  }>`
    SELECT current_setting('server_version_num')::int AS server,
      n.oid IS NOT NULL AS schema_exists, c.relname::text AS relation,
      a.attname::text AS column_name, format_type(a.atttypid, a.atttypmod) AS type,
      a.attnotnull AS not_null
    FROM (SELECT 1) AS one
    LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = ${schema}::text
    LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
      AND c.relname = ANY (string_to_array(${names.join(',')}::text, ','))
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      AND NOT a.attisdropped
  `.execute(db)
  const server = rows[0]?.server ?? 0
  if (server < MIN_SERVER_VERSION) {
    throw storeError(
      'DATABASE',
      `PostgreSQL ${Math.floor(server / 10_000)} is too old`,
      'PostgreSQL 14 or newer is needed',
    )
  }
  const relations = new Map<string, Map<string, string>>()
  for (const row of rows) {
    if (row.relation === null) continue
    const columns = relations.get(row.relation) ?? new Map<string, string>()
    relations.set(row.relation, columns)
    if (row.column_name === null) continue
    columns.set(row.column_name, `${row.type}${row.not_null ? ' not null' : ''}`)
  }
  return { schemaExists: rows[0]?.schema_exists ?? false, relations }
}

/**
 * The first thing in which the catalogue lacks or contradicts `specs`, as text, or undefined. What a
 * user added beside it (columns, indexes, tables) is no drift.
 */
export function findDrift(catalog: Catalog, specs: TableSpecs): string | undefined {
  for (const [table, spec] of Object.entries(specs)) {
    const columns = catalog.relations.get(table)
    if (columns === undefined) return `table ${table} is missing`
    for (const [column, [type, definition = '']] of Object.entries(spec)) {
      const found = columns.get(column)
      const notNull = /NOT NULL|PRIMARY KEY/.test(definition)
      const expected = `${type}${notNull ? ' not null' : ''}`
      if (found === undefined) return `column ${table}.${column} is missing`
      if (found !== expected) return `column ${table}.${column} is ${found} instead of ${expected}`
    }
  }
  return undefined
}
