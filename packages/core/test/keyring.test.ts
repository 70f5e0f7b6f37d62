import { type Identity, Keyring, open, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { people } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'

const {
  alice,
  bob: first,
  carol: second,
  dave: third,
} = await people('alice', 'bob', 'carol', 'dave')
const sealTo = (...to: Identity[]) =>
  seal('x', { to: to.map((identity) => identity.public), from: alice })
const openWith = (keyring: Keyring<never>, envelope: Awaited<ReturnType<typeof sealTo>>) =>
  outcomeOf(() => open(envelope, { as: keyring.find, from: alice.public }))

describe('rotation', () => {
  test('old and new keys open, the primary seals', async () => {
    const keyring = new Keyring(first)
    const before = await sealTo(first)
    keyring.add(second)
    expect(keyring.primary).toBe(first)
    keyring.promote(second.public.fingerprint)
    expect(keyring.primary).toBe(second)
    expect(keyring.identities).toEqual([second, first])
    expect(await openWith(keyring as never, before)).toBe('none')
    expect(await openWith(keyring as never, await sealTo(second))).toBe('none')
    const sealed = await seal('x', { to: alice.public, from: keyring.primary })
    expect((await open(sealed, { as: alice, from: second.public })).sender).toBe(second.public)
  })

  test('a retired identity opens nothing any more', async () => {
    const keyring = new Keyring(second, first, third)
    const old = await sealTo(first)
    const both = await sealTo(first, third)
    keyring.retire(first.public.fingerprint)
    expect(keyring.identities).toEqual([second, third])
    expect(await openWith(keyring as never, old)).toBe('NOT_RECIPIENT')
    expect(await openWith(keyring as never, both)).toBe('none')
  })

  test('a strange envelope: NOT_RECIPIENT', async () => {
    expect(await openWith(new Keyring(first, second) as never, await sealTo(third))).toBe(
      'NOT_RECIPIENT',
    )
  })
})

test('one private-key operation opens, however many identities there are', async () => {
  let unwraps = 0
  const counted = (identity: Identity) => ({
    public: identity.public,
    signer: identity.signer,
    decrypter: {
      unwrap: (...args: Parameters<Identity['decrypter']['unwrap']>) => {
        unwraps++
        return identity.decrypter.unwrap(...args)
      },
    },
  })
  const keyring = new Keyring(counted(first), counted(second), counted(third))
  expect(await openWith(keyring as never, await sealTo(third, second))).toBe('none')
  expect(unwraps).toBe(1)
})

test('find is its own, wherever it is called from', async () => {
  const { find } = new Keyring(first)
  const { encryption } = first.public
  expect(find({ recipients: [{ fingerprint: encryption.fingerprint }] })).toBe(first)
  expect(find({ recipients: [] })).toBeUndefined()
})

describe('misuse', () => {
  const mixed = { ...second, public: { ...second.public, encryption: first.public.encryption } }
  test.each([
    ['identity', () => new Keyring(undefined as never)],
    ['identity', () => new Keyring(first.public as never)],
    ['identity', () => new Keyring(first, first)],
    ['identity', () => new Keyring(first).add(first)],
    ['identity', () => new Keyring(first).add(mixed)],
    ['identity', () => new Keyring(first).add({ ...second, signer: undefined } as never)],
    ['fingerprint', () => new Keyring(first).promote(second.public.fingerprint)],
    ['fingerprint', () => new Keyring(first, second).retire(first.public.fingerprint)],
    ['fingerprint', () => new Keyring(first).retire(second.public.fingerprint)],
  ])('%s: named (%#)', async (name, work) => {
    expect(await misuseOf(work)).toMatch(new RegExp(`^${name}: `))
  })

  test('what is refused changes nothing', async () => {
    const keyring = new Keyring(first, second)
    await misuseOf(() => keyring.retire(first.public.fingerprint))
    await misuseOf(() => keyring.add(second))
    expect(keyring.identities).toEqual([first, second])
  })
})
