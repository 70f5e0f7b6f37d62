// The three packages by `import`, in Node.
import assert from 'node:assert/strict'
import { PGlite } from '@electric-sql/pglite'
import * as browser from '@zkeb/browser'
import { backend, encode, generateIdentity, open, seal, ZkebError } from '@zkeb/core'
import { createVault, memoryKeys } from '@zkeb/node-store'

const [alice, bob] = await Promise.all([
  generateIdentity({ modulusLength: 2048 }),
  generateIdentity({ modulusLength: 2048 }),
])
const envelope = await seal('hello', { to: bob.public, from: alice })
const opened = await open(encode(envelope), { as: bob, from: alice.public })
assert.equal(opened.text(), 'hello')
assert.equal(backend().name, 'node')
await assert.rejects(open(envelope, { as: alice, from: alice.public }), ZkebError)

// One copy of core: what one package sealed, the other opens, and errors are of one class.
assert.equal((await browser.open(envelope, { as: bob, from: alice.public })).text(), 'hello')
assert.equal(browser.ZkebError, ZkebError)

const vault = await createVault({
  db: new PGlite(),
  service: 'vault',
  keys: memoryKeys(),
  migrate: 'auto',
})
await vault.keys.ensure('vault', { modulusLength: 2048 })
await vault.keys.ensure('response', { modulusLength: 2048 })
const { id } = await vault.send({ answer: 42 }, { to: 'response' })
assert.deepEqual((await vault.open(id, { as: 'response', from: 'vault' })).json(), { answer: 42 })
await vault.close()
