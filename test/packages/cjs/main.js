// The three packages by `require`, in Node.
const assert = require('node:assert/strict')
const { PGlite } = require('@electric-sql/pglite')
const browser = require('@zkeb/browser')
const {
  encode,
  generateIdentity,
  importIdentity,
  isZkebError,
  open,
  seal,
  ZkebError,
} = require('@zkeb/core')
const { importCertificate } = require('@zkeb/core/formats')
const pure = require('@zkeb/core/pure')
const { createVault, memoryKeys } = require('@zkeb/node-store')

async function main() {
  const [alice, bob] = await Promise.all([
    generateIdentity({ modulusLength: 2048 }),
    generateIdentity({ modulusLength: 2048 }),
  ])
  const envelope = await seal('hello', { to: bob.public, from: alice })
  const opened = await open(encode(envelope), { as: bob, from: alice.public })
  assert.equal(opened.text(), 'hello')
  await assert.rejects(open(envelope, { as: alice, from: alice.public }), ZkebError)
  assert.equal(browser.ZkebError, ZkebError)

  const carol = await pure.generateIdentity({ suite: 'pq', extractable: true })
  const dave = await importIdentity(await pure.exportIdentity(carol))
  const fromPure = pure.encode(await pure.seal('hello', { to: carol.public, from: carol }))
  assert.equal((await open(fromPure, { as: dave, from: dave.public })).text(), 'hello')
  assert.throws(() => importCertificate('no certificate'), isZkebError)

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
}

void main()
