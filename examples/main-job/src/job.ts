import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fingerprintToHex, isZkebError, verify } from '@zkeb/core'
import { createVault, fileKeys, type Vault, vaultAssociatedData } from '@zkeb/node-store'
import type { Database } from './database'
import { heading, step, table } from './report'

/** What both sides know beside the envelope: authenticated, and stored nowhere. */
const ASSOCIATED_DATA = { job: 'main-job' }
const PROMPT = 'Summarise the attached file in three sentences.'
const RECEIVER = { as: 'response', from: 'vault', associatedData: ASSOCIATED_DATA } as const

export interface Job {
  readonly database: Database
  readonly keysFolder: string
  readonly fileName: string
  readonly content: Uint8Array
}

/** Seal → store → deliver → open, and then somebody who can write to the database tries to cheat. */
export async function runJob({ database, keysFolder, fileName, content }: Job): Promise<void> {
  heading('Set up')
  const open = (service: string) =>
    createVault({
      db: database.db,
      service,
      // A folder each: a sender that held the receiver's keys could read what it sends.
      keys: fileKeys(join(keysFolder, service)),
      migrate: 'auto',
    })
  const vault = await step(
    'open the vault',
    () => open('vault'),
    () => database.name,
  )
  const response = await open('response')
  const sender = await step(
    'keys of service "vault"',
    () => vault.keys.ensure('vault'),
    ({ public: { signing } }) => `${signing.type}, kept in ${keysFolder}`,
  )
  const receiver = await step('keys of service "response"', () => response.keys.ensure('response'))
  await step('exchange public keys', async () => {
    await vault.keys.register('response', receiver.public)
    await response.keys.register('vault', sender.public)
  })
  await findEarlierRuns(response, database)

  heading('Send')
  const prompt = await step('seal and store a prompt (opens once, for an hour)', () =>
    vault.send(PROMPT, {
      to: 'response',
      expiresInSeconds: 3600,
      singleUse: true,
      associatedData: ASSOCIATED_DATA,
    }),
  )
  const file = await step(`seal and store ${fileName}, ${content.length} bytes`, () =>
    vault.send(content, {
      to: 'response',
      associatedData: ASSOCIATED_DATA,
      metadata: { fileName },
    }),
  )
  heading(
    `What the server sees: the row of ${fileName} in table envelopes (private keys are not in the database)`,
  )
  const rows = await database.query('SELECT * FROM envelopes WHERE id = $1', [file.id])
  table(rows[0] ?? {})

  heading('Receive, as service "response"')
  const { envelope, promptId } = await step('take delivery of the prompt', () =>
    vault.deliver(prompt.id),
  )
  await step(
    'verify it without any private key',
    () =>
      verify(envelope, {
        from: sender.public,
        associatedData: vaultAssociatedData(promptId, ASSOCIATED_DATA),
      }),
    (verified) => `sealed by ${fingerprintToHex(verified.sender.fingerprint).slice(0, 16)}…`,
  )
  await step(
    'open the prompt',
    () => response.open(prompt.id, RECEIVER),
    (message) => `"${message.text()}"`,
  )
  await step(
    'open the file',
    () => response.open(file.id, RECEIVER),
    ({ bytes }) => {
      if (sha256(bytes) !== sha256(content)) throw new Error('the file came out changed')
      return `${bytes.length} bytes, the same as sealed (SHA-256 ${sha256(bytes).slice(0, 16)}…)`
    },
  )

  heading('Cheat')
  await step('open the prompt again', () => refusal(response.open(prompt.id, RECEIVER)), asIs)
  await step(
    'move its expiry by a year, in a copy',
    () => {
      const expiresAt = new Date(Date.now() + 366 * 86_400_000).toISOString()
      const from = sender.public
      const associatedData = vaultAssociatedData(promptId, ASSOCIATED_DATA)
      return refusal(verify({ ...envelope, expiresAt }, { from, associatedData }))
    },
    asIs,
  )

  heading('What the audit log says of this prompt')
  for (const entry of (await vault.audit.list({ resourceId: prompt.id })).items) {
    table({ [entry.at.toISOString()]: describe(entry) })
  }
  await vault.close()
  await response.close()
}

/** The rows and keys of earlier runs are still there, and fit each other. */
async function findEarlierRuns(response: Vault, { query }: Database): Promise<void> {
  const earlier = await query(
    `SELECT id, created_at, metadata ->> 'fileName' AS name FROM envelopes
     WHERE metadata ? 'fileName' AND deleted_at IS NULL ORDER BY created_at LIMIT 1000`,
  )
  const first = earlier[0]
  if (!first) return
  await step(
    `found ${earlier.length} file(s) of earlier runs; open the first`,
    () => response.open(String(first.id), RECEIVER),
    ({ bytes, createdAt }) => `${first.name}, ${bytes.length} bytes, ${createdAt.toISOString()}`,
  )
}

/** The error that an attempt must end in; an attempt that succeeds is a bug. */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  const outcome = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isZkebError(outcome)) return `refused, ${outcome.code} (${outcome.message})`
  throw outcome ?? new Error('an attack succeeded')
}

function describe(entry: { event: string; action: string; success: boolean; error?: string }) {
  const result = entry.success ? 'ok' : `refused (${entry.error})`
  return `${entry.event}/${entry.action} ${result}`
}

function asIs(text: string): string {
  return text
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
