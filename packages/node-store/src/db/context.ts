import { type CompiledQuery, type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from './schema'
import { quoteIdentifier } from './table-spec'

/** What holds for one transaction and ends with it. */
export interface TransactionSettings {
  /** Milliseconds after which the server gives up on one statement; 0: never. */
  readonly statementTimeoutMs?: number
  /** Milliseconds after which the server gives up waiting for one lock; 0: never. */
  readonly lockTimeoutMs?: number
  /** The role the statements run as. */
  readonly role?: string
  /** Settings that policies read, without their prefix: `current_user_id` is `app.current_user_id`. */
  readonly app?: Readonly<Record<string, string>>
}

/** What every transaction on the store's own driver begins with. */
export const DEFAULT_SETTINGS = {
  statementTimeoutMs: 60_000,
  lockTimeoutMs: 10_000,
} as const satisfies TransactionSettings

const CARRIED = Symbol('zkeb carried')

/** What the store's own driver finds on a query that is not to be run by itself; other drivers just run it. */
export type Carried = TransactionSettings | 'later' | 'bare'

/** How the store's own driver treats a query, or undefined for an ordinary one. */
export function carriedBy(query: CompiledQuery): Carried | undefined {
  return (query as { readonly [CARRIED]?: Carried })[CARRIED]
}

/**
 * Sets these for the rest of the transaction. On the store's own driver that costs no round trip: they travel
 * with the next statement.
 *
 * @throws TypeError for a value that is no whole number, name, UUID or hex
 */
export async function applySettings(
  trx: Transaction<Database>,
  settings: TransactionSettings,
): Promise<void> {
  const parts = settingPairs(settings).map(
    ([name, value]) => sql`set_config(${name}::text, ${value}::text, true)`,
  )
  if (parts.length === 0) return
  const query = sql`SELECT ${sql.join(parts)}`.compile(trx)
  await trx.executeQuery({ ...query, [CARRIED]: settings } as CompiledQuery)
}

/**
 * Runs a statement whose answer nobody needs before the commit. On the store's own driver it travels with the
 * next statement, or with COMMIT, which then fails in its place; elsewhere it is run at once.
 */
export async function runLater(trx: Kysely<Database>, query: CompiledQuery): Promise<void> {
  await trx.executeQuery({ ...query, [CARRIED]: 'later' } as CompiledQuery)
}

/** A query that the server refuses inside a transaction: outside one it is sent as it is, and takes its time. */
export function bare<R>(query: CompiledQuery<R>): CompiledQuery<R> {
  return { ...query, [CARRIED]: 'bare' } as CompiledQuery<R>
}

/** The settings as statements. SET takes no parameters: only what {@link settingPairs} lets through is in them. */
export function settingStatements(settings: TransactionSettings): readonly string[] {
  return settingPairs(settings).map(
    ([name, value]) =>
      `SET LOCAL ${name} = ${name === 'role' ? quoteIdentifier(value) : `'${value}'`}`,
  )
}

/** Names and values, each checked to hold nothing that could end a literal. */
function settingPairs(settings: TransactionSettings): readonly (readonly [string, string])[] {
  const { statementTimeoutMs, lockTimeoutMs, role, app = {} } = settings
  const pairs: [string, string][] = []
  // The role first: what it may set is what is set.
  if (role !== undefined) pairs.push(['role', match(role, 'role', /^[a-z_][a-z0-9_]{0,62}$/)])
  if (statementTimeoutMs !== undefined) {
    pairs.push(['statement_timeout', match(String(statementTimeoutMs), 'statementTimeoutMs', MS)])
  }
  if (lockTimeoutMs !== undefined) {
    pairs.push(['lock_timeout', match(String(lockTimeoutMs), 'lockTimeoutMs', MS)])
  }
  for (const [name, value] of Object.entries(app)) {
    match(name, 'the name of a setting', /^[a-z_]{1,60}$/)
    pairs.push([`app.${name}`, match(value, `app.${name}`, UUID_OR_HEX)])
  }
  return pairs
}

const MS = /^[0-9]{1,9}$/
/** A UUID, a hash in hex, or nothing. */
const UUID_OR_HEX = /^[0-9a-f-]{0,64}$/

function match(value: string, what: string, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new TypeError(`${what} does not have the form ${pattern.source}`)
  }
  return value
}
