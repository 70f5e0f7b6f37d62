/** Attack: the input changes between the check of the signature and the use of the content, as a reused buffer does. */

import { decode, encode, open, seal } from '@zkeb/core'
import { expect, test } from 'vitest'
import { sealWithSalt } from '../../packages/core/src/content/chunked'
import {
  digestAssociatedData,
  headerDigest,
  wrapContext,
} from '../../packages/core/src/envelope/header'
import { parseEnvelope } from '../../packages/core/src/envelope/shapes'
import { people } from '../support/identities'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const envelope = await seal('I owe you 100', { to: [carol.public, bob.public], from: alice })

/** Bob knows the content key: he can seal other content that fits the commitment, but not sign it. */
async function contentOfBob(): Promise<Uint8Array> {
  const checked = parseEnvelope(envelope)
  const sender = alice.public.signing.fingerprint
  const h = await headerDigest(checked, {
    sender,
    associatedDataDigest: await digestAssociatedData(undefined),
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
  const text = await open(input, { as, from: alice.public }).then(
    (opened) => opened.text(),
    (error: { code: string }) => error.code,
  )
  expect(['I owe you 100', 'OPEN', 'SIGNATURE']).toContain(text)
})

test('the content of Bob does fit, or the above would prove nothing', async () => {
  const forged = await contentOfBob()
  expect(forged.length).toBe(envelope.content.length)
  expect(forged.subarray(0, 56)).toEqual(Uint8Array.from(envelope.content.subarray(0, 56)))
  expect(decode({ ...envelope, content: forged }).id).toBe(envelope.id)
})
