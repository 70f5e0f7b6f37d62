import { type Bytes, wipe } from '../bytes'
import { KEY_FORMS, wrapKeyBytes } from '../crypto/key-forms'
import { pae } from '../encoding/pae'
import { keysOfSuite } from '../suites/keys'
import type { SuiteName } from '../suites/registry'
import { assembleIdentity, type Identity } from './identity'

/** Suites whose keys follow from seeds: no RSA key does. */
export const SEED_SUITES = ['x25519', 'pq'] as const satisfies readonly SuiteName[]

/** One of {@link SEED_SUITES}. */
export type SeedSuite = (typeof SEED_SUITES)[number]

/** What a seed of 32 bytes is for. */
export type SeedUse = 'encryption' | SigningSeed

type SigningSeed = 'Ed25519' | 'ML-DSA-65'

/** The seeds that a suite's signing key is made of, in their order (spec/envelope.md §2). */
const SIGNING_SEEDS: { readonly [S in SeedSuite]: readonly SigningSeed[] } = {
  x25519: ['Ed25519'],
  pq: ['Ed25519', 'ML-DSA-65'],
}

/**
 * The identity that follows from secret seeds of 32 bytes, not extractable. `seedFor` gives each of them, a fresh copy, which is wiped here.
 * The encryption key pair is that of spec/envelope.md §2.2 and §2.3, the signing keys are those whose secret keys the seeds are.
 */
export async function identityFromSeeds(
  suite: SeedSuite,
  seedFor: (use: SeedUse) => Promise<Bytes>,
): Promise<Identity> {
  const { fromSeed, importPrivate } = await keysOfSuite(suite)
  if (!fromSeed) throw new TypeError('suite: x25519 or pq')
  const encryption = await withSeed(await seedFor('encryption'), fromSeed)
  const halves = await Promise.all(SIGNING_SEEDS[suite].map(async (use) => wrapSeed(use, seedFor)))
  const [first] = halves as [Bytes]
  const signing = await withSeed(halves.length === 1 ? first : pae(halves), (bytes) =>
    importPrivate('signing', { format: 'encoded', bytes }, false),
  )
  wipe(...halves)
  return assembleIdentity(suite, { encryption, signing })
}

/** PKCS#8 (spec/envelope.md §9). */
async function wrapSeed(use: SigningSeed, seedFor: (use: SeedUse) => Promise<Bytes>) {
  return withSeed(await seedFor(use), async (seed) => wrapKeyBytes(KEY_FORMS[use].private, seed))
}

async function withSeed<T>(seed: Bytes, work: (seed: Bytes) => Promise<T>): Promise<T> {
  try {
    return await work(seed)
  } finally {
    wipe(seed)
  }
}
