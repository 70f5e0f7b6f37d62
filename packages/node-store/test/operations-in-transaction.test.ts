import { isConflict, signReceipt, type VaultInTransaction } from '@zkeb/node-store'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { type CurveVault, openCurveVault } from './support/curve-vaults'

const asResponse = { as: 'response', from: 'vault' } as const

/** Every operation that `vault.in(tx)` has; which libraries' transactions fit is tested elsewhere. */
describe('operations in a transaction of the caller', () => {
  let t: CurveVault
  let pool: pg.Pool
  beforeAll(async () => {
    t = await openCurveVault('PostgreSQL')
    pool = new pg.Pool({ connectionString: String(t.database.source) })
  })
  afterAll(async () => {
    await pool?.end()
    await t?.close()
  })
  beforeEach(() => t.database.exec('DELETE FROM prompts; DELETE FROM audit_logs'))

  async function inTransaction<T>(
    end: 'COMMIT' | 'ROLLBACK',
    work: (vault: VaultInTransaction) => Promise<T>,
  ): Promise<T> {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      const result = await work(t.vault.in(client))
      await client.query(end)
      return result
    } finally {
      client.release()
    }
  }

  async function everything(vault: VaultInTransaction) {
    const { id, secret } = await vault.prompts.create('one', { searchable: true })
    await vault.prompts.update(id, { version: 1, data: 'two words', searchable: true })
    expect((await vault.prompts.search('two')).items).toHaveLength(1)
    expect((await vault.prompts.findBySecret(secret ?? '')).items).toHaveLength(1)
    await vault.prompts.archive(id)
    await vault.prompts.restore(id)
    await vault.prompts.delete(id)
    await vault.prompts.restore(id)
    const sent = await vault.prompts.send(id, { to: 'response', searchable: true })
    await vault.grant(sent.id, { to: 'mailer', from: 'vault', as: 'response' })
    const { envelope } = await vault.deliver(sent.id)
    const receipt = await signReceipt(envelope, { as: t.people.mailer })
    await vault.recordOpening(receipt)
    await vault.recordOpening(receipt)
    const withdrawn = await vault.send('x', { to: 'response' })
    await vault.envelopes.expire(withdrawn.id)
    const deleted = await vault.prompts.send(id, { to: 'response', searchable: true })
    await vault.envelopes.delete(deleted.id)
    expect((await vault.envelopes.list({ promptId: id })).items).toMatchObject([
      { id: sent.id, status: 'decrypted' },
    ])
    expect((await vault.prompts.list()).items).toHaveLength(2)
    return { id, sent, withdrawn }
  }
  const counts = () =>
    t.database.query(`SELECT (SELECT count(*) FROM prompts)::int AS prompts,
      (SELECT count(*) FROM envelopes)::int AS envelopes,
      (SELECT count(*) FROM envelope_grants)::int AS grants,
      (SELECT count(*) FROM envelope_receipts)::int AS receipts,
      (SELECT count(*) FROM envelope_decryptions)::int AS openings,
      (SELECT count(*) FROM audit_logs)::int AS audit`)

  test('each is there with the commit', async () => {
    const { id, sent, withdrawn } = await inTransaction('COMMIT', everything)
    expect((await t.vault.prompts.get(id, { searchable: true })).version).toBe(6)
    expect((await t.vault.open(sent.id, asResponse)).text()).toBe('two words')
    expect(await codeOf(t.vault.open(withdrawn.id, asResponse))).toBe('EXPIRED')
  })

  test('a rollback leaves nothing of any', async () => {
    await inTransaction('ROLLBACK', everything)
    expect(await counts()).toEqual([
      { prompts: 0, envelopes: 0, grants: 0, receipts: 0, openings: 0, audit: 0 },
    ])
  })

  test('what is refused leaves the transaction as it was, and is recorded past a rollback', async () => {
    const { id } = await t.vault.prompts.create('one')
    const { id: once } = await t.vault.send('x', { to: 'response', singleUse: true })
    const { envelope } = await t.vault.deliver(once)
    await t.vault.open(once, asResponse)
    const receipt = await signReceipt(envelope, { as: t.people.response })
    const version = await inTransaction('COMMIT', async (vault) => {
      const error = await vault.prompts
        .update(id, { version: 7, data: 'x' })
        .catch((thrown: unknown) => thrown)
      expect(isConflict(error) && error.currentVersion).toBe(1)
      expect(await codeOf(vault.recordOpening(receipt))).toBe('REPLAYED')
      expect(await codeOf(vault.prompts.send(id, { to: 'nobody' }))).toBe('KEY')
      return (await vault.prompts.update(id, { version: 1, data: 'two' })).version
    })
    expect(version).toBe(2)
    await expect
      .poll(async () => {
        const { items } = await t.vault.audit.list()
        return items.flatMap((entry) => entry.error ?? []).sort()
      })
      .toEqual(['CONFLICT', 'KEY', 'REPLAYED'])
    const failed = await t.vault.openings.list({ envelopeId: once, successful: false })
    expect(failed.items).toMatchObject([{ error: 'REPLAYED', by: 'response' }])
  })
})
