/** Envelopes that nobody signs: suites over HPKE only, and never mistaken for signed ones. */

import {
  armor,
  dearmor,
  decode,
  encode,
  fromRow,
  generateIdentity,
  grant,
  type Identity,
  inspect,
  memoryReplayGuard,
  open,
  seal,
  toRow,
  verify,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { flipBit, inBatches } from '../../../test/support/bytes'
import { signedMessageOf } from '../../../test/support/forge'
import { people } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'

const { alice: rsa } = await people('alice')
const suites = await Promise.all(
  (['x25519', 'pq'] as const).map(async (suite) => {
    const [bob, carol, alice] = await Promise.all([
      generateIdentity({ suite }),
      generateIdentity({ suite }),
      generateIdentity({ suite }),
    ])
    return [suite, { bob, carol, alice }] as const
  }),
)
const from = 'unsigned'

describe.each(suites)('%s', (suite, { alice, bob, carol }) => {
  const sealTo = (...to: Identity[]) =>
    seal('psst', { to: to.map((one) => one.public), from, associatedData: 1, metadata: { a: 1 } })
  const opening = { as: bob, from, associatedData: 1 } as const

  test('opens in every shape, and has no sender', async () => {
    const envelope = await sealTo(carol, bob)
    const shapes = [
      envelope,
      encode(envelope),
      JSON.stringify(envelope),
      JSON.parse(JSON.stringify(envelope)),
      dearmor(armor(envelope)),
    ]
    for (const shape of shapes) {
      const opened = await open(shape, opening)
      expect(opened.text()).toBe('psst')
      expect(opened.sender).toBeUndefined()
      expect(Buffer.from(encode(shape)).equals(encode(envelope))).toBe(true)
    }
  })

  test('says that it is unsigned', async () => {
    const envelope = await sealTo(bob)
    expect(envelope).toMatchObject({ signatureAlgorithm: '', signature: new Uint8Array(0) })
    expect(envelope.toJSON()).toMatchObject({ signatureAlgorithm: '', signature: '' })
    expect(inspect(envelope)).toMatchObject({ suite, signed: false })
    expect(inspect(await seal('x', { to: bob.public, from: alice })).signed).toBe(true)
  })

  test('associated data, expiry, recipient: as ever, and what is wrong is OPEN', async () => {
    const envelope = await sealTo(bob)
    expect(await outcomeOf(() => open(envelope, { as: bob, from }))).toBe('OPEN')
    expect(await outcomeOf(() => open(envelope, { ...opening, as: carol }))).toBe('NOT_RECIPIENT')
    const short = await seal('x', { to: bob.public, from, now: 1, expiresAt: 2 })
    expect(await outcomeOf(() => open(short, { as: bob, from, now: 2 }))).toBe('EXPIRED')
  })

  test('signed envelopes do not open as unsigned, nor unsigned ones as signed: SIGNATURE', async () => {
    const signed = await seal('x', { to: bob.public, from: alice })
    expect(await outcomeOf(() => open(signed, { as: bob, from }))).toBe('SIGNATURE')
    const unsigned = await seal('x', { to: bob.public, from })
    for (const trusted of [alice, bob, rsa]) {
      const options = { as: bob, from: trusted.public }
      expect(await outcomeOf(() => open(unsigned, options))).toBe('SIGNATURE')
      expect(await outcomeOf(() => verify(unsigned, options))).toBe('SIGNATURE')
    }
  })

  test('a signature that was taken off or put on: refused', async () => {
    const signed = await seal('x', { to: bob.public, from: alice })
    const unsigned = await seal('x', { to: bob.public, from })
    const { signatureAlgorithm, signature } = signed
    const none = new Uint8Array(0)
    const outcome = (envelope: unknown, as: 'unsigned' | Identity['public']) =>
      outcomeOf(() => open(envelope as never, { as: bob, from: as } as never))
    expect(await outcome({ ...signed, signatureAlgorithm: '', signature: none }, from)).toBe('OPEN')
    expect(await outcome({ ...signed, signature: none }, from)).toBe('FORMAT')
    expect(await outcome({ ...signed, signatureAlgorithm: '' }, from)).toBe('FORMAT')
    expect(await outcome({ ...unsigned, signatureAlgorithm }, from)).toBe('FORMAT')
    expect(await outcome({ ...unsigned, signature }, from)).toBe('FORMAT')
    expect(await outcome({ ...unsigned, signature, signatureAlgorithm }, from)).toBe('SIGNATURE')
    expect(await outcome({ ...unsigned, signature, signatureAlgorithm }, alice.public)).toBe(
      'SIGNATURE',
    )
  })

  test('signed by somebody, in the place of what nobody signed: OPEN', async () => {
    // Alice signs the unsigned envelope as if it were hers: the header she signs names her, and the key is bound to another.
    const unsigned = await seal('x', { to: bob.public, from })
    const { signatureAlgorithm } = await seal('x', { to: bob.public, from: alice })
    const { headerDigest } = await import('../src/envelope/header')
    const { parseEnvelope } = await import('../src/envelope/shapes')
    const checked = { ...parseEnvelope(unsigned), signatureAlgorithm }
    const context = { sender: alice.public.signing.fingerprint, associatedData: undefined }
    const h = await headerDigest(checked, context)
    const message = await signedMessageOf(h, checked.content)
    const signature = await alice.signer.sign(message)
    const stolen = { ...unsigned, signatureAlgorithm, signature }
    expect(await outcomeOf(() => open(stolen, { as: bob, from: alice.public }))).toBe('OPEN')
  })

  test('every single bit: refused', async () => {
    const binary = encode(await seal('', { to: bob.public, from }))
    const bits = Array.from(
      { length: Math.min(binary.length * 8, suite === 'pq' ? 1_500 : 4_000) },
      (_, i) => i,
    )
    const tail = Array.from({ length: 400 }, (_, i) => binary.length * 8 - 1 - i)
    await inBatches([...bits, ...tail], 256, async (bit) => {
      const code = await outcomeOf(() => open(flipBit(binary, bit), { as: bob, from }))
      expect(code, `bit ${bit}`).toMatch(
        /^(FORMAT|VERSION|SUITE_NOT_ALLOWED|LIMIT|TRUNCATED|OPEN|NOT_RECIPIENT)$/,
      )
    })
    expect(await outcomeOf(() => open(binary, { as: bob, from }))).toBe('none')
  })

  test('is never stored', async () => {
    const envelope = await sealTo(bob)
    expect(await outcomeOf(() => toRow(envelope))).toBe('FORMAT')
    const rows = toRow(await seal('x', { to: bob.public, from: alice }))
    const unsigned = { ...rows.envelope, signature_algorithm: '', signature: '' }
    expect(await outcomeOf(() => fromRow({ ...rows, envelope: unsigned }))).toBe('FORMAT')
  })

  test('a replay guard is asked by the digest of the header', async () => {
    const envelope = await sealTo(bob)
    const keys: string[] = []
    const guard = memoryReplayGuard()
    const claim = (key: string) => {
      keys.push(key)
      return guard.claim(key)
    }
    const options = { ...opening, replayGuard: { claim } }
    await open(envelope, options)
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(await outcomeOf(() => open(envelope, options))).toBe('REPLAYED')
    expect(await outcomeOf(async () => open(await sealTo(bob), options))).toBe('none')
  })

  test('cannot be granted', async () => {
    const envelope = await seal('x', { to: bob.public, from })
    const options = { as: bob, to: carol.public, from: alice.public }
    expect(await outcomeOf(() => grant(envelope, options))).toBe('SIGNATURE')
    expect(await misuseOf(() => grant(envelope, { ...options, from: from as never }))).toMatch(
      /^from: /,
    )
  })

  test('verify has nothing to prove: misuse', async () => {
    const envelope = await sealTo(bob)
    const work = () => verify(envelope, { from: from as never })
    expect(await misuseOf(work)).toMatch(/^from: /)
  })
})

describe('suite rsa', () => {
  test('sealing: misuse', async () => {
    expect(await misuseOf(() => seal('x', { to: rsa.public, from }))).toMatch(/^from: .*rsa/)
    expect(await misuseOf(() => seal('x', { to: [], from }))).toMatch(/^to: /)
    expect(await misuseOf(() => seal('x', { from } as never))).toMatch(/^to: /)
  })

  test('a signature that was taken off: SUITE_NOT_ALLOWED in every shape', async () => {
    const envelope = await seal('x', { to: rsa.public, from: rsa })
    const stripped = { signatureAlgorithm: '', signature: new Uint8Array(0) }
    const opening = { as: rsa, from } as const
    const outcome = (it: unknown) => outcomeOf(() => open(it as never, opening))
    expect(await outcome({ ...envelope, ...stripped })).toBe('SUITE_NOT_ALLOWED')
    const json = { ...envelope.toJSON(), signatureAlgorithm: '', signature: '' }
    expect(await outcome(json)).toBe('SUITE_NOT_ALLOWED')
    const binary = encode(envelope)
    const cut = Buffer.from(binary.subarray(0, binary.length - envelope.signature.length))
    cut.writeUInt16BE(0, cut.length - 2)
    expect(await outcome(cut)).toBe('SUITE_NOT_ALLOWED')
    expect(await outcomeOf(() => decode(cut))).toBe('SUITE_NOT_ALLOWED')
  })

  test('a signed one as unsigned: SIGNATURE', async () => {
    const envelope = await seal('x', { to: rsa.public, from: rsa })
    expect(await outcomeOf(() => open(envelope, { as: rsa, from }))).toBe('SIGNATURE')
  })
})
