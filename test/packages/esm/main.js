// The three packages by `import`, in Node.
import assert from 'node:assert/strict'
import { PGlite } from '@electric-sql/pglite'
import * as browser from '@zkeb/browser'
import {
  encode,
  exportIdentity,
  generateIdentity,
  importIdentity,
  isZkebError,
  open,
  seal,
  ZkebError,
} from '@zkeb/core'
import { decryptPrivateKey, encryptPrivateKey } from '@zkeb/core/formats'
import * as pure from '@zkeb/core/pure'
import { createVault, memoryKeys } from '@zkeb/node-store'

const [alice, bob] = await Promise.all([
  generateIdentity({ modulusLength: 2048 }),
  generateIdentity({ modulusLength: 2048 }),
])
const envelope = await seal('hello', { to: bob.public, from: alice })
const opened = await open(encode(envelope), { as: bob, from: alice.public })
assert.equal(opened.text(), 'hello')
await assert.rejects(open(envelope, { as: alice, from: alice.public }), ZkebError)

// One copy of core: what one package sealed, the other opens, and errors are of one class.
assert.equal((await browser.open(envelope, { as: bob, from: alice.public })).text(), 'hello')
assert.equal(browser.ZkebError, ZkebError)

// The pure platform is a copy of its own: what goes between them is bytes, lines and error codes.
const line = await pure.exportIdentity(
  await pure.generateIdentity({ suite: 'x25519', extractable: true }),
)
const [carol, dave] = [await pure.importIdentity(line), await importIdentity(line)]
const fromPure = pure.encode(await pure.seal('hello', { to: carol.public, from: carol }))
assert.equal((await open(fromPure, { as: dave, from: dave.public })).text(), 'hello')
await assert.rejects(pure.open(fromPure, { as: carol, from: alice.public }), isZkebError)

const { encryption } = await exportIdentity(
  await importIdentity(line, { extractable: true }),
  'pem',
)
const encrypted = await encryptPrivateKey(encryption, 'password', { iterations: 100_000 })
assert.equal((await decryptPrivateKey(encrypted, 'password')).length, 48)

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
