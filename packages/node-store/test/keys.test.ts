import { generateIdentity, type Identity, seal } from '@zkeb/core'
import { createVault, memoryKeys } from '@zkeb/node-store'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { ENGINE_ROWS } from './support/databases'
import { openTestVault, type TestVault } from './support/vaults'

const asResponse = { as: 'response', from: 'vault' } as const

describe.each(ENGINE_ROWS)('keys on $engine', ({ engine }) => {
  let t: TestVault
  beforeAll(async () => {
    t = await openTestVault(engine)
  })
  afterAll(() => t?.close())
  beforeEach(async () => {
    await t.database.exec("UPDATE cryptographic_keys SET status = 'active', expires_at = NULL")
  })

  const change = (service: string, type: string, assignment: string) =>
    t.database.exec(
      `UPDATE cryptographic_keys SET ${assignment} WHERE service_name = '${service}' AND key_type = '${type}'`,
    )

  test('both keys of a service are registered with hash, size, usage and location', async () => {
    const { fingerprint } = (await t.identity('vault')).public.encryption
    const rows = await t.database.query(
      `SELECT key_id, key_type, key_usage, key_algorithm, key_storage_location, public_key_hash, status
       FROM cryptographic_keys WHERE service_name = 'vault' ORDER BY key_type`,
    )
    expect(rows).toMatchObject([
      {
        key_type: 'encryption',
        key_usage: 'receiver',
        key_algorithm: 'RSA-2048',
        public_key_hash: Buffer.from(fingerprint).toString('hex'),
        status: 'active',
      },
      { key_type: 'signing', key_usage: 'sender', key_algorithm: 'RSA-2048', status: 'active' },
    ])
    expect(rows.map((row) => row['key_storage_location'])).toEqual(
      rows.map((row) => `memory:${row['key_id']}`),
    )
    const audit = (await t.vault.audit.list({ limit: 1000 })).items
    expect(audit.filter((entry) => entry.event === 'key_access' && entry.success)).toHaveLength(6)
  })

  test('ensure returns what is registered, and makes what is not, once', async () => {
    const vault = await t.vault.keys.ensure('vault')
    expect(vault.public.fingerprint).toEqual((await t.identity('vault')).public.fingerprint)
    const made = await Promise.all([
      t.vault.keys.ensure('fresh', { modulusLength: 2048 }),
      t.vault.keys.ensure('fresh', { modulusLength: 2048 }),
    ])
    expect(made[0].keyIds).toEqual(made[1].keyIds)
    const rows = await t.database.query(
      "SELECT count(*)::int AS n FROM cryptographic_keys WHERE service_name = 'fresh'",
    )
    expect(rows).toEqual([{ n: 2 }])
    const { id } = await t.vault.send('x', { to: 'fresh' })
    expect((await t.vault.open(id, { as: 'fresh', from: 'vault' })).text()).toBe('x')
  })

  test('a second identity is not registered over an active one', async () => {
    const other = await generateIdentity({ modulusLength: 2048 })
    expect(await codeOf(t.vault.keys.register('vault', other.public))).toBe('KEY')
    const own = (await t.identity('vault')).public
    expect((await t.vault.keys.register('vault', own)).public.fingerprint).toEqual(own.fingerprint)
  })

  test('an identity that shares only one key with the active one is another identity', async () => {
    const own = (await t.identity('vault')).public
    const { public: other } = await generateIdentity({ modulusLength: 2048 })
    const register = (half: object) => t.vault.keys.register('vault', { ...own, ...half })
    expect(await codeOf(register({ signing: other.signing }))).toBe('KEY')
    expect(await codeOf(register({ encryption: other.encryption }))).toBe('KEY')
  })

  test.each([
    ['receiver', 'response', 'encryption'],
    ['sender', 'vault', 'signing'],
  ])('a revoked, rotated or expired %s key does not seal: KEY', async (_who, service, type) => {
    for (const assignment of [
      "status = 'revoked'",
      "status = 'rotated'",
      "expires_at = now() - interval '1 second'",
    ]) {
      await change(service, type, assignment)
      expect(await codeOf(t.vault.send('x', { to: 'response' }))).toBe('KEY')
      await change(service, type, "status = 'active', expires_at = NULL")
    }
    expect((await t.vault.send('x', { to: 'response' })).id).toBeDefined()
  })

  test.each([
    ['recipient', 'response', 'encryption', true],
    ['sender', 'vault', 'signing', false],
  ])('a rotated %s key still opens, a revoked one does not', async (...row) => {
    const [, service, type, signatureVerified] = row
    const { id } = await t.vault.send('x', { to: 'response' })
    await change(service, type, "status = 'rotated'")
    expect((await t.vault.open(id, asResponse)).text()).toBe('x')
    await change(service, type, "status = 'revoked'")
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('KEY')
    const [last] = await t.database.query(
      `SELECT signature_verified, decryption_successful, error_message FROM envelope_decryptions
       WHERE envelope_id = $1 AND NOT decryption_successful`,
      [id],
    )
    expect(last).toEqual({
      signature_verified: signatureVerified,
      decryption_successful: false,
      error_message: 'KEY',
    })
  })

  test.each([
    ['response', 'encryption'],
    ['vault', 'signing'],
  ])(
    'a key of %s (%s) that differs from its hash is KEY, sealing and opening',
    async (service, type) => {
      const { id } = await t.vault.send('x', { to: 'response' })
      const [row] = await t.database.query(
        'SELECT public_key_hash AS hash FROM cryptographic_keys WHERE service_name = $1 AND key_type = $2',
        [service, type],
      )
      await change(service, type, "public_key_hash = encode(sha256('x'), 'hex')")
      expect(await codeOf(t.vault.send('x', { to: 'response' }))).toBe('KEY')
      expect(await codeOf(t.vault.open(id, asResponse))).toBe('KEY')
      await change(service, type, 'public_key_hash = NULL')
      expect(await codeOf(t.vault.open(id, asResponse))).toBe('KEY')
      await change(service, type, `public_key_hash = '${row?.['hash']}'`)
      expect((await t.vault.open(id, asResponse)).text()).toBe('x')
    },
  )

  test('a service_name edited in the database makes no key count as another’s', async () => {
    const swap = `UPDATE cryptographic_keys SET service_name = CASE service_name
      WHEN 'response' THEN 'stranger' WHEN 'stranger' THEN 'response' ELSE service_name END`
    const { id } = await t.vault.send('x', { to: 'response' })
    await t.database.exec(swap)
    // Sealing to "response" must not reach the stranger's key, nor may the stranger open as response.
    expect(await codeOf(t.vault.send('x', { to: 'response' }))).toBe('KEY')
    expect(await codeOf(t.vault.open(id, { as: 'stranger', from: 'vault' }))).toBe('NOT_RECIPIENT')
    await t.database.exec(swap)

    // A sender: what the stranger signed must not be believed as the vault's.
    await t.database.exec(
      "UPDATE cryptographic_keys SET service_name = 'vault' WHERE service_name = 'stranger'",
    )
    const forged = await forge(t, await t.identity('stranger'), id)
    await t.database.exec(forged)
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('SIGNER_UNKNOWN')
    await t.database.exec(
      "UPDATE cryptographic_keys SET service_name = 'stranger' WHERE key_id LIKE 'stranger/%'",
    )
  })

  test('registered keys that are not in the key source are KEY, with nothing stored', async () => {
    const keys = memoryKeys()
    const vault = await createVault({ db: t.database.source, service: 'vault', keys })
    const before = await t.database.query('SELECT count(*)::int AS n FROM prompts')
    expect(await codeOf(vault.send('x', { to: 'response' }))).toBe('KEY')
    expect(await codeOf(vault.keys.ensure('vault'))).toBe('KEY')
    expect(await codeOf(vault.send('x', { to: 'nobody' }))).toBe('KEY')
    expect(await t.database.query('SELECT count(*)::int AS n FROM prompts')).toEqual(before)
    await vault.close()
  })

  test('public keys alone seal to a service, but do not open as it', async () => {
    const keys = memoryKeys()
    await keys.save('vault', await t.identity('vault'))
    await keys.savePublic('response', (await t.identity('response')).public)
    const vault = await createVault({ db: t.database.source, service: 'vault', keys })
    const { id } = await vault.send('x', { to: 'response' })
    expect(await codeOf(vault.open(id, asResponse))).toBe('KEY')
    expect((await t.vault.open(id, asResponse)).text()).toBe('x')
    await vault.close()
  })

  test('a key source that fails is KEY, without its message', async () => {
    const keys = {
      ...t.keys,
      publicIdentity: () =>
        Promise.reject(Object.assign(new Error('token=hunter2'), { code: 'EKMS' })),
    }
    const vault = await createVault({ db: t.database.source, service: 'vault', keys })
    const error = await vault.send('x', { to: 'response' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'KEY' })
    expect(String(error)).toContain('EKMS')
    expect(String(error)).not.toContain('hunter2')
    await vault.close()
  })
})

