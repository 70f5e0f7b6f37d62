import type { Kysely, RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Cache } from '../cache/cache'
import type { RateLimiter } from '../cache/rate-limit'
import type { Database } from '../db/schema'
import type { KeySource } from './key-source'

/** What every operation of one vault works with. */
export interface VaultContext {
  /** With {@link schema} as its schema, in transactions too. */
  readonly db: Kysely<Database>
  readonly schema: string
  /** The service this process acts as. */
  readonly service: string
  readonly keys: KeySource
  /** 32 bytes. */
  readonly storageKey: Uint8Array
  readonly cache?: Cache | undefined
  readonly limiters?: ReadonlyMap<string, RateLimiter> | undefined
  /** Only inside a transaction of the caller's: a way past it, for what must outlive its rollback. */
  readonly outside?: {
    readonly db: Kysely<Database>
    /** Starts work that the caller does not wait for: waiting could wait for the caller's own locks. */
    run(work: () => Promise<void>): void
  }
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
