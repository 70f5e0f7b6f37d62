import type { Catalog } from './catalog'
import { type Migration, type Migrations, stepNames } from './migration'
import { MIGRATION_SETTINGS } from './migration-lock'
import { createTracking, trackStep } from './tracking'

/** The SQL of these steps, each with its record in a transaction of its own, as psql takes it. */
export function planSteps(options: {
  readonly schema: string
  readonly catalog: Catalog
  readonly migrations: Migrations
}): string {
  const { schema, catalog, migrations } = options
  const preparation = [...createTracking(schema, catalog)]
  return stepNames(migrations)
    .map((name) => {
      const migration = migrations[name] as Migration
      const statements = [
        'BEGIN',
        `SET LOCAL lock_timeout = ${MIGRATION_SETTINGS.lockTimeoutMs}`,
        ...preparation.splice(0),
        ...migration.up(schema),
        trackStep(schema, name, migration),
        'COMMIT',
      ]
      return `-- ${name}\n${statements.join(';\n')};\n`
    })
    .join('\n')
}
