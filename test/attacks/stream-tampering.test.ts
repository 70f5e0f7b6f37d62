/** Attacks on sealed streams by somebody who has no key: every one is refused, and what came out before is true. */

import { encode, isZkebError, open, openRange, openStream, seal, sealStream } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { inBatches, patternBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'
import { type Parts, putTogether, takeApart } from '../support/stream-parts'
import { flow, flowUntilError, PAIRS, read, sealBytes } from '../support/streams'

const CHUNK = 16_384
/** Every byte of what rsa and x25519 make; of longer ones about as many places as fit the same time. */
const stepOf = (length: number) => (length > 1_500 ? Math.ceil(length / 300) : 1)

describe.each(PAIRS)('%s', async (_name, { alice, bob, carol, mallory }) => {
  const opening = { as: bob, from: alice.public }
  const one = { to: bob.public, from: alice }
  const two = { to: [carol.public, bob.public], from: alice }
  const plaintext = patternBytes(3 * CHUNK + 100)
  const codeOf = (error: unknown) => (isZkebError(error) ? error.code : String(error))

  /** Refused by openStream and openRange; what openStream released before is how the message begins. */
  async function expectRefused(sealed: Uint8Array, original = plaintext): Promise<string> {
    const { bytes, error } = await flowUntilError(sealed, openStream(opening))
    expect(error).toBeDefined()
    expect(bytes.length < original.length || original.length === 0).toBe(true)
    expect(Buffer.compare(bytes, original.subarray(0, bytes.length))).toBe(0)
    const range = async () => read((await openRange(sealed, opening)).stream)
    expect(await outcomeOf(range)).not.toBe('none')
    return codeOf(error)
  }

  const take = ({ chunks }: Parts, ...order: readonly number[]) =>
    order.map((i) => chunks[i] as Uint8Array)
  const REARRANGED: Record<string, (parts: Parts) => readonly Uint8Array[]> = {
    'the first chunk dropped': (p) => take(p, 1, 2, 3),
    'one in the middle dropped': (p) => take(p, 0, 2, 3),
    'the last dropped': (p) => take(p, 0, 1, 2),
    'the last two dropped': (p) => take(p, 0, 1),
    'all but the last dropped': (p) => take(p, 3),
    'all dropped': () => [],
    'the first twice': (p) => take(p, 0, 0, 1, 2, 3),
    'the second in the place of the third': (p) => take(p, 0, 1, 1, 3),
    'the first two exchanged': (p) => take(p, 1, 0, 2, 3),
    'the last twice': (p) => take(p, 0, 1, 2, 3, 3),
    'a full one as the last': (p) => take(p, 0, 1, 3, 2),
    'an empty one more': (p) => [...take(p, 0, 1, 2), new Uint8Array(16)],
    'a chunk of zeros more': (p) => [...p.chunks, new Uint8Array(16_400)],
    'a byte more': (p) => [...p.chunks, new Uint8Array(1)],
  }
  describe.each([
    ['one recipient', one],
    ['two recipients', two],
  ] as const)('%s', async (_name, sealing) => {
    const sealed = await sealBytes(plaintext, sealing)
    const parts = await takeApart(sealed)

    test('nothing changed: it opens', async () => {
      const opened = await flow(putTogether(parts), openStream(opening))
      expect(Buffer.compare(opened, plaintext)).toBe(0)
    })

    test.each(Object.keys(REARRANGED))('%s', async (name) => {
      const chunks = REARRANGED[name]?.(parts) ?? []
      await expectRefused(putTogether({ ...parts, chunks }))
    })

    test('full chunks and no last one: TRUNCATED', async () => {
      const chunks = take(parts, 0, 1, 2)
      expect(await expectRefused(putTogether({ ...parts, chunks }))).toBe('TRUNCATED')
    })

    test('cut at every kind of place', async () => {
      const { signatureAt, head } = parts
      const chunkEnds = [1, 2, 3].map((i) => head.length + i * 16_400)
      const borders = [0, 4, 8, signatureAt, head.length - 56, head.length, ...chunkEnds]
      const places = [...borders, sealed.length - parts.trailer.length, sealed.length].flatMap(
        (place) => [place - 2, place - 1, place, place + 1],
      )
      for (const place of places.filter((at) => at >= 0 && at < sealed.length)) {
        await expectRefused(sealed.subarray(0, place))
      }
    })

    test('longer by a byte, by a trailer, by itself', async () => {
      for (const more of [new Uint8Array(1), parts.trailer, sealed]) {
        await expectRefused(new Uint8Array(Buffer.concat([sealed, more])))
      }
    })

    test('head signature and trailer exchanged, or one in both places', async () => {
      const { head, headSignature, signatureAt, trailer } = parts
      const withSignature = (signature: Uint8Array) => {
        const changed = head.slice()
        changed.set(signature, signatureAt)
        return changed
      }
      const swapped = { ...parts, head: withSignature(trailer), trailer: headSignature }
      expect(await expectRefused(putTogether(swapped))).toBe('SIGNATURE')
      const early = { ...parts, head: withSignature(trailer) }
      expect(await expectRefused(putTogether(early))).toBe('SIGNATURE')
      const late = { ...parts, trailer: headSignature }
      expect(await expectRefused(putTogether(late))).toBe('SIGNATURE')
    })

    test('head, chunks and trailer of two streams of the same parties', async () => {
      const other = await takeApart(await sealBytes(plaintext, sealing))
      const { chunks, trailer } = other
      expect(await expectRefused(putTogether({ ...parts, trailer }))).toBe('SIGNATURE')
      await expectRefused(putTogether({ ...parts, chunks }))
      await expectRefused(putTogether({ ...parts, chunks, trailer }))
    })

    test('every byte of a small stream altered', async () => {
      const small = patternBytes(40)
      const whole = await sealBytes(small, sealing)
      // Of pq, whose signatures are long and slow, every few; all of them in the soak.
      const step = process.env['ZKEB_SOAK'] ? 1 : stepOf(whole.length)
      const places = Array.from(whole, (_, i) => i).filter((i) => i % step === 0)
      const codes = new Set<string>()
      await inBatches(places, 50, async (place) => {
        const altered = whole.slice()
        altered[place] = (altered[place] ?? 0) ^ (1 << (place % 8))
        codes.add(await expectRefused(altered, small))
      })
      expect([...codes].filter((code) => !/^[A-Z_]+$/.test(code))).toEqual([])
    })
  })

  test('a stream sealed by somebody else, with the same recipient: SIGNATURE', async () => {
    const sealed = await sealBytes(plaintext, { to: bob.public, from: mallory })
    expect(await expectRefused(sealed)).toBe('SIGNATURE')
  })

  test('other associated data, or none: SIGNATURE', async () => {
    const sealed = await sealBytes(plaintext, { ...one, associatedData: { record: 1 } })
    for (const associatedData of [{ record: 2 }, null]) {
      const outcome = await outcomeOf(() =>
        flow(sealed, openStream({ ...opening, associatedData })),
      )
      expect(outcome).toBe('SIGNATURE')
    }
    expect(await expectRefused(sealed)).toBe('SIGNATURE')
  })

  test('for somebody else: NOT_RECIPIENT, expired: EXPIRED, and expired comes first', async () => {
    const sealed = await sealBytes(plaintext, { ...one, now: 1_000, expiresAt: 2_000 })
    const outcome = (as: typeof bob, now: number) =>
      outcomeOf(() => flow(sealed, openStream({ as, from: alice.public, now })))
    expect(await outcome(bob, 1_999)).toBe('none')
    expect(await outcome(bob, 2_000)).toBe('EXPIRED')
    expect(await outcome(carol, 2_000)).toBe('EXPIRED')
    expect(await outcome(carol, 1_999)).toBe('NOT_RECIPIENT')
  })

  test('a stream is no envelope, and an envelope no stream', async () => {
    const sealed = await sealBytes(new Uint8Array(5), one)
    expect(await outcomeOf(() => open(sealed, opening))).toBe('FORMAT')
    const envelope = encode(await seal('hello', one))
    expect(await expectRefused(envelope)).toBe('FORMAT')
    // Not even with the magic of the other: a stream's header has another label, and no nonce.
    expect(
      await expectRefused(Uint8Array.of(...Buffer.from('ZKS1'), ...envelope.subarray(4))),
    ).toMatch(/^[A-Z_]+$/)
    const next = Uint8Array.of(...Buffer.from('ZKS2'), ...sealed.subarray(4))
    expect(await expectRefused(next)).toBe('VERSION')
  })

  test('a header longer than any: LIMIT, before it is read', async () => {
    const endless = Uint8Array.of(...Buffer.from('ZKS1'), 0xff, 0xff, 0xff, 0xff, 0)
    expect(await expectRefused(endless)).toBe('LIMIT')
  })

  test('nobody without the signing key reaches the private key', async () => {
    let unwrapped = 0
    const unwrap: typeof bob.decrypter.unwrap = (...args) => {
      unwrapped++
      return bob.decrypter.unwrap(...args)
    }
    const as = { public: bob.public, decrypter: { unwrap } }
    const theirs = await sealBytes(plaintext, { to: bob.public, from: mallory })
    expect(await outcomeOf(() => flow(theirs, openStream({ as, from: alice.public })))).toBe(
      'SIGNATURE',
    )
    expect(unwrapped).toBe(0)
    const ours = await sealBytes(plaintext, one)
    expect((await flow(ours, openStream({ as, from: alice.public }))).length).toBe(plaintext.length)
    expect(unwrapped).toBe(1)
  })

  test('a wrapped key that does not open ends as a wrong commitment does: OPEN', async () => {
    const sealed = await sealBytes(plaintext, one)
    for (const key of [undefined, new Uint8Array(32), new Uint8Array(31)]) {
      const as = { public: bob.public, decrypter: { unwrap: async () => key } }
      const { bytes, error } = await flowUntilError(sealed, openStream({ as, from: alice.public }))
      expect(bytes.length).toBe(0)
      expect(error).toMatchObject({ code: 'OPEN', message: 'the content cannot be opened' })
    }
  })

  test('a signer whose signatures differ in length: KEY', async () => {
    let count = 0
    const sign = async (message: Uint8Array) => {
      const signature = await alice.signer.sign(message)
      return count++ === 0 ? signature : signature.subarray(1)
    }
    const from = { public: alice.public, signer: { sign } }
    expect(await outcomeOf(() => flow(plaintext, sealStream({ to: bob.public, from })))).toBe('KEY')
  })
})
