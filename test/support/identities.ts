/**
 * People for tests. Their keys (RSA-2048; of `large`, RSA-3072; else as the name says) are fixed, since making new ones takes
 * most of a test run's time; they were made for these tests and protect nothing.
 */
import { generateIdentity, type Identity, importIdentity, type SuiteName } from '@zkeb/core'
import lines from './identities.json' with { type: 'json' }

export type Name = keyof typeof lines

/** The identities of these people, private keys extractable. */
export async function people<N extends Name>(...names: readonly N[]): Promise<Record<N, Identity>> {
  const found = names.map(async (name) => [name, await person(name)] as const)
  return Object.fromEntries(await Promise.all(found)) as Record<N, Identity>
}

/** One of them; with labels for the two keys where they are given. */
export function person(
  name: Name,
  keyIds: { readonly encryption?: string; readonly signing?: string } = {},
): Promise<Identity> {
  return importIdentity(lines[name], { extractable: true, keyIds })
}

export const SUITES = ['rsa', 'x25519', 'pq'] as const satisfies readonly SuiteName[]

/** Four people of one suite. */
export async function peopleOf(
  suite: SuiteName,
): Promise<Record<'alice' | 'bob' | 'carol' | 'dave', Identity>> {
  const name = <N extends string>(first: N) =>
    suite === 'rsa' ? first : (`${first}-${suite}` as const)
  const [alice, bob, carol, dave] = await Promise.all([
    person(name('alice')),
    person(name('bob')),
    person(name('carol')),
    person(name('dave')),
  ])
  return { alice, bob, carol, dave }
}

/** A new identity, for tests of just that. */
export function makeIdentity(): Promise<Identity> {
  return generateIdentity({ modulusLength: 2048, extractable: true })
}
