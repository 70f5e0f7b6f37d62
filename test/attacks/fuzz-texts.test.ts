/** Random and mutated input into the texts beside the envelope: grants, armor and labels of passphrases. */

import { armor, dearmor, encode, grant, open, readGrant, seal } from '@zkeb/core'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { costOf, readKdf, writeKdf } from '../../packages/core/src/keys/passphrase-kdf'
import { hostile, mutatedText, replaced } from '../support/fuzz'
import { hunt, outcome } from '../support/hunt'
import { peopleOf } from '../support/identities'

const { alice, bob, carol, dave } = await peopleOf('x25519')
const expiresAt = 253_402_300_799_999
const envelope = await seal('hello', { from: alice, to: bob.public })
const other = await seal('other', {
  from: alice,
  to: [bob.public, dave.public],
  metadata: { a: 1 },
})

describe('grants', async () => {
  const granting = { as: bob, from: alice.public }
  const json = await grant(envelope, { ...granting, to: carol.public, expiresAt })
  const another = await grant(other, { ...granting, to: dave.public })
  const text = JSON.stringify(json)

  /** Nothing but the grant itself opens. */
  async function check(input: unknown) {
    const read = () => readGrant(input as never, { from: bob.public })
    const parsed = await outcome(read, typeof input !== 'string')
    if (parsed !== 'none') return
    const options = { as: carol, from: alice.public, grant: read() }
    const opened = await outcome(() => open(envelope, options))
    if (opened !== 'none') return
    expect(typeof input === 'string' ? JSON.parse(input) : input).toEqual(json)
  }

  hunt('mutated text', mutatedText(text, JSON.stringify(another)), check)
  hunt('one member exchanged for anything', replaced(json), check)
  hunt('anything', hostile, check)
})

describe('armor', () => {
  const text = armor(envelope)
  const same = Buffer.from(encode(envelope))

  /** One text for an envelope, but for what mails do to it. */
  async function check(input: string) {
    const read = await outcome(() => dearmor(input))
    if (read === 'none') {
      const bytes = dearmor(input)
      const opened = await outcome(() => open(bytes, { as: bob, from: alice.public }))
      if (opened === 'none') {
        expect(same.equals(bytes)).toBe(true)
        expect(`${input.trim()}\n`.replaceAll('\r\n', '\n')).toBe(text)
      }
    } else {
      expect(['FORMAT', 'LIMIT']).toContain(read)
    }
  }

  hunt('mutated text', mutatedText(text, armor(other)), check)

  const [begin, end] = [text.slice(0, 30), text.slice(-28)]
  const bodies = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.constant(''))
  hunt('random text between the right lines', bodies, (body) => check(begin + body + end))

  const spaces = fc.array(fc.constantFrom('\n', '\r\n', '\r', ' ', '\t', '\u00a0', '\ufeff', ''))
  const lines = text.split('\n')
  hunt('other white space', spaces, (list) =>
    check(lines.map((line, i) => line + (list[i % (list.length + 1)] ?? '\n')).join('')),
  )
})

describe('labels of passphrases', () => {
  const MAX_COST_KIB = 1024 * 1024
  const salt = 'AAECAwQFBgcICQoLDA0ODw'
  const labels = [
    `$argon2id$v=19$m=65536,t=3,p=1$${salt}`,
    `$scrypt$ln=17,r=8,p=1$${salt}`,
  ] as const

  /** Nothing is derived here: what a label says is only read. */
  async function check(label: string) {
    const read = await outcome(() => readKdf(label))
    if (read !== 'none') expect(['FORMAT', 'LIMIT']).toContain(read)
    if (read !== 'none') return
    const kdf = readKdf(label)
    if (!kdf) expect(label).not.toMatch(/^\$(argon2id|scrypt)\$/)
    if (!kdf) return
    expect(writeKdf(kdf)).toBe(label)
    expect(costOf(kdf)).toBeLessThanOrEqual(MAX_COST_KIB)
    expect(kdf.salt.length).toBe(16)
  }

  const [argon2id, scrypt] = labels
  const mutated = fc.oneof(mutatedText(argon2id, scrypt), mutatedText(scrypt, argon2id))
  hunt('mutated', mutated, check)

  const number = fc.oneof(fc.nat(40), fc.nat(), fc.maxSafeInteger(), fc.string({ maxLength: 4 }))
  hunt('any numbers', fc.tuple(number, number, number), async ([a, b, c]) => {
    await check(`$argon2id$v=19$m=${a},t=${b},p=${c}$${salt}`)
    await check(`$scrypt$ln=${a},r=8,p=${b}$${salt}`)
    await check(`$scrypt$ln=${a},r=${c},p=1$${salt}`)
  })

  hunt('random text', fc.string({ unit: 'binary' }), async (text) => {
    await check(text)
    await check(`$argon2id$${text}`)
    await check(`$scrypt$${text}`)
  })
})
