/**
 * People for tests. Their keys (RSA-2048; of `large`, RSA-3072; else as the name says) are fixed, since making new ones takes
 * most of a test run's time; they were made for these tests and protect nothing.
 */
import {
  generateIdentity,
  type Identity,
  importIdentity,
  type KeyIds,
  type SuiteName,
} from '@zkeb/core'
import lines from './identities.json' with { type: 'json' }

export type Name = keyof typeof lines

/** The identities of these people, private keys extractable. */
export async function people<N extends Name>(...names: readonly N[]): Promise<Record<N, Identity>> {
  const found = names.map(async (name) => [name, await person(name)] as const)
  return Object.fromEntries(await Promise.all(found)) as Record<N, Identity>
}

/** One of them; with labels for the two keys where they are given. */
export function person(name: Name, keyIds: KeyIds = {}): Promise<Identity> {
  return importIdentity(lines[name], { extractable: true, keyIds })
}

export const SUITES = ['rsa', 'x25519', 'pq'] as const satisfies readonly SuiteName[]

/** Those there are one of in every suite. */
type First = 'alice' | 'bob' | 'carol' | 'dave'

/** Four people of one suite. */
export async function peopleOf(suite: SuiteName): Promise<Record<First, Identity>> {
  const [alice, bob, carol, dave] = await Promise.all([
    personOf(suite, 'alice'),
    personOf(suite, 'bob'),
    personOf(suite, 'carol'),
    personOf(suite, 'dave'),
  ])
  return { alice, bob, carol, dave }
}

/** One of them; with labels for the two keys where they are given. */
export function personOf(suite: SuiteName, first: First, keyIds: KeyIds = {}): Promise<Identity> {
  return person(suite === 'rsa' ? first : `${first}-${suite}`, keyIds)
}

/** An enemy of one suite. */
export function malloryOf(suite: SuiteName): Promise<Identity> {
  return suite === 'rsa' ? person('mallory') : generateIdentity({ suite })
}

/** A new identity, for tests of just that. */
export function makeIdentity(): Promise<Identity> {
  return generateIdentity({ modulusLength: 2048, extractable: true })
}
