/** A platform without WebCrypto, as a page served over plain http is: RUNTIME, and a hint. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { backend, exportPublicIdentity, generateIdentity, importPublicIdentity, open, seal, useBackend } from '@zkeb/core'
import { webcryptoBackend } from '../src/crypto/webcrypto'
import { people } from '../../../test/support/identities'
import { errorOf, outcomeOf } from '../../../test/support/outcome'

const usual = backend()
const { alice, bob } = await people('alice', 'bob')
const envelope = await seal('x', { to: bob.public, from: alice })
const line = await exportPublicIdentity(alice.public)
const jwk = await exportPublicIdentity(alice.public, 'jwk')

beforeEach(() => {
  useBackend(webcryptoBackend)
  vi.stubGlobal('crypto', { getRandomValues: <T>(bytes: T) => bytes })
})
afterEach(() => {
  useBackend(usual)
  vi.unstubAllGlobals()
})

describe('without crypto.subtle', () => {
  test.each([
    ['generateIdentity', () => generateIdentity({ modulusLength: 2048 })],
    ['importPublicIdentity of a line', () => importPublicIdentity(line)],
    ['importPublicIdentity of JWKs', () => importPublicIdentity(jwk)],
    ['seal', () => seal('x', { to: bob.public, from: alice })],
    ['open', () => open(envelope, { as: bob, from: alice.public })],
  ])('%s: RUNTIME', async (_name, work) => {
    expect(await outcomeOf(work)).toBe('RUNTIME')
    expect(await errorOf(work)).toMatchObject({ hint: expect.stringContaining('https') })
  })
})
