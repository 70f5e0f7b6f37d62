import { randomBytes } from 'node:crypto'
import { createVault } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { ENGINE_ROWS } from './support/databases'
import { openTestVault, type TestVault } from './support/vaults'

describe.each(ENGINE_ROWS)('prompt text on $engine', ({ engine }) => {
  let t: TestVault
  beforeAll(async () => {
    t = await openTestVault(engine)
  })
  afterAll(() => t?.close())

  const textOf = async (id: string) =>
    String(
      (await t.database.query('SELECT prompt_text FROM prompts WHERE id = $1', [id]))[0]?.[
        'prompt_text'
      ],
    )

  /** Every column of every table, as one text. */
  async function wholeDatabase(): Promise<string> {
    const tables = await t.database.query(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
       AND relkind IN ('r', 'p') AND NOT relispartition`,
    )
    const dumps = tables.map(async ({ name }) => {
      const rows = await t.database.query(`SELECT x::text AS row FROM "${name}" AS x`)
      return rows.map((row) => row['row']).join('\n')
    })
    return (await Promise.all(dumps)).join('\n')
  }

  test('by default no plaintext is anywhere in the database, in no encoding', async () => {
    const plaintext = `plain-${randomBytes(8).toString('hex')}`
    const secret = `secret-${randomBytes(8).toString('hex')}`
    const { id, promptId } = await t.vault.send(plaintext, {
      to: 'response',
      secret,
      associatedData: { note: plaintext },
    })
    await t.vault.open(id, { as: 'response', from: 'vault', associatedData: { note: plaintext } })
    await codeOf(t.vault.open(id, { as: 'response', from: 'vault' }))
    await t.vault.prompts.get(promptId)
    const dump = await wholeDatabase()
    expect(dump).toContain(promptId)
    for (const text of [plaintext, secret]) {
      expect(dump).not.toContain(text)
      expect(dump).not.toContain(Buffer.from(text).toString('hex'))
      expect(dump).not.toContain(Buffer.from(text).toString('base64').slice(0, 20))
    }
    expect(await textOf(promptId)).toMatch(/^zkeb-prompt-v1:([0-9a-f]{2})+$/)
  })

  test('the same text is sealed differently each time', async () => {
    const [a, b] = [
      await t.vault.send('x', { to: 'response' }),
      await t.vault.send('x', { to: 'response' }),
    ]
    expect(await textOf(a.promptId)).not.toBe(await textOf(b.promptId))
  })

  test('a text moved to another row, altered or cut is refused, and that is recorded', async () => {
    const a = await t.vault.send('of a', { to: 'response' })
    const b = await t.vault.send('of b', { to: 'response' })
    const move = 'UPDATE prompts SET prompt_text = $1 WHERE id = $2'
    const own = await textOf(b.promptId)
    for (const [text, code] of [
      [await textOf(a.promptId), 'OPEN'],
      [own.replace(/.$/, (last) => (last === '0' ? '1' : '0')), 'OPEN'],
      [own.slice(0, -1), 'FORMAT'],
      [own.toUpperCase().replace('ZKEB-PROMPT-V1', 'zkeb-prompt-v1'), 'FORMAT'],
    ] as const) {
      await t.database.query(move, [text, b.promptId])
      expect(await codeOf(t.vault.prompts.get(b.promptId))).toBe(code)
      const [entry] = (await t.vault.audit.list({ resourceId: b.promptId, limit: 1 })).items
      expect(entry).toMatchObject({ event: 'prompt_access', success: false, error: code })
    }
    await t.database.query(move, [own, b.promptId])
    expect((await t.vault.prompts.get(b.promptId)).text()).toBe('of b')
  })

  test('another storage key does not open it; the option wins over the key source', async () => {
    const { promptId } = await t.vault.send('x', { to: 'response' })
    const options = { db: t.database.source, service: 'vault', keys: t.keys } as const
    const other = await createVault({ ...options, storageKey: new Uint8Array(32) })
    expect(await codeOf(other.prompts.get(promptId))).toBe('OPEN')
    await other.close()
    const same = await createVault(options)
    expect((await same.prompts.get(promptId)).text()).toBe('x')
    await same.close()
    await expect(createVault({ ...options, storageKey: new Uint8Array(16) })).rejects.toThrow(
      '32 bytes',
    )
    const { storageKey: _, ...keys } = t.keys
    await expect(createVault({ ...options, keys })).rejects.toThrow('storageKey is missing')
  })

  test('the storage key given to createVault may be wiped by its owner', async () => {
    const storageKey = new Uint8Array(randomBytes(32))
    const options = { db: t.database.source, service: 'vault', keys: t.keys } as const
    const vault = await createVault({ ...options, storageKey })
    const same = await createVault({ ...options, storageKey: storageKey.slice() })
    storageKey.fill(0)
    const { promptId } = await vault.send('x', { to: 'response' })
    expect((await same.prompts.get(promptId)).text()).toBe('x')
    await vault.close()
    await same.close()
  })

  test('plaintext written over a sealed text is FORMAT, unless searchable text is asked for', async () => {
    const { promptId } = await t.vault.send('sealed', { to: 'response' })
    await t.database.query("UPDATE prompts SET prompt_text = 'forged' WHERE id = $1", [promptId])
    const error = await t.vault.prompts.get(promptId).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'FORMAT', hint: expect.stringContaining('searchable') })
    const [entry] = (await t.vault.audit.list({ resourceId: promptId, limit: 1 })).items
    expect(entry).toMatchObject({ event: 'prompt_access', success: false, error: 'FORMAT' })
    const asked = await t.vault.prompts.get(promptId, { searchable: true })
    expect(asked).toMatchObject({ sealed: false })
  })

  test('bytes that are no UTF-8 are FORMAT as text', async () => {
    const { promptId } = await t.vault.send(new Uint8Array([0xff]), { to: 'response' })
    const prompt = await t.vault.prompts.get(promptId)
    expect(await codeOf((async () => prompt.text())())).toBe('FORMAT')
    expect(prompt.bytes).toEqual(new Uint8Array([0xff]))
  })

  test('searchable stores plaintext, which full-text search finds and the vault returns', async () => {
    const { promptId } = await t.vault.send('the quick brown foxes', {
      to: 'response',
      searchable: true,
    })
    const found = await t.database.query(
      `SELECT id FROM prompts WHERE to_tsvector('english', prompt_text) @@ to_tsquery('english', 'fox')`,
    )
    expect(found).toEqual([{ id: promptId }])
    const prompt = await t.vault.prompts.get(promptId, { searchable: true })
    expect(prompt.sealed).toBe(false)
    expect(prompt.text()).toBe('the quick brown foxes')
    expect(await codeOf(t.vault.prompts.get(promptId))).toBe('FORMAT')
  })

  test.each([
    ['bytes', new Uint8Array(1)],
    ['U+0000', 'a\0b'],
    ['the prefix of sealed texts', 'zkeb-prompt-v1:00'],
  ])('searchable refuses %s', async (_what, data) => {
    const sending = t.vault.send(data, { to: 'response', searchable: true })
    await expect(sending).rejects.toThrow(TypeError)
    await expect(sending).rejects.toThrow('searchable')
  })

  test('a searchable text beyond the index’s limit is PAYLOAD_TOO_LARGE; sealed it is stored', async () => {
    const words = Array.from({ length: 160_000 }, (_, i) => `word${i.toString(36)}x`).join(' ')
    const before = await t.database.query('SELECT count(*)::int AS n FROM prompts')
    const sending = t.vault.send(words, { to: 'response', searchable: true })
    expect(await codeOf(sending)).toBe('PAYLOAD_TOO_LARGE')
    expect(await t.database.query('SELECT count(*)::int AS n FROM prompts')).toEqual(before)
    const { id } = await t.vault.send(words, { to: 'response' })
    const opened = await t.vault.open(id, { as: 'response', from: 'vault' })
    expect(opened.text() === words).toBe(true)
  })
})
