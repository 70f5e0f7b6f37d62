import { createVault, memoryKeys, type Vault, vaultMigrations } from '@zkeb/node-store'
import { type Kysely, Migrator as KyselyMigrator } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSource } from '../src/db/source'
import { migrations } from '../src/migrations/index'
import { dumpCatalog } from './support/catalog'
import { ENGINE_ROWS, ENGINES, type TestDatabase } from './support/databases'

const STEPS = Object.keys(migrations)

describe.each(ENGINE_ROWS)('what migrations say on $engine', ({ engine }) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await ENGINES[engine]()
  })
  afterAll(() => database?.drop())

  const start = (schema: string) =>
    createVault({
      db: database.source,
      service: 'vault',
      keys: memoryKeys(),
      schema,
      migrate: 'auto',
    })

  describe('drift', () => {
    let vault: Vault
    beforeAll(async () => {
      vault = await start('Drift')
    })
    afterAll(() => vault?.close())

    test('none after migrating, nor by what users add', async () => {
      await database.exec(`ALTER TABLE "Drift".prompts ADD COLUMN tenant text;
        CREATE INDEX theirs ON "Drift".prompts (tenant);
        ALTER TABLE "Drift".prompts ADD CHECK (tenant <> 'x')`)
      expect(await vault.migrations.drift()).toEqual([])
    })

    test.each([
      ['DROP INDEX "Drift".idx_keys_status', 'index idx_keys_status is missing'],
      [
        'ALTER TABLE "Drift".prompts ALTER version SET DEFAULT 2',
        'column prompts.version is integer not null default 2 instead of integer not null default 1',
      ],
      [
        'ALTER TABLE "Drift".prompts DISABLE TRIGGER prompts_set_updated_at',
        'trigger prompts.prompts_set_updated_at is disabled',
      ],
      [
        'DROP TRIGGER prompts_set_updated_at ON "Drift".prompts',
        'trigger prompts.prompts_set_updated_at is missing',
      ],
      [
        'ALTER TABLE "Drift".envelope_receipts DROP CONSTRAINT envelope_receipts_envelope_id_fkey',
        'constraint of envelope_receipts, FOREIGN KEY (envelope_id) REFERENCES envelopes(id) ON DELETE CASCADE, is missing',
      ],
      [
        'ALTER TABLE "Drift".envelope_receipts DROP CONSTRAINT envelope_receipts_digest_check',
        'constraint of envelope_receipts, CHECK ((octet_length(digest) = 32)), is missing',
      ],
      [
        'ALTER TABLE "Drift".prompts ADD must text NOT NULL',
        'column prompts.must must be filled, and nobody here does',
      ],
      ['ALTER TABLE "Drift".prompts DROP COLUMN version', 'column prompts.version is missing'],
    ])('%s', async (statement, text) => {
      await database.exec(statement)
      expect(await vault.migrations.drift()).toContain(text)
    })
  })

  test('a plan is SQL that does what up does', async () => {
    const vault = await start('planned')
    const first = await dumpCatalog(database, 'planned')
    const tracked = 'SELECT name, checksum, breaking FROM planned.zkeb_migrations ORDER BY 1'
    const rows = await database.query(tracked)
    expect(await vault.migrations.plan()).toBe('')
    await vault.migrations.down({ to: null })
    await database.exec('DROP SCHEMA planned')
    const plan = await vault.migrations.plan()
    expect(await database.query("SELECT to_regnamespace('planned') AS found")).toEqual([
      { found: null },
    ])
    await database.exec(plan)
    expect(await dumpCatalog(database, 'planned')).toEqual(first)
    expect(await database.query(tracked)).toEqual(rows)
    await vault.close()
  })

  test('a Kysely migrator applies and takes back the same, and the vault knows', async () => {
    const { db, close } = openSource(database.source)
    const migrator = new KyselyMigrator({
      db: db as Kysely<unknown>,
      provider: vaultMigrations({ schema: 'through_kysely' }),
      migrationTableSchema: 'kysely',
    })
    const { error, results } = await migrator.migrateToLatest()
    expect(error).toBeUndefined()
    expect(results?.map(({ migrationName }) => migrationName)).toEqual(
      STEPS.map((name) => `zkeb-${name}`),
    )
    const keys = memoryKeys()
    const options = { db: database.source, service: 'vault', keys } as const
    const vault = await createVault({ ...options, schema: 'through_kysely' })
    expect(await vault.migrations.status()).toEqual({ applied: STEPS, pending: [] })
    expect(await vault.migrations.drift()).toEqual([])
    expect((await migrator.migrateDown()).error).toBeUndefined()
    expect(await vault.health()).toMatchObject({ ok: false, error: 'SCHEMA_PENDING' })
    // What the vault's own migrator applied is left alone.
    await vault.migrations.up()
    expect((await migrator.migrateToLatest()).error).toBeUndefined()
    expect(await vault.migrations.drift()).toEqual([])
    await vault.close()
    await close()
  })

  test('a schema name that does not fit is refused', () => {
    expect(() => vaultMigrations({ schema: 'a"b' })).toThrow(TypeError)
  })
})
