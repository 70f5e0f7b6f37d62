import type { Kysely, RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Database } from '../db/schema'
import type { KeySource } from './key-source'

/** What every operation of one vault works with. */
export interface VaultContext {
  readonly db: Kysely<Database>
  readonly schema: string
  /** The service this process acts as. */
  readonly service: string
  readonly keys: KeySource
  /** 32 bytes. */
  readonly storageKey: Uint8Array
}

/** Every call of the vault takes these. */
export interface CallOptions {
  /** Checked before each round trip; when aborted the call throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

/** A table's qualified, quoted name for raw SQL. */
export function table(context: VaultContext, name: keyof Database): RawBuilder<unknown> {
  return sql.id(context.schema, name)
}

/**
 * A UUID in lower case.
 *
 * @throws TypeError when `id` is none
 */
export function toUuid(id: unknown, argument: string): string {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
  if (typeof id !== 'string' || !uuid.test(id)) throw new TypeError(`${argument} must be a UUID`)
  return id.toLowerCase()
}
