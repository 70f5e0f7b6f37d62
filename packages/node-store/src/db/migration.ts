import type { TableSpecs } from './table-spec'

/** One step of the schema. Released steps never change: their text is checksummed. */
export interface Migration {
  /** Tables this step creates. */
  readonly tables: TableSpecs
  /** SQL statements that apply the step in the given schema. */
  readonly up: (schema: string) => readonly string[]
  /** SQL statements that take it back, data included. */
  readonly down: (schema: string) => readonly string[]
  /** True when programs that do not know this step must not use the database. */
  readonly breaking?: boolean
}

/** Steps by name; names sort in the order of application. */
export type Migrations = Readonly<Record<string, Migration>>

/** The names of the steps, in the order of application. */
export function stepNames(migrations: Migrations): readonly string[] {
  return Object.keys(migrations).sort()
}
