import { type Kysely, sql } from 'kysely'
import { readCatalog } from '../db/catalog'
import type { Migration } from '../db/migration'
import { assertSchemaName, type Database } from '../db/schema'
import { createTracking, readTracking, TRACKING, trackStep } from '../db/tracking'
import { migrations } from './index'

/** What Kysely's Migrator takes as `provider`; by shape, since versions of Kysely keep the type in different places. */
export interface VaultMigrationProvider {
  /** The steps by name, `zkeb-001-…`. */
  getMigrations(): Promise<Record<string, KyselyMigration>>
}

interface KyselyMigration {
  // biome-ignore lint/suspicious/noExplicitAny: as Kysely has it
  up(db: Kysely<any>): Promise<void>
  // biome-ignore lint/suspicious/noExplicitAny: as Kysely has it
  down(db: Kysely<any>): Promise<void>
}

/**
 * The vault's migrations for a Kysely Migrator of yours, which applies them beside your own. They are recorded for
 * the vault as well, and one that is applied already is left alone. `down` DELETES THE DATA.
 *
 * @param options `schema` is that of `createVault`, default `public`
 * @throws TypeError for a schema name that does not fit
 */
export function vaultMigrations(
  options: { readonly schema?: string } = {},
): VaultMigrationProvider {
  const { schema = 'public' } = options
  assertSchemaName(schema)
  const entries = Object.entries(migrations).map(
    ([name, migration]) => [`zkeb-${name}`, toKysely(schema, name, migration)] as const,
  )
  return { getMigrations: async () => Object.fromEntries(entries) }
}

function toKysely(schema: string, name: string, migration: Migration): KyselyMigration {
  const read = async (db: Kysely<Database>) => {
    const catalog = await readCatalog(db, schema, [TRACKING])
    return { catalog, tracked: await readTracking(db, schema, catalog) }
  }
  const run = async (db: Kysely<Database>, statements: readonly string[]) => {
    for (const statement of statements) await sql.raw(statement).execute(db)
  }
  return {
    async up(db) {
      const { catalog, tracked } = await read(db)
      if (tracked.has(name)) return
      await run(db, [
        ...createTracking(schema, catalog),
        ...migration.up(schema),
        trackStep(schema, name, migration),
      ])
    },
    async down(db) {
      const { tracked } = await read(db)
      if (!tracked.has(name)) return
      await run(db, migration.down(schema))
      await sql`DELETE FROM ${sql.id(schema, TRACKING)} WHERE name = ${name}`.execute(db)
      if (tracked.size === 1) await sql`DROP TABLE ${sql.id(schema, TRACKING)}`.execute(db)
    },
  }
}
