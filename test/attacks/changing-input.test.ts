/** Attack: the input changes between the check of the signature and the use of the content, as a reused buffer does. */

import { decode, encode, open, seal } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { sealWithSalt } from '../../packages/core/src/content/chunked'
import { headerDigest, wrapContext } from '../../packages/core/src/envelope/header'
import { parseEnvelope } from '../../packages/core/src/envelope/shapes'
import { people } from '../support/identities'
import { outcomeOf } from '../support/outcome'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const envelope = await seal('I owe you 100', {
  to: [carol.public, bob.public],
  from: alice,
  metadata: { list: [1] },
})

/** Bob knows the content key: he can seal other content that fits the commitment, but not sign it. */
async function contentOfBob(): Promise<Uint8Array> {
  const checked = parseEnvelope(envelope)
  const sender = alice.public.signing.fingerprint
  const h = await headerDigest(checked, {
    sender,
    associatedData: undefined,
  })
  const stanza = checked.recipients[1]
  if (!stanza) throw new Error('two recipients')
  const context = wrapContext(envelope.id, sender, stanza.fingerprint)
  const inputKey = await bob.decrypter.unwrap(stanza.encryptedKey, context)
  if (!inputKey) throw new Error('Bob is a recipient')
  const salt = Uint8Array.from(envelope.content.subarray(0, 24))
  const plaintext = new TextEncoder().encode('I owe you 900')
  return (await sealWithSalt({ inputKey, context: h }, plaintext, salt)).message
}

const binary = () => {
  const buffer = encode(envelope)
  return [buffer, buffer.subarray(Buffer.from(buffer).indexOf(envelope.content))] as const
}
const object = () => {
  const content = Uint8Array.from(envelope.content)
  return [{ ...envelope, content }, content] as const
}

test.each([
  ['binary', binary],
  ['object', object],
] as const)('%s form: what was checked is what is opened', async (_name, make) => {
  const [input, content] = make()
  const forged = await contentOfBob()
  const as = () => {
    content.set(forged)
    return carol
  }
  expect((await open(input, { as, from: alice.public })).text()).toBe('I owe you 100')
})

/** An envelope whose every part is a copy of its own, as a reader keeps it. */
const keep = () => ({
  ...envelope,
  iv: Uint8Array.from(envelope.iv),
  content: Uint8Array.from(envelope.content),
  signature: Uint8Array.from(envelope.signature),
  metadata: { list: [1] },
  recipients: envelope.recipients.map(({ fingerprint, encryptedKey }) => ({
    fingerprint: Uint8Array.from(fingerprint),
    encryptedKey: Uint8Array.from(encryptedKey),
  })),
})
type Kept = ReturnType<typeof keep>

const CHANGES: Record<string, (kept: Kept) => unknown> = {
  iv: (kept) => kept.iv.fill(0),
  content: (kept) => kept.content.fill(0),
  signature: (kept) => kept.signature.fill(0),
  fingerprints: (kept) => kept.recipients.map(({ fingerprint }) => fingerprint.fill(0)),
  'wrapped keys': (kept) => kept.recipients.map(({ encryptedKey }) => encryptedKey.fill(0)),
  'list of recipients': (kept) => kept.recipients.splice(0, 1),
  'metadata, within': (kept) => kept.metadata.list.push(2),
  'time of creation': (kept) => Object.assign(kept, { createdAt: 7 }),
}

describe.each(Object.entries(CHANGES))('%s changed while it is opened', (_name, change) => {
  test.each(['from', 'as'] as const)(
    'when %s is asked: what was given is opened',
    async (asked) => {
      const kept = keep()
      const on = (moment: string) => moment === asked && change(kept)
      const from = () => {
        on('from')
        return alice.public
      }
      const as = () => {
        on('as')
        return carol
      }
      const opened = await open(kept as never, { as, from })
      expect(opened.text()).toBe('I owe you 100')
      expect(opened.metadata).toEqual({ list: [1] })
      expect(opened.createdAt.getTime()).toBe(envelope.createdAt)
      expect(await outcomeOf(() => open(kept as never, { as: carol, from: alice.public }))).toMatch(
        /^(SIGNATURE|OPEN|FORMAT)$/,
      )
    },
  )
})

test('the content of Bob does fit, or the above would prove nothing', async () => {
  const forged = await contentOfBob()
  expect(forged.length).toBe(envelope.content.length)
  expect(forged.subarray(0, 56)).toEqual(Uint8Array.from(envelope.content.subarray(0, 56)))
  expect(decode({ ...envelope, content: forged }).id).toBe(envelope.id)
})
