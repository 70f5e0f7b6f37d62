/** spec/vectors/{key,armor}.json: made by hand from the specification, read by core on every platform. */
import {
  armor,
  dearmor,
  fingerprintToHex,
  importIdentity,
  importPublicIdentity,
  type KeyInputs,
} from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import armored from '../../spec/vectors/armor.json' with { type: 'json' }
import keys from '../../spec/vectors/key.json' with { type: 'json' }
import { base64ToBytes, bytesToBase64 } from '../support/bytes'
import { outcomeOf } from '../support/outcome'

interface Key {
  readonly name: string
  readonly kind: 'secret' | 'public'
  readonly input: string | KeyInputs
}
interface GoodKey extends Key {
  readonly fingerprint: string
}

const named = <T extends { readonly name: string }>(cases: unknown) =>
  (cases as T[]).map((it) => [it.name, it] as const)
const importKey = async ({ kind, input }: Key) =>
  kind === 'public' ? importPublicIdentity(input) : (await importIdentity(input)).public

describe('keys as text', () => {
  test.each(named<GoodKey>(keys.positive))('%s', async (_name, it) => {
    expect(fingerprintToHex((await importKey(it)).fingerprint)).toBe(it.fingerprint)
  })

  test.each(named<Key>(keys.negative))('%s', async (_name, it) => {
    expect(await outcomeOf(() => importKey(it))).toBe('KEY')
  })
})

describe('armor', () => {
  test('is written', () => {
    expect(armor(base64ToBytes(armored.binary))).toBe(armored.text)
  })

  const texts = [{ name: 'as written', text: armored.text }, ...armored.accepted]
  test.each(named<(typeof texts)[number]>(texts))('%s', (_name, { text }) => {
    expect(bytesToBase64(dearmor(text))).toBe(armored.binary)
  })

  test.each(named<(typeof texts)[number]>(armored.refused))('%s', async (_name, { text }) => {
    expect(await outcomeOf(() => dearmor(text))).toBe('FORMAT')
  })
})
