import { type Kysely, sql } from 'kysely'
import { type Detail, readDetails } from './details'
import { type Migrations, stepNames } from './migration'
import { MIGRATION_SETTINGS } from './migration-lock'
import type { Database } from './schema'
import { transact } from './transact'

/**
 * What these steps make, as this server writes it: they are run as temporary tables and rolled back. Texts of
 * different servers, or of ours and the server's, could not be compared.
 */
export function readReference(
  db: Kysely<Database>,
  migrations: Migrations,
): Promise<readonly Detail[]> {
  return transact(db, MIGRATION_SETTINGS, async (trx) => {
    await sql`SAVEPOINT zkeb_reference`.execute(trx)
    for (const name of stepNames(migrations)) {
      for (const statement of migrations[name]?.up('pg_temp') ?? []) {
        await sql.raw(statement).execute(trx)
      }
    }
    const tables = tableNames(migrations)
    const details = await readDetails(trx, sql`pg_my_temp_schema()`, tables)
    await sql`ROLLBACK TO SAVEPOINT zkeb_reference`.execute(trx)
    return details
  })
}

/** The tables of all these steps. */
export function tableNames(migrations: Migrations): readonly string[] {
  return Object.values(migrations).flatMap((migration) => Object.keys(migration.tables))
}
