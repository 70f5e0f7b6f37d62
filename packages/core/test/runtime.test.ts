/** A platform without WebCrypto, as a page served over plain http is: RUNTIME, and a hint. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { people } from '../../../test/support/identities'
import { errorOf } from '../../../test/support/outcome'

/** Core as browsers get it. */
vi.resetModules()
vi.doMock('#backend', () => import('../src/crypto/webcrypto'))
const core = await import('@zkeb/core')
vi.doUnmock('#backend')

const { alice, bob } = await people('alice', 'bob')
const line = await core.exportPublicIdentity(alice.public)
const jwk = await core.exportPublicIdentity(alice.public, 'jwk')
const from = await core.importPublicIdentity(line)
const sealing = { to: bob.public, from: alice }
const envelope = await core.seal('x', sealing)

beforeAll(() => {
  vi.stubGlobal('crypto', { getRandomValues: <T>(bytes: T) => bytes })
})
afterAll(() => {
  vi.unstubAllGlobals()
})

describe('without crypto.subtle', () => {
  test.each([
    ['generateIdentity', () => core.generateIdentity({ modulusLength: 2048 })],
    ['importPublicIdentity of a line', () => core.importPublicIdentity(line)],
    ['importPublicIdentity of JWKs', () => core.importPublicIdentity(jwk)],
    ['seal', () => core.seal('x', sealing)],
    ['open', () => core.open(envelope, { as: bob, from })],
    ['verify', () => core.verify(envelope, { from })],
  ])('%s: RUNTIME', async (_name, work) => {
    const hint = expect.stringContaining('https')
    expect(await errorOf(work)).toMatchObject({ code: 'RUNTIME', hint })
  })
})

test('with it, all of this works', async () => {
  vi.unstubAllGlobals()
  expect((await core.open(envelope, { as: bob, from })).text()).toBe('x')
})
