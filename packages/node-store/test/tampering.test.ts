import { randomUUID } from 'node:crypto'
import { seal, toRow } from '@zkeb/core'
import { vaultAssociatedData } from '@zkeb/node-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'
import { ENGINE_ROWS } from './support/databases'
import { openTestVault, type TestVault } from './support/vaults'

/** `id` is the envelope under attack, `other` another one with the same sender and receiver. */
interface Target {
  readonly id: string
  readonly other: string
}

const fromOther =
  (column: string) =>
  ({ id, other }: Target) =>
    `UPDATE envelopes SET ${column} = (SELECT ${column} FROM envelopes WHERE id = '${other}') WHERE id = '${id}'`
const set =
  (assignment: string) =>
  ({ id }: Target) =>
    `UPDATE envelopes SET ${assignment} WHERE id = '${id}'`
const recipient =
  (position: number, assignment: string) =>
  ({ id }: Target) =>
    `UPDATE envelope_recipients SET ${assignment} WHERE envelope_id = '${id}' AND position = ${position}`
const flip = (column: string) =>
  set(
    `${column} = (CASE left(${column}, 1) WHEN 'A' THEN 'B' ELSE 'A' END) || substr(${column}, 2)`,
  )

/** [column, what is done to it, SQL, the code it is refused with]. */
const ATTACKS: readonly (readonly [string, string, (target: Target) => string, string])[] = [
  ['prompt_id', 'another prompt', fromOther('prompt_id'), 'SIGNATURE'],
  ['encrypted_data', 'first character flipped', flip('encrypted_data'), 'SIGNATURE'],
  ['encrypted_data', 'of another envelope', fromOther('encrypted_data'), 'SIGNATURE'],
  ['encrypted_key', 'first character flipped', flip('encrypted_key'), 'SIGNATURE'],
  ['encrypted_key', 'of another envelope', fromOther('encrypted_key'), 'SIGNATURE'],
  ['signature', 'first character flipped', flip('signature'), 'SIGNATURE'],
  ['signature', 'of another envelope', fromOther('signature'), 'SIGNATURE'],
  ['signature', 'no Base64', set("signature = '!'"), 'FORMAT'],
  ['iv', 'first character flipped', flip('iv'), 'OPEN'],
  ['iv', 'of another envelope', fromOther('iv'), 'OPEN'],
  ['auth_tag', 'first character flipped', flip('auth_tag'), 'SIGNATURE'],
  ['auth_tag', 'of another envelope', fromOther('auth_tag'), 'SIGNATURE'],
  ['algorithm', 'a weaker one', set("algorithm = 'AES-128-GCM'"), 'SUITE_NOT_ALLOWED'],
  ['key_algorithm', 'another one', set("key_algorithm = 'RSA1_5'"), 'SUITE_NOT_ALLOWED'],
  ['signature_algorithm', 'none', set("signature_algorithm = 'none'"), 'SUITE_NOT_ALLOWED'],
  [
    'receiver_public_key_id',
    'not that of the recipient row',
    set("receiver_public_key_id = 'x'"),
    'FORMAT',
  ],
  ['receiver_public_key_id', 'null', set('receiver_public_key_id = NULL'), 'FORMAT'],
  ['sender_private_key_id', 'unknown', set("sender_private_key_id = 'x'"), 'SIGNER_UNKNOWN'],
  ['sender_private_key_id', 'null', set('sender_private_key_id = NULL'), 'SIGNER_UNKNOWN'],
  ['metadata', 'edited', set(`metadata = '{"a":2}'`), 'SIGNATURE'],
  ['metadata', 'null', set('metadata = NULL'), 'SIGNATURE'],
  ['metadata', 'no object', set("metadata = '[]'"), 'FORMAT'],
  ['expires_at', 'an hour later', set("expires_at = expires_at + interval '1 hour'"), 'SIGNATURE'],
  ['expires_at', 'never', set('expires_at = NULL'), 'SIGNATURE'],
  ['created_at', 'earlier', set("created_at = created_at - interval '1 day'"), 'SIGNATURE'],
  ['created_at', 'by 1 µs', set("created_at = created_at + interval '1 microsecond'"), 'FORMAT'],
  [
    'recipient 0 fingerprint',
    'another one',
    recipient(0, "fingerprint = sha256('x')"),
    'SIGNATURE',
  ],
  [
    'recipient 0 receiver_public_key_id',
    'x',
    recipient(0, "receiver_public_key_id = 'x'"),
    'FORMAT',
  ],
  [
    'recipient 1 fingerprint',
    'another one',
    recipient(1, "fingerprint = sha256('x')"),
    'SIGNATURE',
  ],
  [
    'recipient 1 receiver_public_key_id',
    'x',
    recipient(1, "receiver_public_key_id = 'x'"),
    'SIGNATURE',
  ],
  [
    'recipient 1 encrypted_key',
    'that of recipient 0',
    ({ id }) =>
      `UPDATE envelope_recipients SET encrypted_key = (SELECT encrypted_key FROM envelopes WHERE id = '${id}')
       WHERE envelope_id = '${id}' AND position = 1`,
    'SIGNATURE',
  ],
  ['recipient 1 position', 'moved', recipient(1, 'position = 2'), 'FORMAT'],
  [
    'recipient 1',
    'removed',
    ({ id }) => `DELETE FROM envelope_recipients WHERE envelope_id = '${id}' AND position = 1`,
    'SIGNATURE',
  ],
  [
    'recipients',
    'removed',
    ({ id }) => `DELETE FROM envelope_recipients WHERE envelope_id = '${id}'`,
    'FORMAT',
  ],
  [
    'recipients',
    'one more',
    ({ id }) => `INSERT INTO envelope_recipients
      SELECT envelope_id, 2, 'x', sha256('zz'), encrypted_key FROM envelope_recipients
      WHERE envelope_id = '${id}' AND position = 1`,
    // Out of order it is no envelope, in order it is not the signed one.
    'FORMAT or SIGNATURE',
  ],
]

