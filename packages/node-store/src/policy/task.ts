import type { Kysely } from 'kysely'
import type { CallOptions } from '../db/call'
import type { Database } from '../db/schema'

/** What maintenance works with. */
export interface MaintenanceContext {
  readonly db: Kysely<Database>
  readonly schema: string
}

/** One kind of upkeep: does what is due, in short transactions, and tells what it did. Safe to run at any time. */
export type MaintenanceTask<Report> = (
  context: MaintenanceContext,
  options: CallOptions,
) => Promise<Report>
