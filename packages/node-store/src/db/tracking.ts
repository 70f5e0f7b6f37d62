import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { type Catalog, findDrift } from './catalog'
import { storeError } from './errors'
import type { Migration } from './migration'
import type { Database } from './schema'
import { createTable, quoteIdentifier, type TableSpec } from './table-spec'

/** Which steps were applied is written here. */
export const TRACKING = 'zkeb_migrations'

const TRACKING_SPEC: TableSpec = {
  name: ['text', 'PRIMARY KEY'],
  checksum: ['text', 'NOT NULL'],
  breaking: ['boolean', 'NOT NULL'],
  applied_at: ['timestamp with time zone', 'NOT NULL DEFAULT CURRENT_TIMESTAMP'],
}

/** What is written of one step. */
export interface TrackedStep {
  readonly checksum: string
  readonly breaking: boolean
}

/** The applied steps by name. */
export async function readTracking(
  db: Kysely<Database>,
  schema: string,
  catalog: Catalog,
): Promise<ReadonlyMap<string, TrackedStep>> {
  if (!catalog.relations.has(TRACKING)) return new Map()
  const foreign = findDrift(catalog, { [TRACKING]: TRACKING_SPEC })
  if (foreign !== undefined) throw collision(`schema ${schema}: ${foreign}`)
  const { rows } = await sql<TrackedStep & { name: string }>`
    SELECT name, checksum, breaking FROM ${sql.id(schema, TRACKING)}`.execute(db)
  return new Map(rows.map((row) => [row.name, row]))
}

/** SQL that makes the schema and the table that are not there yet. */
export function createTracking(schema: string, catalog: Catalog): readonly string[] {
  if (catalog.relations.has(TRACKING)) return []
  const table = createTable({ schema, name: TRACKING, spec: TRACKING_SPEC })
  return catalog.schemaExists ? [table] : [`CREATE SCHEMA ${quoteIdentifier(schema)}`, table]
}

/** SQL that records a step. Its name is one of ours, and is quoted all the same. */
export function trackStep(schema: string, name: string, migration: Migration): string {
  return `INSERT INTO ${quoteIdentifier(schema)}.${TRACKING} (name, checksum, breaking)
VALUES ('${name.replaceAll("'", "''")}', '${checksum(migration)}', ${migration.breaking ?? false})`
}

/** Hex SHA-256 of the step's SQL with a fixed schema name in it. */
export function checksum(migration: Migration): string {
  const text = migration.up('zkeb').join(';\n')
  return createHash('sha256').update(text).digest('hex')
}

/** Something of that name is there and is not ours. */
export function collision(message: string) {
  return storeError(
    'SCHEMA_COLLISION',
    `${message} that this store did not make; nothing was changed`,
  )
}
