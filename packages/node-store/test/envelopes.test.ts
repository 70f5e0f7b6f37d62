import { open, readGrant } from '@zkeb/core'
import { memoryKeys, runWithAuditContext, signReceipt, vaultAssociatedData } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { codeOf } from './support/codes'
import { type CurveVault, openCurveVault } from './support/curve-vaults'
import { ENGINE_ROWS } from './support/databases'

const UNKNOWN = '00000000-0000-4000-8000-000000000000'
const asResponse = { as: 'response', from: 'vault' } as const
const asMailer = { as: 'mailer', from: 'vault' } as const

describe.each(ENGINE_ROWS)('envelopes on $engine', ({ engine }) => {
  let t: CurveVault
  beforeAll(async () => {
    t = await openCurveVault(engine)
  })
  afterAll(() => t?.close())

  const keyIdOf = async (service: string, type: 'encryption' | 'signing' = 'encryption') => {
    const page = await t.vault.keys.list({ service, type, status: 'active' })
    return page.items[0]?.keyId ?? ''
  }

  test('one of several receivers opens as itself, and each sees the whole list', async () => {
    const { id } = await t.vault.send('for two', { to: ['mailer', 'response'] })
    for (const options of [asMailer, asResponse]) {
      expect((await t.vault.open(id, options)).text()).toBe('for two')
    }
    expect(await codeOf(t.vault.open(id, { as: 'stranger', from: 'vault' }))).toBe('NOT_RECIPIENT')
    const info = await t.vault.envelopes.get(id)
    expect(info.recipients).toEqual([await keyIdOf('mailer'), await keyIdOf('response')])
  })

  test('a single-use envelope for several opens once for all of them together', async () => {
    const { id } = await t.vault.send('x', { to: ['mailer', 'response'], singleUse: true })
    await t.vault.open(id, asMailer)
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('REPLAYED')
  })

  test('nothing is sealed when one of several receivers has no active key', async () => {
    const before = await t.database.query('SELECT count(*)::int n FROM prompts')
    expect(await codeOf(t.vault.send('x', { to: ['response', 'nobody'] }))).toBe('KEY')
    expect(await t.database.query('SELECT count(*)::int n FROM prompts')).toEqual(before)
  })

  test('get tells what the database says, and never the ciphertext', async () => {
    const { id, promptId } = await t.vault.send('x', {
      to: 'response',
      singleUse: true,
      expiresInSeconds: 60,
      metadata: { kind: 'test' },
    })
    const info = await t.vault.envelopes.get(id)
    expect(info).toEqual({
      id,
      promptId,
      status: 'pending',
      singleUse: true,
      recipients: [await keyIdOf('response')],
      grantees: [],
      senderKeyId: await keyIdOf('vault', 'signing'),
      metadata: { kind: 'test', zkeb: { singleUse: true } },
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
      expiresAt: new Date(info.createdAt.getTime() + 60_000),
    })
    expect(await codeOf(t.vault.envelopes.get(UNKNOWN))).toBe('NOT_FOUND')
  })

  test('list by prompt, status and expiry', async () => {
    const { promptId, id } = await t.vault.send('x', { to: 'response', expiresInSeconds: 60 })
    const later = await t.vault.prompts.send(promptId, { to: 'mailer', expiresInSeconds: 600 })
    const never = await t.vault.prompts.send(promptId, { to: 'mailer' })
    await t.vault.deliver(later.id)
    const ids = async (options: Parameters<typeof t.vault.envelopes.list>[0]) =>
      (await t.vault.envelopes.list({ promptId, ...options })).items.map((item) => item.id)
    expect(await ids({})).toEqual([never.id, later.id, id])
    expect(await ids({ status: 'delivered' })).toEqual([later.id])
    expect(await ids({ expiresBefore: new Date(Date.now() + 120_000) })).toEqual([id])
    expect(await ids({ expiresBefore: new Date(Date.now() + 900_000) })).toEqual([later.id, id])
    const page = await t.vault.envelopes.list({ promptId, limit: 2 })
    const rest = await t.vault.envelopes.list({ promptId, limit: 2, after: page.next ?? '' })
    expect(rest.items.map((item) => item.id)).toEqual([id])
  })

  test('a withdrawn envelope is EXPIRED to everybody, and is not withdrawn twice', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.vault.open(id, asResponse)
    await t.vault.envelopes.expire(id)
    expect((await t.vault.envelopes.get(id)).status).toBe('expired')
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('EXPIRED')
    expect(await codeOf(t.vault.deliver(id))).toBe('EXPIRED')
    expect(await codeOf(t.vault.envelopes.expire(id))).toBe('STATE')
    expect(await codeOf(t.vault.envelopes.expire(UNKNOWN))).toBe('NOT_FOUND')
  })

  test('a deleted envelope is NOT_FOUND to everybody', async () => {
    const { id, promptId } = await t.vault.send('x', { to: 'response' })
    await t.vault.envelopes.delete(id)
    for (const call of [
      () => t.vault.open(id, asResponse),
      () => t.vault.deliver(id),
      () => t.vault.envelopes.get(id),
      () => t.vault.envelopes.expire(id),
      () => t.vault.envelopes.delete(id),
    ]) {
      expect(await codeOf(call())).toBe('NOT_FOUND')
    }
    expect((await t.vault.envelopes.list({ promptId })).items).toEqual([])
    expect((await t.vault.prompts.get(promptId)).text()).toBe('x')
    const audit = await t.vault.audit.list({ resourceId: id, event: 'envelope_access' })
    expect(audit.items.map(({ action, success }) => [action, success])).toEqual([
      ['delete', false],
      ['update', false],
      ['delete', true],
    ])
  })

  describe('grants', () => {
    const byResponse = { from: 'vault', as: 'response' } as const

    test('a grantee opens through the vault, and sees who granted; others still do not', async () => {
      const { id } = await t.vault.send('shared', { to: 'response', associatedData: { n: 1 } })
      const options = { ...asMailer, associatedData: { n: 1 } }
      expect(await codeOf(t.vault.open(id, options))).toBe('NOT_RECIPIENT')
      await t.vault.grant(id, { to: 'mailer', ...byResponse, associatedData: { n: 1 } })
      const opened = await t.vault.open(id, options)
      expect(opened.text()).toBe('shared')
      expect(opened.grantedBy?.fingerprint).toEqual(t.people.response.public.fingerprint)
      expect(opened.sender.fingerprint).toEqual(t.people.vault.public.fingerprint)
      expect(await codeOf(t.vault.open(id, { ...options, as: 'stranger' }))).toBe('NOT_RECIPIENT')
      expect((await t.vault.envelopes.get(id)).grantees).toEqual([await keyIdOf('mailer')])
      const audit = await t.vault.audit.list({ resourceId: id, event: 'grant' })
      expect(audit.items).toMatchObject([{ action: 'create', service: 'response', success: true }])
    })

    test('the grant that is returned opens without the database', async () => {
      const { id } = await t.vault.send('shared', { to: 'response' })
      const json = await t.vault.grant(id, { to: 'mailer', ...byResponse })
      const { envelope, promptId } = await t.vault.deliver(id)
      const opened = await open(envelope, {
        as: t.people.mailer,
        from: t.people.vault.public,
        grant: readGrant(JSON.stringify(json), { from: t.people.response.public }),
        associatedData: vaultAssociatedData(promptId),
      })
      expect(opened.text()).toBe('shared')
    })

    test('only a recipient grants, and to an active key', async () => {
      const { id } = await t.vault.send('x', { to: 'response' })
      const grant = (options: object) =>
        t.vault.grant(id, { to: 'mailer', from: 'vault', ...options })
      expect(await codeOf(grant({}))).toBe('NOT_RECIPIENT')
      expect(await codeOf(grant({ as: 'mailer' }))).toBe('NOT_RECIPIENT')
      expect(await codeOf(grant({ as: 'response', to: 'nobody' }))).toBe('KEY')
      expect(await codeOf(grant({ as: 'response', from: 'stranger' }))).toBe('SIGNER_UNKNOWN')
      expect(await codeOf(grant({ as: 'response', associatedData: 1 }))).toBe('SIGNATURE')
      expect(
        await t.database.query('SELECT 1 FROM envelope_grants WHERE envelope_id = $1', [id]),
      ).toEqual([])
      const audit = await t.vault.audit.list({ resourceId: id, event: 'grant' })
      expect(audit.items.map((entry) => entry.error)).toEqual([
        'SIGNATURE',
        'SIGNER_UNKNOWN',
        'KEY',
        'NOT_RECIPIENT',
        'NOT_RECIPIENT',
      ])
    })

    test('a grantee does not grant on', async () => {
      const { id } = await t.vault.send('x', { to: 'response' })
      await t.vault.grant(id, { to: 'mailer', ...byResponse })
      const onward = t.vault.grant(id, { to: 'stranger', from: 'vault', as: 'mailer' })
      expect(await codeOf(onward)).toBe('NOT_RECIPIENT')
    })

    test('an expired grant is EXPIRED; a new one takes its place', async () => {
      const { id } = await t.vault.send('x', { to: 'response' })
      await t.vault.grant(id, { to: 'mailer', ...byResponse, expiresInSeconds: 60 })
      vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] })
      try {
        expect(await codeOf(t.vault.open(id, asMailer))).toBe('EXPIRED')
        await t.vault.grant(id, { to: 'mailer', ...byResponse, expiresInSeconds: 60 })
        await t.vault.open(id, asMailer)
      } finally {
        vi.useRealTimers()
      }
      const rows = await t.database.query('SELECT 1 FROM envelope_grants WHERE envelope_id = $1', [
        id,
      ])
      expect(rows).toHaveLength(1)
    })

    test('single use counts recipients and grantees together', async () => {
      const { id } = await t.vault.send('x', { to: 'response', singleUse: true })
      await t.vault.grant(id, { to: 'mailer', ...byResponse })
      await t.vault.open(id, asMailer)
      expect(await codeOf(t.vault.open(id, asResponse))).toBe('REPLAYED')
      expect(await codeOf(t.vault.grant(id, { to: 'stranger', ...byResponse }))).toBe('REPLAYED')
    })

    test('a grant moved to another envelope, or edited, does not open', async () => {
      const [one, other] = [
        await t.vault.send('one', { to: 'response' }),
        await t.vault.send('other', { to: 'response' }),
      ]
      await t.vault.grant(one.id, { to: 'mailer', ...byResponse, expiresInSeconds: 60 })
      await t.database.query(
        `INSERT INTO envelope_grants SELECT $2, fingerprint, receiver_public_key_id, granted_by, grant_json
         FROM envelope_grants WHERE envelope_id = $1`,
        [one.id, other.id],
      )
      expect(await codeOf(t.vault.open(other.id, asMailer))).toBe('SIGNATURE')
      await t.database.query(
        `UPDATE envelope_grants SET grant_json = regexp_replace(grant_json, '"expiresAt":"[^"]*"',
          '"expiresAt":"2099-01-01T00:00:00.000Z"') WHERE envelope_id = $1`,
        [one.id],
      )
      expect(await codeOf(t.vault.open(one.id, asMailer))).toBe('SIGNATURE')
      await t.database.query(
        "UPDATE envelope_grants SET grant_json = '{}' WHERE envelope_id = $1",
        [one.id],
      )
      expect(await codeOf(t.vault.open(one.id, asMailer))).toBe('FORMAT')
    })
  })

  describe('receipts', () => {
    const receiptOf = async (
      id: string,
      options: { openedAt?: Date; by?: 'response' | 'mailer' } = {},
    ) => {
      const { envelope } = await t.vault.deliver(id)
      const as = t.people[options.by ?? 'response']
      const openedAt = options.openedAt ?? new Date()
      return signReceipt(JSON.stringify(envelope), { as, openedAt })
    }
    const openings = async (id: string) => (await t.vault.openings.list({ envelopeId: id })).items

    test('records an opening without the database, once, whoever hands it in', async () => {
      const { id } = await t.vault.send('x', { to: 'response', associatedData: 'a' })
      const receipt = await receiptOf(id)
      const options = { associatedData: 'a' }
      await runWithAuditContext({ userAgent: 'r/1' }, () => t.vault.recordOpening(receipt, options))
      await t.vault.recordOpening(JSON.stringify(receipt), options)
      expect((await t.vault.envelopes.get(id)).status).toBe('decrypted')
      const rows = await openings(id)
      expect(rows).toMatchObject([
        { by: 'response', successful: true, signatureVerified: true, userAgent: 'r/1' },
      ])
      const digest = expect.stringMatching(/^[0-9a-f]{64}$/)
      expect(rows[0]?.metadata).toEqual({ receipt: { digest, openedAt: receipt.openedAt } })
      const audit = await t.vault.audit.list({ resourceId: id, event: 'decryption' })
      expect(audit.items).toMatchObject([{ service: 'response', success: true }])
      expect(await codeOf(t.vault.recordOpening(receipt))).toBe('SIGNATURE')
    })

    test('respects single use: the first counts, another one is REPLAYED and recorded', async () => {
      const { id } = await t.vault.send('x', { to: 'response', singleUse: true })
      const first = await receiptOf(id)
      const second = await receiptOf(id, { openedAt: new Date(Date.parse(first.openedAt) + 1) })
      await t.vault.recordOpening(first)
      expect(await codeOf(t.vault.recordOpening(second))).toBe('REPLAYED')
      expect(await codeOf(t.vault.open(id, asResponse))).toBe('REPLAYED')
      await t.vault.recordOpening(first)
      const rows = (await openings(id)).map(({ successful, error }) => [successful, error])
      expect(rows.sort()).toEqual([
        [false, 'REPLAYED'],
        [false, 'REPLAYED'],
        [true, undefined],
      ])
    })

    test('of many at once that hand in one receipt all succeed, and one opening is recorded', async () => {
      const { id } = await t.vault.send('x', { to: 'response', singleUse: true })
      const receipt = await receiptOf(id)
      await Promise.all(Array.from({ length: 8 }, () => t.vault.recordOpening(receipt)))
      expect(await openings(id)).toHaveLength(1)
    })

    test('is taken from a grantee whose grant was valid then, and from nobody else', async () => {
      const { id } = await t.vault.send('x', { to: 'response' })
      const receipt = await receiptOf(id, { by: 'mailer' })
      expect(await codeOf(t.vault.recordOpening(receipt))).toBe('NOT_RECIPIENT')
      await t.vault.grant(id, { to: 'mailer', from: 'vault', as: 'response', expiresInSeconds: 60 })
      const late = await receiptOf(id, { by: 'mailer', openedAt: new Date(Date.now() + 120_000) })
      expect(await codeOf(t.vault.recordOpening(late))).toBe('EXPIRED')
      await t.vault.recordOpening(receipt)
      expect(await openings(id)).toMatchObject([{ by: 'mailer', successful: true }])
    })

    test('counts the time it names: before the expiry it is taken, from then on EXPIRED', async () => {
      const { id } = await t.vault.send('x', { to: 'response', expiresInSeconds: 60 })
      const expiresAt = (await t.vault.envelopes.get(id)).expiresAt?.getTime() ?? 0
      const before = await receiptOf(id, { openedAt: new Date(expiresAt - 1) })
      const after = await receiptOf(id, { openedAt: new Date(expiresAt) })
      vi.useFakeTimers({ now: expiresAt + 1000, toFake: ['Date'] })
      try {
        expect(await codeOf(t.vault.recordOpening(after))).toBe('EXPIRED')
        await t.vault.recordOpening(before)
      } finally {
        vi.useRealTimers()
      }
    })

    test('altered, of another envelope, or by another key it is SIGNATURE, and changes nothing', async () => {
      const { id } = await t.vault.send('x', { to: ['response', 'mailer'] })
      const other = await t.vault.send('x', { to: 'response' })
      const receipt = await receiptOf(id)
      const foreign = await receiptOf(other.id)
      const byMailer = await receiptOf(id, { by: 'mailer' })
      for (const change of [
        { openedAt: '2026-01-01T00:00:00.000Z' },
        { envelopeId: other.id },
        { envelopeSignatureDigest: foreign.envelopeSignatureDigest },
        { contentDigest: foreign.contentDigest },
        { readerFingerprint: byMailer.readerFingerprint },
        { signature: byMailer.signature },
        { signature: receipt.contentDigest },
      ]) {
        expect(await codeOf(t.vault.recordOpening({ ...receipt, ...change }))).toBe('SIGNATURE')
      }
      expect(await openings(id)).toEqual([])
      expect((await t.vault.envelopes.get(id)).status).toBe('delivered')
      await t.vault.recordOpening(receipt)
    })

    test('what is no receipt is FORMAT, VERSION or LIMIT before anything is read', async () => {
      const { id } = await t.vault.send('x', { to: 'response' })
      const receipt = await receiptOf(id)
      const change = (members: object) => ({ ...receipt, ...members }) as never
      for (const [input, code] of [
        ['{', 'FORMAT'],
        [null as never, 'FORMAT'],
        [change({ version: 'zkeb/receipt/v2' }), 'VERSION'],
        [change({ version: 'x' }), 'FORMAT'],
        [change({ more: 1 }), 'FORMAT'],
        [change({ envelopeId: id.toUpperCase() }), 'FORMAT'],
        [change({ openedAt: '2026-01-01' }), 'FORMAT'],
        [change({ openedAt: '1969-01-01T00:00:00.000Z' }), 'FORMAT'],
        [change({ contentDigest: 'AAAA' }), 'FORMAT'],
        [change({ contentDigest: `${receipt.contentDigest}=` }), 'FORMAT'],
        [change({ contentDigest: receipt.contentDigest.replace(/.=$/, '\n=') }), 'FORMAT'],
        [change({ signature: '' }), 'FORMAT'],
        [change({ signature: 'A'.repeat(100_000) }), 'FORMAT'],
        [' '.repeat(20_000), 'LIMIT'],
      ] as const) {
        expect(await codeOf(t.vault.recordOpening(input))).toBe(code)
      }
      const unknown = { ...receipt, envelopeId: UNKNOWN }
      expect(await codeOf(t.vault.recordOpening(unknown))).toBe('NOT_FOUND')
    })

    test('content of several chunks has one digest in both places', async () => {
      for (const size of [16_383, 16_384, 40_000]) {
        const { id } = await t.vault.send(new Uint8Array(size), { to: 'response' })
        await t.vault.recordOpening(await receiptOf(id))
      }
    })

    test('a reader that this vault does not know is NOT_RECIPIENT', async () => {
      const { id } = await t.vault.send('x', { to: 'response' })
      const receipt = await receiptOf(id)
      const keys = memoryKeys()
      await keys.save('vault', t.people.vault)
      const other = await t.another('vault', keys)
      expect(await codeOf(other.recordOpening(receipt))).toBe('NOT_RECIPIENT')
    })

    test('misuse is a TypeError that names the argument', async () => {
      const { id } = await t.vault.send('x', { to: 'response' })
      const { envelope } = await t.vault.deliver(id)
      const as = t.people.response
      await expect(signReceipt(envelope, {} as never)).rejects.toThrow(/as must/)
      const openedAt = new Date(Number.NaN)
      await expect(signReceipt(envelope, { as, openedAt })).rejects.toThrow(/openedAt/)
    })
  })

  test('openings are listed by each documented index, newest first', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.vault.open(id, asResponse)
    await codeOf(t.vault.open(id, { as: 'response', from: 'stranger' }))
    await codeOf(t.vault.open(id, { as: 'mailer', from: 'vault' }))
    const list = async (options: object) =>
      (await t.vault.openings.list({ envelopeId: id, ...options })).items.map((item) => item.error)
    expect(await list({})).toEqual(['NOT_RECIPIENT', 'SIGNER_UNKNOWN', undefined])
    expect(await list({ by: 'response' })).toEqual(['SIGNER_UNKNOWN', undefined])
    expect(await list({ successful: true })).toEqual([undefined])
    expect(await list({ successful: false, signatureVerified: true })).toEqual(['NOT_RECIPIENT'])
    expect(await list({ limit: 1 })).toEqual(['NOT_RECIPIENT'])
    const [newest] = (await t.vault.openings.list({ envelopeId: id, limit: 1 })).items
    expect(newest?.error).toBe('NOT_RECIPIENT')
    expect(await list({ until: newest?.at })).toEqual(['SIGNER_UNKNOWN', undefined])
    expect(await list({ since: new Date(Date.now() + 60_000) })).toEqual([])
    await expect(t.vault.openings.list({ successful: 1 as never })).rejects.toThrow(/successful/)
  })

  test('audit entries are listed by each documented index, newest first', async () => {
    const requestId = '99999999-8888-4777-8666-555555555555'
    const { id } = await runWithAuditContext(
      { requestId, actor: 'carol', ipAddress: '10.0.0.1' },
      () => t.vault.send('x', { to: 'response' }),
    )
    await t.vault.deliver(id)
    await t.vault.open(id, asResponse)
    const list = async (options: object) =>
      (await t.vault.audit.list({ resourceId: id, ...options })).items.map((item) => item.event)
    expect(await list({})).toEqual(['decryption', 'delivery', 'encryption'])
    expect(await list({ event: 'delivery' })).toEqual(['delivery'])
    expect(await list({ service: 'response' })).toEqual(['decryption'])
    expect(await list({ actor: 'carol' })).toEqual(['encryption'])
    expect(await list({ requestId })).toEqual(['encryption'])
    expect(await list({ resourceType: 'key' })).toEqual([])
    const all = await t.vault.audit.list({ resourceId: id })
    expect(await list({ since: all.items[0]?.at })).toEqual(['decryption'])
    expect(all.items[2]).toMatchObject({ actor: 'carol', ipAddress: '10.0.0.1', requestId })
    const first = await t.vault.audit.list({ resourceId: id, limit: 2 })
    const next = await t.vault.audit.list({ resourceId: id, limit: 2, after: first.next ?? '' })
    expect(next.items.map((item) => item.event)).toEqual(['encryption'])
  })
})
