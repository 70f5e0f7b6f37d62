import { mkdir } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'

/** The database of the demo, as the vault takes it and as its operator sees it. */
export interface Database {
  readonly name: string
  readonly db: PGlite | pg.Pool
  query(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** A real server where a URL is given, else an embedded PostgreSQL (PGlite) that keeps its files in `folder`. */
export async function openDatabase(url: string | undefined, folder: string): Promise<Database> {
  return url === undefined ? openEmbedded(folder) : openServer(url)
}

async function openEmbedded(folder: string): Promise<Database> {
  await mkdir(folder, { recursive: true })
  const db = await PGlite.create(folder)
  return {
    name: `embedded PostgreSQL in ${folder}`,
    db,
    query: async (sql, parameters) =>
      (await db.query<Record<string, unknown>>(sql, parameters)).rows,
    close: () => db.close(),
  }
}

async function openServer(url: string): Promise<Database> {
  const db = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 5_000 })
  return {
    name: `PostgreSQL at ${new URL(url).host}`,
    db,
    query: async (sql, parameters) => (await db.query(sql, parameters)).rows,
    close: () => db.end(),
  }
}
