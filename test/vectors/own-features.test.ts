/** spec/vectors/{grant,unsigned,passphrase}.json: made by hand from the specification, read by core on every platform. */
import {
  type EnvelopeJson,
  encode,
  type GrantJson,
  type Identity,
  importIdentity,
  type JsonValue,
  open,
  passphraseReader,
  readGrant,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { contentDigest } from '../../packages/core/src/content/chunked'
import { parseGrant } from '../../packages/core/src/envelope/grant-json'
import { grantMessage } from '../../packages/core/src/envelope/grant-message'
import { headerDigest } from '../../packages/core/src/envelope/header'
import { parseEnvelope } from '../../packages/core/src/envelope/shapes'
import { deriveSeed, readKdf } from '../../packages/core/src/keys/passphrase-kdf'
import grants from '../../spec/vectors/grant.json' with { type: 'json' }
import passphrases from '../../spec/vectors/passphrase.json' with { type: 'json' }
import unsigned from '../../spec/vectors/unsigned.json' with { type: 'json' }
import { base64ToBytes, bytesToBase64, bytesToHex, hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'

interface Grant {
  readonly name: string
  readonly suite: keyof typeof grants.identities
  readonly associatedData?: JsonValue
  readonly envelope: EnvelopeJson
  /** Text is to be read as it stands. */
  readonly grant: GrantJson | string
}
interface GrantPositive extends Grant {
  /** Where the grantee is not Carol. */
  readonly passphrase?: string
  readonly steps: Record<'h' | 'stanza' | 'signedMessage', string>
}
interface GrantNegative extends Grant {
  readonly code: string
  readonly as: string
  readonly grantor: string | null
  readonly now: number
}
interface Named {
  readonly name: string
  readonly json: EnvelopeJson
}
interface UnsignedPositive extends Named {
  readonly associatedData?: JsonValue
  readonly binary: string
  readonly steps: Record<'core' | 'h' | 'commitment', string>
}
interface Passphrase extends Named {
  readonly from?: keyof typeof passphrases.identities
  readonly passphrase: string
}
interface PassphrasePositive extends Passphrase {
  readonly steps: Record<'seed' | 'fingerprint', string>
}
interface PassphraseNegative extends Passphrase {
  readonly code: string
}

/** A case under its name. */
const named = <T extends { readonly name: string }>(cases: unknown) =>
  (cases as T[]).map((it) => [it.name, it] as const)
const given = <T extends object>(of: T & { associatedData?: JsonValue }) =>
  'associatedData' in of ? { associatedData: of.associatedData as JsonValue } : {}

const loaded = new Map<string, Promise<Identity>>()
function load(line: string | undefined): Promise<Identity> {
  if (line === undefined) throw new Error('no such person')
  const identity = loaded.get(line) ?? importIdentity(line)
  loaded.set(line, identity)
  return identity
}
const person = ({ suite }: Grant, name: string) =>
  load((grants.identities[suite] as Record<string, string>)[name])

describe('grants', () => {
  test.each(named<GrantPositive>(grants.positive))('%s', async (_name, it) => {
    const [from, grantor, carol] = await Promise.all([
      person(it, 'alice'),
      person(it, 'bob'),
      person(it, 'carol'),
    ])
    const as = it.passphrase === undefined ? carol : passphraseReader(it.passphrase)
    const options = { as, from: from.public, now: grants.now, ...given(it) }
    const forms = typeof it.grant === 'string' ? [it.grant] : [it.grant, JSON.stringify(it.grant)]
    for (const input of forms) {
      const grant = readGrant(input, { from: grantor.public })
      const opened = await open(it.envelope, { ...options, grant })
      expect(opened.text()).toBe('hello')
      expect(opened.grantedBy).toBe(grantor.public)
    }
    const h = hexToBytes(it.steps.h)
    const { content } = parseEnvelope(it.envelope)
    const digest = await contentDigest(content)
    const described = { h, content, digest, grantor: grantor.public }
    const message = await grantMessage(parseGrant(it.grant), described)
    expect(bytesToHex(message)).toBe(it.steps.signedMessage)
  })

  test.each(named<GrantNegative>(grants.negative))('%s', async (_name, it) => {
    const [from, grantor, as] = await Promise.all([
      person(it, 'alice'),
      it.grantor === null ? undefined : person(it, it.grantor),
      person(it, it.as),
    ])
    const outcome = await outcomeOf(async () => {
      const grant = readGrant(it.grant, { from: grantor?.public ?? (() => undefined) })
      await open(it.envelope, { as, from: from.public, now: it.now, grant })
    })
    expect(outcome).toBe(it.code)
  })
})

describe('unsigned', () => {
  const bob = load(unsigned.identities.bob)

  test.each(named<UnsignedPositive>(unsigned.positive))('%s', async (_name, it) => {
    const options = { as: await bob, from: 'unsigned', now: unsigned.now, ...given(it) } as const
    for (const input of [it.json, JSON.stringify(it.json), base64ToBytes(it.binary)]) {
      const opened = await open(input, options)
      expect(opened.text()).toBe('hello')
      expect(opened.sender).toBeUndefined()
      expect(bytesToBase64(encode(input))).toBe(it.binary)
    }
    const { core, h } = it.steps
    const digest = await crypto.subtle.digest('SHA-256', hexToBytes(core))
    expect(bytesToHex(new Uint8Array(digest))).toBe(h)
    if ('associatedData' in it) return
    const context = { sender: new Uint8Array(0), associatedData: undefined }
    expect(bytesToHex(await headerDigest(parseEnvelope(it.json), context))).toBe(h)
  })

  test.each(named<(typeof unsigned.negative)[number]>(unsigned.negative))(
    '%s',
    async (_name, it) => {
      const alice = await load(unsigned.identities.alice)
      const from = it.from === null ? () => null : it.from === 'alice' ? alice.public : it.from
      const options = { as: await bob, from, now: unsigned.now }
      expect(await outcomeOf(() => open(it.json as never, options as never))).toBe(it.code)
    },
  )
})

describe('passphrases', () => {
  const opening = async ({ passphrase, from = 'alice' }: Passphrase) => ({
    as: passphraseReader(passphrase),
    from: (await load(passphrases.identities[from])).public,
    now: passphrases.now,
  })

  test.each(named<PassphrasePositive>(passphrases.positive))('%s', async (_name, it) => {
    expect((await open(it.json, await opening(it))).text()).toBe('hello')
    const prints = it.json.recipients.map((one) => bytesToHex(base64ToBytes(one.fingerprint)))
    const label = it.json.recipients[prints.indexOf(it.steps.fingerprint)]?.receiverPublicKeyId
    const kdf = readKdf(label)
    if (!kdf) throw new Error('no label')
    expect(bytesToHex(await deriveSeed(it.passphrase, kdf))).toBe(it.steps.seed)
  })

  test.each(named<PassphraseNegative>(passphrases.negative))('%s', async (_name, it) => {
    const options = await opening(it)
    expect(await outcomeOf(() => open(it.json, options))).toBe(it.code)
  })
})
