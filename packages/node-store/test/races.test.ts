import { isConflict } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { type CurveVault, openCurveVault } from './support/curve-vaults'

const asResponse = { as: 'response', from: 'vault' } as const

/** Two vaults with pools of their own, as in two processes: not PGlite, which has one connection. */
describe('races on a real server', () => {
  let t: CurveVault
  let other: CurveVault['vault']
  beforeAll(async () => {
    t = await openCurveVault('PostgreSQL')
    other = await t.another('vault', t.keys)
  })
  afterAll(() => t?.close())

  const vaultOf = (i: number) => (i % 2 === 0 ? t.vault : other)
  const outcomes = (results: readonly PromiseSettledResult<unknown>[]) => ({
    won: results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    lost: results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])),
  })

  test('of 40 openers of one single-use envelope, recipients and a grantee, one gets the plaintext', async () => {
    const { id } = await t.vault.send('once', { to: ['response', 'stranger'], singleUse: true })
    await t.vault.grant(id, { to: 'mailer', from: 'vault', as: 'response' })
    const services = ['response', 'mailer', 'stranger']
    const { won, lost } = outcomes(
      await Promise.allSettled(
        Array.from({ length: 40 }, async (_, i) => {
          const as = services[i % 3] ?? ''
          return (await vaultOf(i).open(id, { as, from: 'vault' })).text()
        }),
      ),
    )
    expect(won).toEqual(['once'])
    expect(lost.map((error) => error.code)).toEqual(Array(39).fill('REPLAYED'))
    const { items } = await t.vault.openings.list({ envelopeId: id, successful: true })
    expect(items).toHaveLength(1)
  })

  test('of 30 updates of one version one wins, and the others get the current version', async () => {
    const { id } = await t.vault.prompts.create('0')
    for (let version = 1; version <= 3; version++) {
      const { won, lost } = outcomes(
        await Promise.allSettled(
          Array.from({ length: 30 }, (_, i) =>
            vaultOf(i).prompts.update(id, { version, data: `${version}.${i}` }),
          ),
        ),
      )
      expect(won).toEqual([{ id, version: version + 1 }])
      expect(lost.every(isConflict)).toBe(true)
      expect(lost.map((error) => error.currentVersion)).toEqual(Array(29).fill(version + 1))
    }
  })

  test('updates that repeat with the version they are told all happen, one after the other', async () => {
    const { id } = await t.vault.prompts.create('0')
    const update = async (i: number) => {
      for (let version = 1; ; ) {
        try {
          return await vaultOf(i).prompts.update(id, { version, metadata: { i } })
        } catch (error) {
          if (!isConflict(error)) throw error
          version = error.currentVersion
        }
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, i) => update(i)))
    expect((await t.vault.prompts.get(id)).version).toBe(13)
  })

  test('openers racing with deletions and restorations: what was opened was not deleted', async () => {
    const { id, promptId } = await t.vault.send('x', { to: 'response' })
    const work = Array.from({ length: 24 }, async (_, i) => {
      if (i % 6 === 5) return vaultOf(i).prompts.delete(promptId)
      if (i % 6 === 2) return vaultOf(i).prompts.restore(promptId)
      return vaultOf(i).open(id, asResponse)
    })
    const { lost } = outcomes(await Promise.allSettled(work))
    const codes = new Set(lost.map((error) => error.code))
    for (const code of codes) expect(['NOT_FOUND', 'STATE', 'CONFLICT']).toContain(code)
    // Every acknowledged change made a version of its own.
    const [row] = await t.database.query('SELECT version, status FROM prompts WHERE id = $1', [
      promptId,
    ])
    const changes = await t.vault.audit.list({ resourceId: promptId, event: 'prompt_access' })
    const done = changes.items.filter((entry) => entry.success).length
    expect(row?.['version']).toBe(done + 1)
  })

  test('seals and openings racing with a revocation: none after it, and nobody waits in a circle', async () => {
    const { id } = await t.vault.send('x', { to: ['mailer', 'stranger'] })
    const { keyIds } = await t.vault.keys.ensure('mailer')
    const revokeAndTry = async () => {
      await other.keys.revoke(keyIds.encryption)
      // What begins after the revocation was acknowledged, in whichever process.
      for (const vault of [t.vault, other]) {
        expect(await codeOf(vault.send('x', { to: ['stranger', 'mailer'] }))).toBe('KEY')
        expect(await codeOf(vault.open(id, { as: 'mailer', from: 'vault' }))).toBe('KEY')
      }
    }
    const work = Array.from({ length: 24 }, async (_, i): Promise<unknown> => {
      if (i === 12) return revokeAndTry()
      if (i % 3 === 0) return vaultOf(i).send('x', { to: ['stranger', 'mailer', 'response'] })
      if (i % 3 === 1) return vaultOf(i).grant(id, { to: 'response', from: 'vault', as: 'mailer' })
      return vaultOf(i).open(id, { as: 'mailer', from: 'vault' })
    })
    const { lost } = outcomes(await Promise.allSettled(work))
    expect(lost.filter((error) => error.code !== 'KEY')).toEqual([])
    const [revoked] = (await t.vault.keys.list({ keyId: keyIds.encryption })).items
    expect(revoked?.status).toBe('revoked')
  })
})
