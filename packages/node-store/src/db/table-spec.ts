/** A column: its type as `format_type` prints it, then the rest of its definition. */
type ColumnSpec = readonly [type: string, definition?: string]

/** The columns of a table by name, in order. */
export type TableSpec = Readonly<Record<string, ColumnSpec>>

/** Tables by name. Both CREATE TABLE and the drift check are made from this, so they cannot differ. */
export type TableSpecs = Readonly<Record<string, TableSpec>>

/** Quotes a checked schema name, or any identifier, for SQL text. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** CREATE TABLE from its spec; `constraints` are table constraints, `suffix` what follows the list. */
export function createTable(options: {
  readonly schema: string
  readonly name: string
  readonly spec: TableSpec
  readonly constraints?: readonly string[]
  readonly suffix?: string
}): string {
  const columns = Object.entries(options.spec).map(([name, [type, definition]]) =>
    [name, type, definition].filter(Boolean).join(' '),
  )
  const parts = [...columns, ...(options.constraints ?? [])].map((part) => `  ${part}`)
  const table = `${quoteIdentifier(options.schema)}.${quoteIdentifier(options.name)}`
  return `CREATE TABLE ${table} (\n${parts.join(',\n')}\n)${options.suffix ?? ''}`
}
