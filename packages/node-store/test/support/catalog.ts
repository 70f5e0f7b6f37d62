import type { TestDatabase } from './databases'

type Rows = readonly Record<string, unknown>[]

/** Columns of the tables in a schema as `type | not null | default`, by table and name, in order. */
export async function readColumns(database: TestDatabase, schema: string) {
  const rows = await database.query(
    `SELECT c.relname AS t, a.attname AS c, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS nn, pg_get_expr(d.adbin, d.adrelid) AS def
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> 'zkeb_migrations' ORDER BY c.relname, a.attnum`,
    [schema],
  )
  const tables: Record<string, Record<string, string>> = {}
  for (const row of rows) {
    const table = String(row['t'])
    const columns = tables[table] ?? {}
    tables[table] = columns
    const nullable = row['nn'] === true ? 'not null' : 'null'
    columns[String(row['c'])] = `${row['type']} | ${nullable} | ${row['def'] ?? '-'}`
  }
  return tables
}

/** Index definitions by name, partitions' and the tracking table's left out. */
export async function readIndexes(database: TestDatabase, schema: string) {
  const rows = await database.query(
    `SELECT i.relname AS name, t.relname AS t, x.indisunique AS u, pg_get_indexdef(i.oid) AS def
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = $1 AND NOT t.relispartition AND t.relname <> 'zkeb_migrations'`,
    [schema],
  )
  return Object.fromEntries(
    rows.map((row) => [
      row['name'],
      `${row['u'] === true ? 'unique ' : ''}${row['t']} ${String(row['def']).split(' USING ')[1]}`,
    ]),
  )
}

/** Everything a migration makes, as text that can be compared: for up, down, up. */
export async function dumpCatalog(database: TestDatabase, schema: string): Promise<Rows> {
  return database.query(
    `SELECT 'relation' AS kind, c.relname AS name, c.relkind::text || ' ' ||
       coalesce(pg_get_expr(c.relpartbound, c.oid), '') AS def
     FROM pg_class c WHERE c.relnamespace = to_regnamespace($1)
     UNION ALL SELECT 'column', c.relname || '.' || a.attname,
       format_type(a.atttypid, a.atttypmod) || a.attnotnull::text || a.attstorage::text ||
       coalesce(pg_get_expr(d.adbin, d.adrelid), '')
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p')
     UNION ALL SELECT 'constraint', conrelid::regclass::text || ' ' || conname,
       pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = to_regnamespace($1)
     UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = $2
     UNION ALL SELECT 'trigger', tgrelid::regclass::text || ' ' || tgname, pg_get_triggerdef(t.oid)
     FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
     WHERE c.relnamespace = to_regnamespace($1) AND NOT tgisinternal
     UNION ALL SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc
     WHERE pronamespace = to_regnamespace($1)
     ORDER BY 1, 2, 3`,
    [`"${schema}"`, schema],
  )
}
