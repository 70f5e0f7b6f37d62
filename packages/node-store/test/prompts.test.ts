import { createHash } from 'node:crypto'
import { isConflict, type PageOptions, runWithAuditContext } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { type CurveVault, openCurveVault } from './support/curve-vaults'
import { ENGINE_ROWS } from './support/databases'

const UNKNOWN = '00000000-0000-4000-8000-000000000000'
const asResponse = { as: 'response', from: 'vault' } as const

describe.each(ENGINE_ROWS)('prompts on $engine', ({ engine }) => {
  let t: CurveVault
  beforeAll(async () => {
    t = await openCurveVault(engine)
  })
  afterAll(() => t?.close())

  const rowOf = async (id: string) =>
    (await t.database.query('SELECT * FROM prompts WHERE id = $1', [id]))[0] ?? {}

  test('create stores it sealed, get reads it, with metadata and who made it', async () => {
    const metadata = { title: 'a \\u0000 "title" 🔐', tags: [1, null] }
    const made = await runWithAuditContext({ actor: 'alice' }, () =>
      t.vault.prompts.create('the text', { metadata }),
    )
    expect(made).toMatchObject({ version: 1, secret: expect.stringMatching(/^[\w-]{43}$/) })
    expect(String((await rowOf(made.id))['prompt_text'])).toMatch(/^zkeb-prompt-v1:[0-9a-f]+$/)
    const prompt = await t.vault.prompts.get(made.id)
    expect(prompt.text()).toBe('the text')
    expect(prompt).toMatchObject({
      id: made.id,
      status: 'active',
      version: 1,
      sealed: true,
      metadata,
      createdBy: 'alice',
    })
  })

  test('update changes text, metadata, version and updated_by; the database touches updated_at', async () => {
    const { id } = await t.vault.prompts.create('one', { metadata: { a: 1 } })
    const before = await t.vault.prompts.get(id)
    const changed = await runWithAuditContext({ actor: 'bob' }, () =>
      t.vault.prompts.update(id, { version: 1, data: 'two' }),
    )
    expect(changed).toEqual({ id, version: 2 })
    const after = await t.vault.prompts.get(id)
    expect(after.text()).toBe('two')
    expect(after).toMatchObject({ version: 2, metadata: { a: 1 }, updatedBy: 'bob' })
    expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime())
    await t.vault.prompts.update(id, { version: 2, metadata: null })
    expect(await t.vault.prompts.get(id)).not.toHaveProperty('metadata')
    await t.vault.prompts.update(id, { version: 3, data: 'plain words', searchable: true })
    expect((await rowOf(id))['prompt_text']).toBe('plain words')
  })

  test('an update of another version is CONFLICT with the current one, and changes nothing', async () => {
    const { id } = await t.vault.prompts.create('one')
    await t.vault.prompts.update(id, { version: 1, data: 'two' })
    for (const version of [1, 3]) {
      const error = await t.vault.prompts
        .update(id, { version, data: 'three' })
        .catch((thrown: unknown) => thrown)
      expect(isConflict(error) && error.currentVersion).toBe(2)
    }
    expect((await t.vault.prompts.get(id)).text()).toBe('two')
    const audit = await t.vault.audit.list({ resourceId: id, event: 'prompt_access' })
    expect(audit.items.map(({ action, success, error }) => [action, success, error])).toEqual([
      ['read', true, undefined],
      ['update', false, 'CONFLICT'],
      ['update', false, 'CONFLICT'],
      ['update', true, undefined],
      ['create', true, undefined],
    ])
  })

  test('an archived prompt is read and its envelopes open, but it is not changed or sealed', async () => {
    const { promptId, id } = await t.vault.send('x', { to: 'response' })
    expect(await t.vault.prompts.archive(promptId)).toEqual({ id: promptId, version: 2 })
    expect((await t.vault.prompts.get(promptId)).status).toBe('archived')
    expect((await t.vault.open(id, asResponse)).text()).toBe('x')
    expect(await codeOf(t.vault.prompts.update(promptId, { version: 2, data: 'y' }))).toBe('STATE')
    expect(await codeOf(t.vault.prompts.send(promptId, { to: 'response' }))).toBe('STATE')
    expect(await codeOf(t.vault.prompts.archive(promptId))).toBe('STATE')
    expect(await t.vault.prompts.restore(promptId)).toEqual({ id: promptId, version: 3 })
    expect(await codeOf(t.vault.prompts.restore(promptId))).toBe('STATE')
    await t.vault.prompts.send(promptId, { to: 'response' })
  })

  test('a deleted prompt is NOT_FOUND everywhere, and so are its envelopes, until it is restored', async () => {
    const { promptId, id } = await t.vault.send('x', { to: 'response', secret: 'deleted one' })
    await t.vault.prompts.delete(promptId)
    expect(await rowOf(promptId)).toMatchObject({ status: 'deleted', version: 2 })
    for (const call of [
      () => t.vault.prompts.get(promptId),
      () => t.vault.prompts.update(promptId, { version: 2, data: 'y' }),
      () => t.vault.prompts.archive(promptId),
      () => t.vault.prompts.delete(promptId),
      () => t.vault.prompts.send(promptId, { to: 'response' }),
      () => t.vault.open(id, asResponse),
      () => t.vault.deliver(id),
      () => t.vault.envelopes.get(id),
      () => t.vault.grant(id, { to: 'mailer', from: 'vault', as: 'response' }),
    ]) {
      expect(await codeOf(call()), call.toString()).toBe('NOT_FOUND')
    }
    expect((await t.vault.prompts.findBySecret('deleted one')).items).toEqual([])
    expect((await t.vault.envelopes.list({ promptId })).items).toEqual([])
    const deleted = await t.vault.prompts.list({ status: 'deleted' })
    expect(deleted.items).toMatchObject([{ id: promptId, deletedAt: expect.any(Date) }])
    await t.vault.prompts.restore(promptId)
    expect((await t.vault.prompts.list({ status: 'deleted' })).items).toEqual([])
    expect((await t.vault.prompts.get(promptId)).text()).toBe('x')
    expect((await t.vault.open(id, asResponse)).text()).toBe('x')
  })

  test('a deletion while an envelope is opened in memory wins: NOT_FOUND, and it is recorded', async () => {
    const { promptId, id } = await t.vault.send('x', { to: 'response' })
    const deleting = await t.another('response', {
      ...t.keys,
      decrypter: async (ref) => {
        await t.vault.prompts.delete(promptId)
        return t.keys.decrypter(ref)
      },
    })
    expect(await codeOf(deleting.open(id, asResponse))).toBe('NOT_FOUND')
    expect((await t.vault.openings.list({ envelopeId: id })).items).toMatchObject([
      { successful: false, error: 'NOT_FOUND', signatureVerified: true },
    ])
  })

  test('what is there no longer, or never was, is NOT_FOUND', async () => {
    for (const change of ['archive', 'delete', 'restore'] as const) {
      expect(await codeOf(t.vault.prompts[change](UNKNOWN))).toBe('NOT_FOUND')
    }
    expect(await codeOf(t.vault.prompts.update(UNKNOWN, { version: 1, data: 'x' }))).toBe(
      'NOT_FOUND',
    )
  })

  test('pages of every size list each prompt once, newest first, also when all have one time', async () => {
    const secret = 'the same for all'
    const ids: string[] = []
    for (let i = 0; i < 7; i++) ids.unshift((await t.vault.prompts.create(`${i}`, { secret })).id)
    const all = async (limit: number) => {
      const found: string[] = []
      let after: string | undefined
      do {
        const options: PageOptions = after === undefined ? { limit } : { limit, after }
        const page = await t.vault.prompts.findBySecret(secret, options)
        expect(page.items.length).toBeLessThanOrEqual(limit)
        found.push(...page.items.map((item) => item.id))
        after = page.next
      } while (after !== undefined)
      return found
    }
    for (const limit of [1, 2, 3, 7, 8]) expect(await all(limit)).toEqual(ids)
    await t.database.query('UPDATE prompts SET created_at = now() WHERE id = ANY($1)', [ids])
    for (const limit of [1, 3]) expect(await all(limit)).toEqual([...ids].sort().reverse())
  })

  test('rows that come in between two pages neither repeat nor hide others', async () => {
    const secret = 'between'
    for (const text of ['a', 'b', 'c']) await t.vault.prompts.create(text, { secret })
    const first = await t.vault.prompts.findBySecret(secret, { limit: 2 })
    await t.vault.prompts.create('d', { secret })
    const second = await t.vault.prompts.findBySecret(secret, { limit: 2, after: first.next ?? '' })
    expect(new Set([...first.items, ...second.items].map((item) => item.id)).size).toBe(3)
    expect(second.next).toBeUndefined()
  })

  test.each([
    '',
    'x',
    Buffer.from('2026-01-01T00:00:00.000000Z').toString('base64url'),
    Buffer.from(`2026-02-30T00:00:00.000000Z|${UNKNOWN}`).toString('base64url'),
    Buffer.from(`2026-01-01T00:00:00.000000Z|${"' OR 1=1".padEnd(36)}`).toString('base64url'),
    Buffer.from(`2026-01-01T00:00:00.000000Z|${'-'.repeat(36)}`).toString('base64url'),
    'A'.repeat(10_000),
  ])('a cursor that no page gave is FORMAT: %s', async (after) => {
    expect(await codeOf(t.vault.prompts.list({ after }))).toBe('FORMAT')
  })

  test('a secret finds its prompts: a given one, and one that was made', async () => {
    const given = await t.vault.send('x', { to: 'response', secret: new Uint8Array([1, 2, 255]) })
    const made = await t.vault.prompts.create('y')
    const find = async (secret: string | Uint8Array) =>
      (await t.vault.prompts.findBySecret(secret)).items.map((item) => item.id)
    expect(await find(new Uint8Array([1, 2, 255]))).toEqual([given.promptId])
    expect(await find(made.secret ?? '')).toEqual([made.id])
    expect(await find(Buffer.from(made.secret ?? '', 'base64url'))).toEqual([made.id])
    expect(await find('something else')).toEqual([])
    const hash = (await rowOf(made.id))['secret_hash']
    const bytes = Buffer.from(made.secret ?? '', 'base64url')
    expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  test('search finds searchable prompts by their words, and sealed ones never', async () => {
    const plain = await t.vault.prompts.create('The quick foxes were jumping', { searchable: true })
    const sealed = await t.vault.prompts.create('The quick foxes were jumping')
    const find = async (query: string) =>
      (await t.vault.prompts.search(query)).items.map((item) => item.id)
    expect(await find('fox jump')).toEqual([plain.id])
    expect(await find('"quick foxes" -dog')).toEqual([plain.id])
    expect(await find('fox -jumping')).toEqual([])
    const text = String((await rowOf(sealed.id))['prompt_text'])
    for (const query of ['zkeb-prompt-v1', 'zkeb', text.slice(0, 900)]) {
      expect(await find(query)).toEqual([])
    }
    await t.vault.prompts.delete(plain.id)
    expect(await find('fox')).toEqual([])
    // Whatever a user types is a query.
    for (const query of ["'", '"', '((', '& | !', '\\', '%', 'a:*']) await find(query)
  })

  test('seal a prompt again: as it is now, for others, and its envelopes are separate', async () => {
    const { id } = await t.vault.prompts.create('one')
    const first = await t.vault.prompts.send(id, { to: 'response', singleUse: true })
    await t.vault.prompts.update(id, { version: 1, data: 'two' })
    const second = await t.vault.prompts.send(id, { to: ['mailer', 'response'] })
    expect((await t.vault.open(first.id, asResponse)).text()).toBe('one')
    expect((await t.vault.open(second.id, asResponse)).text()).toBe('two')
    const opened = await t.vault.open(second.id, { as: 'mailer', from: 'vault' })
    expect(opened.text()).toBe('two')
    const listed = await t.vault.envelopes.list({ promptId: id })
    expect(listed.items.map((item) => item.id)).toEqual([second.id, first.id])
    expect(listed.items.map((item) => item.promptId)).toEqual([id, id])
  })

  test('plaintext over a sealed text is not sealed again unless it was asked for', async () => {
    const { id } = await t.vault.prompts.create('one')
    await t.database.query("UPDATE prompts SET prompt_text = 'forged' WHERE id = $1", [id])
    expect(await codeOf(t.vault.prompts.send(id, { to: 'response' }))).toBe('FORMAT')
    const sent = await t.vault.prompts.send(id, { to: 'response', searchable: true })
    expect((await t.vault.open(sent.id, asResponse)).text()).toBe('forged')
  })

  test('a prompt that is changed while it is sealed is CONFLICT, and nothing is stored', async () => {
    const { id } = await t.vault.prompts.create('one')
    const changing = await t.another('vault', {
      ...t.keys,
      signer: async (ref) => {
        await t.database.query('UPDATE prompts SET version = version + 1 WHERE id = $1', [id])
        return t.keys.signer(ref)
      },
    })
    const text = await rowOf(id)
    // The other vault has a storage key of its own.
    const plain = { to: 'response', searchable: true } as const
    await t.database.query("UPDATE prompts SET prompt_text = 'one' WHERE id = $1", [id])
    expect(await codeOf(changing.prompts.send(id, plain))).toBe('CONFLICT')
    expect((await t.vault.envelopes.list({ promptId: id })).items).toEqual([])
    expect(text).toBeDefined()
  })

  test('an aborted call throws the reason and leaves nothing behind', async () => {
    const { id } = await t.vault.prompts.create('one')
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    const before = await t.database.query('SELECT count(*)::int n FROM audit_logs')
    for (const call of [
      () => t.vault.prompts.create('x', { signal }),
      () => t.vault.prompts.get(id, { signal }),
      () => t.vault.prompts.update(id, { version: 1, data: 'x', signal }),
      () => t.vault.prompts.archive(id, { signal }),
      () => t.vault.prompts.delete(id, { signal }),
      () => t.vault.prompts.restore(id, { signal }),
      () => t.vault.prompts.send(id, { to: 'response', signal }),
      () => t.vault.prompts.list({ signal }),
      () => t.vault.prompts.findBySecret('x', { signal }),
      () => t.vault.prompts.search('x', { signal }),
      () => t.vault.envelopes.list({ signal }),
      () => t.vault.envelopes.get(id, { signal }),
      () => t.vault.envelopes.expire(id, { signal }),
      () => t.vault.envelopes.delete(id, { signal }),
      () => t.vault.openings.list({ signal }),
      () => t.vault.grant(id, { to: 'mailer', from: 'vault', signal }),
      () => t.vault.keys.list({ signal }),
      () => t.vault.keys.rotate('vault', { signal }),
      () => t.vault.keys.revoke('x', { signal }),
      () => t.vault.audit.list({ signal }),
    ]) {
      await expect(call(), call.toString()).rejects.toBe(reason)
    }
    expect(await t.database.query('SELECT count(*)::int n FROM audit_logs')).toEqual(before)
    expect((await t.vault.prompts.get(id)).version).toBe(1)
  })

  test.each([
    ['version', () => t.vault.prompts.update(UNKNOWN, { data: 'x' } as never)],
    ['version', () => t.vault.prompts.update(UNKNOWN, undefined as never)],
    ['data or metadata', () => t.vault.prompts.update(UNKNOWN, { version: 1 })],
    [
      'searchable',
      () => t.vault.prompts.update(UNKNOWN, { version: 1, metadata: {}, searchable: true }),
    ],
    ['metadata', () => t.vault.prompts.create('x', { metadata: [] as never })],
    ['metadata', () => t.vault.prompts.create('x', { metadata: { a: '\u0000' } })],
    ['metadata', () => t.vault.prompts.create('x', { metadata: { a: '\ud800' } })],
    ['query', () => t.vault.prompts.search('')],
    ['query', () => t.vault.prompts.search('\0')],
    ['secret', () => t.vault.prompts.findBySecret('')],
    ['status', () => t.vault.prompts.list({ status: 'gone' as never })],
    ['stauts', () => t.vault.prompts.list({ stauts: 'active' } as never)],
    ['id', () => t.vault.prompts.restore('x')],
    ['to', () => t.vault.send('x', { to: ['response', 'response'] })],
    ['data', () => t.vault.prompts.create('\ud800', { searchable: true })],
  ])('misuse of %s is a TypeError that names it', async (argument, call) => {
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(argument)
  })

  test.each([
    ['limit', () => t.vault.prompts.list({ limit: 0 })],
    ['limit', () => t.vault.prompts.list({ limit: 1001 })],
    ['limit', () => t.vault.prompts.list({ limit: 1.5 })],
    ['metadata', () => t.vault.prompts.create('x', { metadata: { a: 'x'.repeat(20_000) } })],
    ['to', () => t.vault.send('x', { to: [] })],
  ])('%s beyond bounds is a RangeError that names it', async (argument, call) => {
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RangeError)
    expect(String(error)).toContain(argument)
  })
})
