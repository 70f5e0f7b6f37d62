// Jest as it comes: CommonJS, no transform, no module mapping (the default of NestJS projects).
const { generateIdentity, open, seal, ZkebError } = require('@zkeb/core')
const { fromPkcs1 } = require('@zkeb/core/formats')
const pure = require('@zkeb/core/pure')
const { createVault, memoryKeys } = require('@zkeb/node-store')

test('core seals and opens', async () => {
  const alice = await generateIdentity({ modulusLength: 2048 })
  const bob = await generateIdentity({ modulusLength: 2048 })
  const envelope = await seal('hello', { to: bob.public, from: alice })
  expect((await open(envelope, { as: bob, from: alice.public })).text()).toBe('hello')
  await expect(open(envelope, { as: alice, from: alice.public })).rejects.toThrow(ZkebError)
})

test.each(['x25519', 'pq'])('suite %s, whose packages are ESM only', async (suite) => {
  const alice = await generateIdentity({ suite })
  const envelope = await seal('hello', { to: alice.public, from: alice })
  expect((await open(envelope, { as: alice, from: alice.public })).text()).toBe('hello')
})

test('the store loads, and says what is wrong with a database that is not there', async () => {
  const db = 'postgres://nobody@127.0.0.1:1/nothing'
  const vault = createVault({ db, service: 'vault', keys: memoryKeys() })
  await expect(vault).rejects.toMatchObject({ code: 'DATABASE' })
})

test('the subpaths of core load', async () => {
  const me = await pure.generateIdentity({ suite: 'x25519' })
  const envelope = await pure.seal('hello', { to: me.public, from: me })
  expect((await pure.open(envelope, { as: me, from: me.public })).text()).toBe('hello')
  expect(() => fromPkcs1('no key')).toThrow(ZkebError)
})
