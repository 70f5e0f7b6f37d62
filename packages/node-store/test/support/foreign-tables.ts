import { DOCUMENTED_COLUMNS } from './documented-tables'

const TABLES = ['prompts', 'envelopes', 'envelope_decryptions', 'cryptographic_keys', 'audit_logs']

/**
 * SQL of the five documented tables as somebody else may have made them: with keys, without indexes, CHECKs,
 * triggers and partitions.
 */
export function foreignTables(schema: string): string {
  return TABLES.map((table) => {
    const columns = Object.entries(DOCUMENTED_COLUMNS[table] ?? {}).map(([name, column]) => {
      const [type, nullable, value] = column.split(' | ')
      const definition = value === '-' ? '' : `DEFAULT ${value}`
      return `${name} ${type} ${nullable} ${definition}`
    })
    const constraints = ['PRIMARY KEY (id)', ...(KEYS[table]?.(schema) ?? [])]
    return `CREATE TABLE ${schema}.${table} (${[...columns, ...constraints].join(', ')})`
  }).join('; ')
}

const KEYS: Readonly<Record<string, (schema: string) => readonly string[]>> = {
  envelopes: (schema) => [
    `CONSTRAINT theirs FOREIGN KEY (prompt_id) REFERENCES ${schema}.prompts ON DELETE CASCADE`,
  ],
  cryptographic_keys: () => ['UNIQUE (key_id)'],
}
