import { createMigrator, type Migrator } from '../db/migrate'
import { assertSchemaName } from '../db/schema'
import { type DatabaseSource, openSource } from '../db/source'
import { migrations } from '../migrations/index'
import { assertOptions } from './options'

/** What {@link openMigrator} needs. */
export interface OpenMigratorOptions {
  /** Connection string, pg.Pool, Kysely or PGlite; for `adopt` a direct connection, not a pooler's. */
  readonly db: DatabaseSource
  /** Schema of the tables; default `public`. */
  readonly schema?: string
}

/** A migrator by itself. */
export interface OpenedMigrator extends Migrator {
  /** Closes the connections it opened. */
  close(): Promise<void>
}

/**
 * The vault's migrations without the vault: for a deployment step, and for `adopt`, before which there is no vault.
 * Does not connect yet.
 *
 * @throws TypeError for an argument that does not fit
 */
export function openMigrator(options: OpenMigratorOptions): OpenedMigrator {
  assertOptions(options, ['db', 'schema'])
  const { schema = 'public' } = options
  assertSchemaName(schema)
  const { db, close } = openSource(options.db)
  return { ...createMigrator({ db, schema, migrations }), close }
}
