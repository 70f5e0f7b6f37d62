import { isZkebError, open } from '@zkeb/core'
import { runWithAuditContext, vaultAssociatedData } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { codeOf } from './support/codes'
import { allEngineRows } from './support/databases'
import { openTestVault, type TestVault } from './support/vaults'

describe.each(allEngineRows())('vault on $engine', ({ engine }) => {
  let t: TestVault
  beforeAll(async () => {
    t = await openTestVault(engine)
  })
  afterAll(() => t?.close())

  const decryptions = (id: string) =>
    t.database.query(
      'SELECT * FROM envelope_decryptions WHERE envelope_id = $1 ORDER BY decrypted_at',
      [id],
    )
  const statusOf = async (id: string) =>
    (await t.database.query('SELECT status FROM envelopes WHERE id = $1', [id]))[0]?.['status']
  const asResponse = { as: 'response', from: 'vault' } as const

  test('what is sent is delivered and opens with core alone', async () => {
    const { id, promptId } = await t.vault.send('a secret', {
      to: 'response',
      associatedData: { order: 7 },
      metadata: { kind: 'test' },
    })
    expect(await statusOf(id)).toBe('pending')
    const delivered = await t.vault.deliver(id)
    expect(await statusOf(id)).toBe('delivered')
    expect(delivered.promptId).toBe(promptId)
    const json = delivered.envelope
    const response = await t.identity('response')
    const from = (await t.identity('vault')).public
    const associatedData = vaultAssociatedData(promptId, { order: 7 })
    const opened = await open(JSON.stringify(json), { as: response, from, associatedData })
    expect(opened.text()).toBe('a secret')
    expect(opened.metadata).toEqual({ kind: 'test' })
    expect(await codeOf(open(json, { as: response, from }))).toBe('SIGNATURE')
  })

  test.each([
    ['text', 'grüße 🔐', (o: { text(): string }) => o.text()],
    ['empty text', '', (o: { text(): string }) => o.text()],
    ['bytes', new Uint8Array([0, 255, 1]), (o: { bytes: Uint8Array }) => new Uint8Array(o.bytes)],
    ['JSON', { a: [1, null, 'x'] }, (o: { json(): unknown }) => o.json()],
  ] as const)('%s is opened as it was sent, and recorded', async (_name, data, read) => {
    const { id, promptId } = await t.vault.send(data, { to: 'response' })
    const opened = await t.vault.open(id, asResponse)
    expect(read(opened as never)).toEqual(data)
    expect(await statusOf(id)).toBe('decrypted')
    expect(await decryptions(id)).toMatchObject([
      {
        signature_verified: true,
        decryption_successful: true,
        error_message: null,
        decrypted_by: 'response',
      },
    ])
    const prompt = await t.vault.prompts.get(promptId)
    expect(prompt.sealed).toBe(true)
    expect(prompt.bytes).toEqual(opened.bytes)
    // Without single use it opens again.
    await t.vault.open(id, asResponse)
    expect(await decryptions(id)).toHaveLength(2)
  })

  test('content of several chunks survives the columns', async () => {
    const data = new Uint8Array(100_000).map((_, i) => i * 31)
    const { id, promptId } = await t.vault.send(data, { to: 'response' })
    expect(Buffer.compare((await t.vault.open(id, asResponse)).bytes, data)).toBe(0)
    expect(Buffer.compare((await t.vault.prompts.get(promptId)).bytes, data)).toBe(0)
  })

  test('a single-use envelope opens once; the second try is REPLAYED and recorded', async () => {
    const { id } = await t.vault.send('once', {
      to: 'response',
      singleUse: true,
      metadata: { a: 1 },
    })
    const opened = await t.vault.open(id, asResponse)
    expect(opened.text()).toBe('once')
    expect(opened.metadata).toEqual({ a: 1, zkeb: { singleUse: true } })
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('REPLAYED')
    expect(await codeOf(t.vault.deliver(id))).toBe('REPLAYED')
    expect(await decryptions(id)).toMatchObject([
      { decryption_successful: true },
      { decryption_successful: false, signature_verified: true, error_message: 'REPLAYED' },
    ])
  })

  test.each([true, false])(
    'status expired is EXPIRED to opener and deliverer, single use: %s',
    async (singleUse) => {
      const { id } = await t.vault.send('x', { to: 'response', singleUse })
      await t.database.query("UPDATE envelopes SET status = 'expired' WHERE id = $1", [id])
      expect(await codeOf(t.vault.open(id, asResponse))).toBe('EXPIRED')
      expect(await codeOf(t.vault.deliver(id))).toBe('EXPIRED')
      expect(await statusOf(id)).toBe('expired')
      expect(await decryptions(id)).toMatchObject([
        { decryption_successful: false, error_message: 'EXPIRED' },
      ])
    },
  )

  test('a wrong sender is SIGNER_UNKNOWN, and recorded without a verified signature', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    const error = t.vault.open(id, { as: 'response', from: 'stranger' })
    expect(await codeOf(error)).toBe('SIGNER_UNKNOWN')
    expect(await decryptions(id)).toMatchObject([
      { decryption_successful: false, signature_verified: false, error_message: 'SIGNER_UNKNOWN' },
    ])
    expect(await statusOf(id)).toBe('pending')
  })

  test('another service is NOT_RECIPIENT, after the signature', async () => {
    const { id } = await t.vault.send('x', { to: 'response' })
    expect(await codeOf(t.vault.open(id, { as: 'stranger', from: 'vault' }))).toBe('NOT_RECIPIENT')
    expect(await decryptions(id)).toMatchObject([
      { signature_verified: true, error_message: 'NOT_RECIPIENT', decrypted_by: 'stranger' },
    ])
  })

  test('associated data must be the same: SIGNATURE', async () => {
    const { id } = await t.vault.send('x', { to: 'response', associatedData: 'a' })
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('SIGNATURE')
    expect(await codeOf(t.vault.open(id, { ...asResponse, associatedData: 'b' }))).toBe('SIGNATURE')
    const opened = await t.vault.open(id, { ...asResponse, associatedData: 'a' })
    expect(opened.text()).toBe('x')
  })

  test('an expired envelope is EXPIRED for opener and deliverer, and recorded', async () => {
    const { id } = await t.vault.send('x', { to: 'response', expiresInSeconds: 60 })
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] })
    try {
      expect(await codeOf(t.vault.open(id, asResponse))).toBe('EXPIRED')
      expect(await codeOf(t.vault.deliver(id))).toBe('EXPIRED')
    } finally {
      vi.useRealTimers()
    }
    expect(await decryptions(id)).toMatchObject([
      { signature_verified: true, decryption_successful: false, error_message: 'EXPIRED' },
    ])
  })

  test('an unknown or deleted envelope is NOT_FOUND and leaves an audit row', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000'
    expect(await codeOf(t.vault.open(unknown, asResponse))).toBe('NOT_FOUND')
    expect(await codeOf(t.vault.deliver(unknown))).toBe('NOT_FOUND')
    expect((await t.vault.audit.list({ resourceId: unknown })).items).toMatchObject([
      { event: 'delivery', success: false, error: 'NOT_FOUND' },
      { event: 'decryption', success: false, error: 'NOT_FOUND', service: 'response' },
    ])
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.database.query('UPDATE envelopes SET deleted_at = now() WHERE id = $1', [id])
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('NOT_FOUND')
    expect(await codeOf(t.vault.prompts.get(unknown))).toBe('NOT_FOUND')
  })

  test('one audit row per operation, with the context of the request', async () => {
    const context = {
      requestId: '11111111-2222-4333-8444-555555555555',
      actor: 'alice',
      ipAddress: '2001:db8::1',
      userAgent: 'test/1',
    }
    const id = await runWithAuditContext(context, async () => {
      const sent = await t.vault.send('x', { to: 'response' })
      await t.vault.deliver(sent.id)
      await t.vault.open(sent.id, asResponse)
      return sent.id
    })
    const entries = (await t.vault.audit.list({ resourceId: id })).items
    expect(entries.map((entry) => `${entry.event} ${entry.action} ${entry.service}`)).toEqual([
      'decryption read response',
      'delivery read vault',
      'encryption create vault',
    ])
    expect(entries.every((e) => e.actor === 'alice' && e.requestId === context.requestId)).toBe(
      true,
    )
    const [row] = await t.database.query(
      "SELECT host(ip_address) ip, user_agent FROM audit_logs WHERE resource_id = $1 AND event_type = 'decryption'",
      [id],
    )
    expect(row).toEqual({ ip: '2001:db8::1', user_agent: 'test/1' })
    expect(() => runWithAuditContext({ requestId: 'x' }, () => 0)).toThrow(TypeError)
    expect(() => runWithAuditContext({ ipAddress: '1.2.3' }, () => 0)).toThrow(TypeError)
  })

  test('the secret is returned once and stored as its SHA-256', async () => {
    const own = await t.vault.send('x', { to: 'response', secret: 'find me' })
    expect(own.secret).toBeUndefined()
    const made = await t.vault.send('x', { to: 'response' })
    const { createHash } = await import('node:crypto')
    const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
    const stored = await t.database.query(
      'SELECT id, secret_hash FROM prompts WHERE id IN ($1, $2)',
      [own.promptId, made.promptId],
    )
    const byId = Object.fromEntries(stored.map((row) => [row['id'], row['secret_hash']]))
    expect(byId).toEqual({
      [own.promptId]: hash('find me'),
      [made.promptId]: hash(Buffer.from(made.secret ?? '', 'base64url')),
    })
  })

  test('an aborted call throws the reason and leaves nothing behind', async () => {
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    const before = await t.database.query('SELECT count(*)::int n FROM audit_logs')
    await expect(t.vault.send('x', { to: 'response', signal })).rejects.toBe(reason)
    const { id } = await t.vault.send('x', { to: 'response' })
    await expect(t.vault.open(id, { ...asResponse, signal })).rejects.toBe(reason)
    await expect(t.vault.deliver(id, { signal })).rejects.toBe(reason)
    const after = await t.database.query('SELECT count(*)::int n FROM audit_logs')
    expect(after[0]?.['n']).toBe((before[0]?.['n'] as number) + 1)
    expect(await decryptions(id)).toEqual([])
  })

  test.each([
    ['to', () => t.vault.send('x', { to: '../etc' })],
    ['to', () => t.vault.send('x', {} as never)],
    ['as', () => t.vault.open('00000000-0000-4000-8000-000000000000', { as: '', from: 'vault' })],
    ['id', () => t.vault.open("' OR 1=1 --", asResponse)],
    ['metadata', () => t.vault.send('x', { to: 'response', metadata: { zkeb: 1 } })],
    ['secret', () => t.vault.send('x', { to: 'response', secret: '' })],
    ['data', () => t.vault.send(undefined as never, { to: 'response' })],
  ])('misuse of %s is a TypeError that names it', async (argument, call) => {
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(argument)
    expect(isZkebError(error)).toBe(false)
  })
})
