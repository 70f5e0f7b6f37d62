/** Who seals, and for whom, is settled by checked arguments; what fails on the way leaves nothing behind. */
import { open, seal, sealStream } from '@zkeb/core'
import { expect, test, vi } from 'vitest'
import { peopleOf } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'

const { alice, bob } = await peopleOf('x25519')

const lengths = [0, 5, 31, 33]

test.each(lengths)(
  'a sender whose fingerprint has %i bytes: TypeError, never unsigned',
  async (n) => {
    const signing = { ...alice.public.signing, fingerprint: new Uint8Array(n) }
    const from = {
      public: { suite: alice.suite, signing },
      signer: { sign: async () => new Uint8Array(0) },
    }
    expect(await misuseOf(() => seal('x', { from, to: bob.public }))).toMatch(/^from\.public/)
    expect(await misuseOf(() => sealStream({ from, to: bob.public }))).toMatch(/^from\.public/)
  },
)

test.each(lengths)('a recipient or reader whose fingerprint has %i bytes: TypeError', async (n) => {
  const encryption = { ...bob.public.encryption, fingerprint: new Uint8Array(n) }
  const to = { suite: bob.suite, encryption }
  expect(await misuseOf(() => seal('x', { from: alice, to }))).toMatch(/^to/)
  const envelope = await seal('x', { from: alice, to: bob.public })
  const as = { public: { encryption }, decrypter: bob.decrypter }
  expect(await misuseOf(() => open(envelope, { as, from: alice.public }))).toMatch(/^as\.public/)
})

test('a fingerprint that is text: TypeError', async () => {
  const encryption = { ...bob.public.encryption, fingerprint: 'a'.repeat(32) as never }
  const to = { suite: bob.suite, encryption }
  expect(await misuseOf(() => seal('x', { from: alice, to }))).toMatch(/^to/)
})

test.each([
  ['seal', (options: Parameters<typeof sealStream>[0]) => seal('x', options)],
  [
    'sealStream',
    (options: Parameters<typeof sealStream>[0]) => {
      const { readable } = sealStream(options)
      return readable.getReader().read()
    },
  ],
])('%s: a key that does not wrap leaves no content key behind', async (_name, work) => {
  const wrap = vi.fn(async (_cek: Uint8Array): Promise<Uint8Array> => {
    throw new RangeError('the key service is down')
  })
  const to = { suite: bob.suite, encryption: { ...bob.public.encryption, wrap } }
  expect(await outcomeOf(() => work({ from: alice, to }))).toBe('RangeError')
  expect(wrap.mock.calls[0]?.[0]).toEqual(new Uint8Array(32))
})

test('a platform that cannot hash: the error of sealing, and no rejection besides', async () => {
  const rejections: unknown[] = []
  const listen = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', listen)
  const wrap = async (): Promise<Uint8Array> => {
    throw new RangeError('the key service is down')
  }
  const to = { suite: bob.suite, encryption: { ...bob.public.encryption, wrap } }
  const digest = vi.spyOn(crypto.subtle, 'digest').mockRejectedValue(new Error('no digest'))
  const work = () => seal('x', { from: alice, to, associatedData: 1 })
  expect(await outcomeOf(work)).toBe('RangeError')
  await new Promise((resolve) => setTimeout(resolve, 10))
  digest.mockRestore()
  process.off('unhandledRejection', listen)
  expect(rejections).toEqual([])
})
