import type { Detail } from './details'

/** Something in which the tables are not what the migrations make. */
export interface Difference {
  /** For people. */
  readonly text: string
  /** What can be made without touching what is there; absent where something stands in its way. */
  readonly missing?: Detail
}

/**
 * What `actual` lacks or contradicts of `expected`. What a user added is none, except a column that the store would
 * have to fill. A partitioned table may be a plain one, with a primary key of fewer columns.
 */
export function findDifferences(
  expected: readonly Detail[],
  actual: readonly Detail[],
): readonly Difference[] {
  const found = new Map(actual.map((detail) => [keyOf(detail), detail]))
  const isPlain = (table: string) => found.get(`table ${table} ${table}`)?.definition === 'r'
  const differences: Difference[] = []
  for (const detail of expected) {
    const other = found.get(keyOf(detail))
    if (other === undefined) {
      if (
        isPartitionedKey(detail) &&
        isPlain(detail.table) &&
        hasPrimaryKey(actual, detail.table)
      ) {
        continue
      }
      const text = `${nameOf(detail)} is missing`
      differences.push(isMakeable(detail) ? { text, missing: detail } : { text })
    } else if (detail.kind === 'table') {
      const isTable = other.definition === detail.definition || other.definition === 'r'
      if (!isTable) differences.push({ text: `${nameOf(detail)} is no table` })
    } else if (detail.kind !== 'constraint' && other.definition !== detail.definition) {
      const text = `${nameOf(detail)} is ${other.definition} instead of ${detail.definition}`
      differences.push({ text })
    } else if (detail.kind === 'index' && !other.flag) {
      differences.push({ text: `${nameOf(detail)} is invalid`, missing: detail })
    } else if (detail.kind === 'trigger' && !other.flag) {
      differences.push({ text: `${nameOf(detail)} is disabled` })
    }
  }
  return [...differences, ...findUnfilled(expected, actual)]
}

/**
 * Names of indexes, triggers and functions are taken by whoever has them; of constraints the text counts, without
 * casts of text and parentheses: a database that was dumped and restored has others.
 */
function keyOf({ kind, table, name, definition }: Detail): string {
  if (kind === 'constraint') {
    return `constraint ${table} ${definition.replaceAll(/::(?:character varying|text)(?:\[\])?|[()\s]/g, '')}`
  }
  return `${kind} ${table} ${name}`
}

function nameOf({ kind, table, name, definition }: Detail): string {
  if (kind === 'constraint') return `constraint of ${table}, ${definition},`
  return kind === 'column' || kind === 'trigger' ? `${kind} ${table}.${name}` : `${kind} ${name}`
}

function isMakeable({ kind, definition }: Detail): boolean {
  if (kind === 'constraint') return !definition.startsWith('PRIMARY KEY')
  return kind === 'index' || kind === 'trigger' || kind === 'function'
}

function isPartitionedKey({ kind, definition }: Detail): boolean {
  return kind === 'constraint' && definition === 'PRIMARY KEY (id, created_at)'
}

function hasPrimaryKey(actual: readonly Detail[], table: string): boolean {
  return actual.some((detail) => detail.table === table && detail.definition === 'PRIMARY KEY (id)')
}

function findUnfilled(expected: readonly Detail[], actual: readonly Detail[]): Difference[] {
  const known = new Set(expected.map(keyOf))
  return actual
    .filter((detail) => detail.kind === 'column' && detail.flag && !known.has(keyOf(detail)))
    .map((detail) => ({ text: `${nameOf(detail)} must be filled, and nobody here does` }))
}