/** SQL that replaces the row of `id` by an envelope the stranger sealed, with the stranger's key id. */
async function forge(t: TestVault, stranger: Identity, id: string): Promise<string> {
  const [row] = await t.database.query(
    `SELECT e.prompt_id::text AS prompt, e.receiver_public_key_id AS receiver,
       (SELECT key_id FROM cryptographic_keys WHERE key_id LIKE 'stranger/%' AND key_type = 'signing') AS signing
     FROM envelopes e WHERE e.id = $1`,
    [id],
  )
  const to = await t.keys.publicIdentity({ service: 'response', keyId: String(row?.['receiver']) })
  const own = await t.keys.publicIdentity({ service: 'stranger', keyId: String(row?.['signing']) })
  if (to === undefined || own === undefined) throw new Error('no key')
  const envelope = await seal('forged', {
    to,
    from: { public: own, signer: stranger.signer },
    associatedData: { promptId: String(row?.['prompt']) },
  })
  const json = envelope.toJSON()
  return `UPDATE envelopes SET encrypted_data = '${json.encryptedData}', iv = '${json.iv}',
    encrypted_key = '${json.encryptedKey}', signature = '${json.signature}', auth_tag = '${json.authTag}',
    created_at = '${json.createdAt}', sender_private_key_id = '${json.senderPrivateKeyId}' WHERE id = '${id}'`
}
