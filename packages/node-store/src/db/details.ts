import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from './schema'

/** What a table of ours is made of, or stands beside it. Partitions are left out. */
export interface Detail {
  readonly kind: 'table' | 'column' | 'constraint' | 'index' | 'trigger' | 'function'
  /** Empty for a function. */
  readonly table: string
  /** Empty for a constraint, whose name says nothing. */
  readonly name: string
  /** Without schema names. Of a table: `p` when it is partitioned, else `r`. Of an index: what follows USING. */
  readonly definition: string
  /** A column that must be filled by who inserts. An index that was built to its end. */
  readonly flag: boolean
}

/**
 * Reads everything that migrations make for these tables from one schema.
 *
 * @param namespace SQL of the schema's oid
 */
export async function readDetails(
  db: Kysely<Database>,
  namespace: RawBuilder<unknown>,
  tables: readonly string[],
): Promise<readonly Detail[]> {
  const { rows } = await sql<Detail>`
    WITH n AS (
      -- Temporary tables of one's own are named by their alias.
      SELECT oid, CASE WHEN oid = pg_my_temp_schema() THEN 'pg_temp.'
        ELSE quote_ident(nspname) || '.' END AS prefix
      FROM pg_catalog.pg_namespace
      WHERE oid = ${namespace}
    ), t AS (
      SELECT c.oid, c.relname::text AS name, c.relkind::text AS kind, n.prefix
      FROM pg_catalog.pg_class c JOIN n ON n.oid = c.relnamespace
      WHERE c.relname = ANY (string_to_array(${tables.join(',')}::text, ','))
    )
    SELECT 'table' AS kind, name AS "table", name, kind AS definition, true AS flag FROM t
    UNION ALL
    SELECT 'column', t.name, a.attname::text, format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''),
      a.attnotnull AND d.adbin IS NULL AND a.attidentity = ''
    FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0
      AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT 'constraint', t.name, '', replace(pg_get_constraintdef(k.oid), t.prefix, ''), true
    FROM t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid
    WHERE k.contype IN ('c', 'f', 'p', 'u')
    UNION ALL
    SELECT 'index', t.name, i.relname::text, CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END
        || split_part(pg_get_indexdef(i.oid), ' USING ', 2), x.indisvalid
    FROM t JOIN pg_catalog.pg_index x ON x.indrelid = t.oid
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
      WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 'trigger', t.name, g.tgname::text, replace(pg_get_triggerdef(g.oid), t.prefix, ''),
      g.tgenabled <> 'D'
    FROM t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
    UNION ALL
    SELECT 'function', '', p.proname::text, replace(pg_get_functiondef(p.oid), n.prefix, ''), true
    FROM n JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid AND p.prokind = 'f'
      AND p.proname LIKE 'zkeb\\_%'
    ORDER BY 1, 2, 3, 4
  `.execute(db)
  return rows
}
