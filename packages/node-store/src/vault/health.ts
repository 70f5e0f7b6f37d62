import { sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import type { MigrationStatus, Migrator } from '../db/migrate'
import { readPartitionState } from '../policy/audit-partitions'
import type { VaultContext } from './context'

/**
 * What works but needs somebody: rows of the audit log in its DEFAULT partition, or no partition for next month.
 * `maintenance` of `createVault`, or `vault.maintenance.run()`, sees to both.
 */
export type HealthWarning = 'AUDIT_ROWS_IN_DEFAULT' | 'AUDIT_PARTITIONS_DUE'

/** What `vault.health()` found. */
export interface Health {
  /** Whether the vault can work. */
  readonly ok: boolean
  readonly schema: string
  /** The server's version, e.g. `15.18`; absent when it cannot be reached. */
  readonly serverVersion?: string
  readonly migrations?: MigrationStatus
  /** Absent when the vault cannot work. */
  readonly warnings?: readonly HealthWarning[]
  /** The error code when `ok` is false. */
  readonly error?: string
}

/** Looks whether the database answers and its tables are whole. Throws only when aborted. */
export async function checkHealth(
  context: VaultContext,
  migrator: Migrator,
  options: CallOptions = {},
): Promise<Health> {
  const { signal } = options
  const { schema } = context
  try {
    const serverVersion = await inDatabase(signal, async () => {
      const { rows } = await sql<{ version: string }>`
        SELECT current_setting('server_version') AS version`.execute(context.db)
      return rows[0]?.version ?? ''
    })
    const migrations = await migrator.status({ signal })
    const found = { schema, serverVersion, migrations }
    if (migrations.pending.length > 0) return { ok: false, ...found, error: 'SCHEMA_PENDING' }
    const warnings = await inDatabase(signal, () => findWarnings(context))
    return { ok: true, ...found, warnings }
  } catch (error) {
    if (signal?.aborted) throw error
    const code: unknown = (error as { code?: unknown }).code
    return { ok: false, schema, error: typeof code === 'string' ? code : 'DATABASE' }
  }
}

async function findWarnings({ db, schema }: VaultContext): Promise<readonly HealthWarning[]> {
  const state = await readPartitionState(db, schema)
  const warnings: HealthWarning[] = []
  if (state.rowsInDefault) warnings.push('AUDIT_ROWS_IN_DEFAULT')
  if (state.partitioned && state.monthsAhead === 0) warnings.push('AUDIT_PARTITIONS_DUE')
  return warnings
}
