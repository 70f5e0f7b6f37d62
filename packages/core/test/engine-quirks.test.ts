/** What single engines do differently, played here so that every platform tests it. */
import { generateIdentity, open, seal } from '@zkeb/core'
import { afterEach, expect, test, vi } from 'vitest'
import { person } from '../../../test/support/identities'

const { subtle } = globalThis.crypto
const decrypt = subtle.decrypt.bind(subtle)

afterEach(() => vi.restoreAllMocks())

/** WebKitGTK (libgcrypt): a decrypted message loses the zero bytes it begins with. */
function dropZeros() {
  return vi.spyOn(subtle, 'decrypt').mockImplementation(async (algorithm, key, data) => {
    const plaintext = new Uint8Array(await decrypt(algorithm, key, data))
    if (key.algorithm.name !== 'RSA-OAEP') return plaintext.buffer
    const start = plaintext.findIndex((byte) => byte !== 0)
    return plaintext.slice(start < 0 ? plaintext.length : start).buffer
  })
}

test('RSA: a content key that begins with zero bytes opens where the engine drops them', async () => {
  const bob = await person('bob')
  const context = { info: '', aad: new Uint8Array(0) }
  const cek = new Uint8Array(32).fill(7).fill(0, 0, 3)
  const wrapped = await bob.public.encryption.wrap(cek, context)
  const spy = dropZeros()
  expect(await bob.decrypter.unwrap(wrapped, context)).toEqual(cek)
  expect(spy).toHaveBeenCalled()
  // Importing tries a key of zeros alone.
  const alice = await person('alice')
  const envelope = await seal('x', { to: alice.public, from: bob })
  expect((await open(envelope, { as: alice, from: bob.public })).text()).toBe('x')
})

test('RSA: a wrapped key that is really too short stays so everywhere else', async () => {
  const bob = await generateIdentity({ modulusLength: 2048 })
  const context = { info: '', aad: new Uint8Array(0) }
  const wrapped = await bob.public.encryption.wrap(new Uint8Array(31).fill(7), context)
  expect((await bob.decrypter.unwrap(wrapped, context))?.length).toBe(31)
})
