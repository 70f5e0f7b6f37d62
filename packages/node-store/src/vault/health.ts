import { sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import type { MigrationStatus, Migrator } from '../db/migrate'
import type { VaultContext } from './context'

/** What `vault.health()` found. */
export interface Health {
  /** Whether the vault can work. */
  readonly ok: boolean
  readonly schema: string
  /** The server's version, e.g. `15.18`; absent when it cannot be reached. */
  readonly serverVersion?: string
  readonly migrations?: MigrationStatus
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
    const ok = migrations.pending.length === 0
    return { ok, schema, serverVersion, migrations, ...(!ok && { error: 'SCHEMA_PENDING' }) }
  } catch (error) {
    if (signal?.aborted) throw error
    const code: unknown = (error as { code?: unknown }).code
    return { ok: false, schema, error: typeof code === 'string' ? code : 'DATABASE' }
  }
}