describe.each(ENGINE_ROWS)('a stored row edited by hand, on $engine', ({ engine }) => {
  let t: TestVault
  beforeAll(async () => {
    t = await openTestVault(engine)
  })
  afterAll(() => t?.close())

  const asResponse = { as: 'response', from: 'vault' } as const

  /** An envelope with two recipients, put into the row of one that was sent. */
  async function storeTarget(): Promise<string> {
    const { id: sentId, promptId } = await t.vault.send('secret', { to: 'response' })
    const labelled = async (service: 'vault' | 'response' | 'stranger') => {
      const [row] = await t.database.query(
        "SELECT key_id FROM cryptographic_keys WHERE service_name = $1 AND key_type = 'encryption'",
        [service],
      )
      const found = await t.keys.publicIdentity({ service, keyId: String(row?.['key_id']) })
      if (found === undefined) throw new Error('no key')
      return found
    }
    const from = { public: await labelled('vault'), signer: (await t.identity('vault')).signer }
    const envelope = await seal('secret', {
      to: [await labelled('response'), await labelled('stranger')],
      from,
      metadata: { a: 1 },
      associatedData: vaultAssociatedData(promptId),
      expiresAt: Date.now() + 60_000,
    })
    const rows = toRow(envelope)
    await t.database.query('DELETE FROM envelopes WHERE id = $1', [sentId])
    await insert('envelopes', { ...rows.envelope, prompt_id: promptId })
    for (const row of rows.recipients) {
      await insert('envelope_recipients', { ...row, envelope_id: envelope.id })
    }
    return envelope.id
  }

  async function insert(table: string, row: object): Promise<void> {
    const columns = Object.keys(row)
    const places = columns.map((_, i) => `$${i + 1}`)
    await t.database.query(
      `INSERT INTO ${table} (${columns.join()}) VALUES (${places.join()})`,
      Object.values(row),
    )
  }

  const recorded = (id: string) =>
    t.database.query(
      'SELECT decryption_successful AS ok, error_message AS code FROM envelope_decryptions WHERE envelope_id = $1',
      [id],
    )

  test.each(ATTACKS)('%s: %s is refused and recorded', async (_column, _what, attack, code) => {
    const target = { id: await storeTarget(), other: await storeTarget() }
    // Counter-check: what is attacked opens as it is.
    expect((await t.vault.open(target.other, asResponse)).text()).toBe('secret')
    await t.database.exec(attack(target))
    const refused = await codeOf(t.vault.open(target.id, asResponse))
    expect(code.split(' or ')).toContain(refused)
    expect(await recorded(target.id)).toEqual([{ ok: false, code: refused }])
  })

  test('id: a row moved to another id is refused', async () => {
    const id = await storeTarget()
    const moved = randomUUID()
    await t.database.exec(`
      CREATE TEMP TABLE moved AS SELECT * FROM envelopes WHERE id = '${id}';
      UPDATE moved SET id = '${moved}';
      INSERT INTO envelopes SELECT * FROM moved;
      DROP TABLE moved;
      UPDATE envelope_recipients SET envelope_id = '${moved}' WHERE envelope_id = '${id}'`)
    expect(await codeOf(t.vault.open(moved, asResponse))).toBe('SIGNATURE')
    expect(await recorded(moved)).toEqual([{ ok: false, code: 'SIGNATURE' }])
  })

  test('receiver_public_key_id: changed in both tables is refused', async () => {
    const id = await storeTarget()
    await t.database.exec(`UPDATE envelopes SET receiver_public_key_id = 'x' WHERE id = '${id}';
      UPDATE envelope_recipients SET receiver_public_key_id = 'x' WHERE envelope_id = '${id}' AND position = 0`)
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('SIGNATURE')
  })

  test('sender_private_key_id: another registered sender is refused', async () => {
    const id = await storeTarget()
    await t.database.exec(`UPDATE envelopes SET sender_private_key_id = (SELECT key_id
      FROM cryptographic_keys WHERE service_name = 'stranger' AND key_type = 'signing') WHERE id = '${id}'`)
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('SIGNER_UNKNOWN')
    expect(await codeOf(t.vault.open(id, { as: 'response', from: 'stranger' }))).toBe('SIGNATURE')
  })

  test('status and updated_at are outside the signature; deleted_at hides and shows', async () => {
    const id = await storeTarget()
    await t.database.exec(
      `UPDATE envelopes SET status = 'delivered', updated_at = '2001-01-01' WHERE id = '${id}'`,
    )
    expect((await t.vault.open(id, asResponse)).text()).toBe('secret')
    await t.database.exec(`UPDATE envelopes SET deleted_at = now() WHERE id = '${id}'`)
    expect(await codeOf(t.vault.open(id, asResponse))).toBe('NOT_FOUND')
    await t.database.exec(`UPDATE envelopes SET deleted_at = NULL WHERE id = '${id}'`)
    expect((await t.vault.open(id, asResponse)).text()).toBe('secret')
  })

  test('the second recipient opens as well', async () => {
    const id = await storeTarget()
    const opened = await t.vault.open(id, { as: 'stranger', from: 'vault' })
    expect(opened.text()).toBe('secret')
  })

  test('every authenticated column is attacked above', async () => {
    const columns = await t.database.query(
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = 'envelopes'`,
    )
    const outside = ['status', 'updated_at', 'deleted_at', 'id']
    const attacked = new Set(ATTACKS.map(([column]) => column))
    const missing = columns
      .map((row) => String(row['name']))
      .filter((name) => !outside.includes(name))
    expect(missing.filter((name) => !attacked.has(name))).toEqual([])
  })
})
