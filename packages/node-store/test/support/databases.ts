import { randomBytes } from 'node:crypto'
import type { DatabaseSource } from '@zkeb/node-store'
import pg from 'pg'
import { inject } from 'vitest'
import { startEmbeddedPostgres } from '../../../../test/support/postgres'
import { hasPgbouncer, startPgbouncer } from './pgbouncer'
import { createPGlite } from './pglite'

/** An empty database for one test file, and a way round the store to look at it. */
export interface TestDatabase {
  /** What `createVault` takes as `db`. */
  readonly source: DatabaseSource
  /** Runs SQL as the database administrator would. */
  query(text: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>
  /** Runs several statements without parameters. */
  exec(text: string): Promise<void>
  drop(): Promise<void>
}

/** What tests run against: two engines, an old server, and a pooler before one of them. */
export const ENGINES = {
  PGlite: openPGlite,
  PostgreSQL: () => openPostgres(),
  'PostgreSQL 15': openPostgres15,
  pgbouncer: openPgbouncer,
} as const

export type EngineName = keyof typeof ENGINES

/** The two engines every contract test runs against, as rows for `describe.each`. */
export const ENGINE_ROWS: readonly { readonly engine: EngineName }[] = [
  { engine: 'PGlite' },
  { engine: 'PostgreSQL' },
]

/** For what is read from the catalogue: an old server as well. */
export const CATALOG_ROWS: typeof ENGINE_ROWS = [...ENGINE_ROWS, { engine: 'PostgreSQL 15' }]

/** For the main path: pgbouncer as well. Where there is none it is left out, but not in CI, where it fails. */
export function allEngineRows(): typeof ENGINE_ROWS {
  const isWanted = hasPgbouncer() || process.env['CI'] !== undefined
  return isWanted ? [...ENGINE_ROWS, { engine: 'pgbouncer' }] : ENGINE_ROWS
}

async function openPGlite(): Promise<TestDatabase> {
  const pglite = await createPGlite()
  return {
    source: pglite,
    query: async (text, parameters) =>
      (await pglite.query<Record<string, unknown>>(text, parameters)).rows,
    exec: async (text) => {
      await pglite.exec(text)
    },
    drop: () => pglite.close(),
  }
}

/** A database of its own on the real server; `source` is its connection string. */
export async function openPostgres(
  server = inject('postgresUrl'),
): Promise<TestDatabase & { readonly source: string }> {
  const name = `zkeb_test_${randomBytes(6).toString('hex')}`
  await once(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  // One connection, so that a SET of a test stays in force.
  const admin = new pg.Pool({ connectionString: url.href, max: 1 })
  admin.on('error', () => {})
  return {
    source: url.href,
    query: async (text, parameters) =>
      (await admin.query<Record<string, unknown>>(text, parameters)).rows,
    exec: async (text) => {
      await admin.query(text)
    },
    drop: async () => {
      await admin.end()
      await once(server, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

/** A server of its own, for one test file. */
async function openPostgres15(): Promise<TestDatabase> {
  const server = await startEmbeddedPostgres(15)
  const database = await openPostgres(server.url)
  return {
    ...database,
    drop: async () => {
      await database.drop()
      await server.stop()
    },
  }
}

/** A database behind a pgbouncer in transaction mode; looked at past it. */
async function openPgbouncer(): Promise<TestDatabase> {
  const database = await openPostgres()
  const bouncer = await startPgbouncer(database.source)
  return {
    ...database,
    source: bouncer.url,
    drop: async () => {
      await bouncer.stop()
      await database.drop()
    },
  }
}

async function once(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}
