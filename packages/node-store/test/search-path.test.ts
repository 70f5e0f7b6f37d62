import { createVault } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { openTestVault, type TestVault } from './support/vaults'

const asResponse = { as: 'response', from: 'vault' } as const

describe('an operator of the database administrator on the search path', () => {
  let t: TestVault
  beforeAll(async () => {
    t = await openTestVault('PostgreSQL')
  })
  afterAll(() => t?.close())

  test('that answers another row is FORMAT to opener and deliverer, and recorded', async () => {
    const { id } = await t.vault.send('asked for', { to: 'response' })
    const { id: other } = await t.vault.send('not asked for', { to: 'response' })
    await t.database.exec(`CREATE SCHEMA trap;
      CREATE FUNCTION trap.is_other(a uuid, b uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
        SELECT a OPERATOR(pg_catalog.=)
          CASE WHEN b OPERATOR(pg_catalog.=) '${id}'::uuid THEN '${other}'::uuid ELSE b END $$;
      CREATE OPERATOR trap.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = trap.is_other);
      DO $$ BEGIN EXECUTE format(
        'ALTER DATABASE %I SET search_path = trap, pg_catalog, public', current_database()); END $$`)
    // The setting is a new connection's.
    const vault = await createVault({ db: t.database.source, service: 'vault', keys: t.keys })
    expect((await vault.open(other, asResponse)).text()).toBe('not asked for')
    expect(await codeOf(vault.open(id, asResponse))).toBe('FORMAT')
    expect(await codeOf(vault.deliver(id))).toBe('FORMAT')
    await vault.close()
    const rows = await t.database.query(
      'SELECT decryption_successful AS ok, error_message AS code FROM envelope_decryptions WHERE envelope_id = $1',
      [id],
    )
    expect(rows).toEqual([{ ok: false, code: 'FORMAT' }])
  })
})
