/**
 * Writes spec/vectors/manifest.json: `node scripts/make-manifest-vectors.mjs`, by hand, after the format changed. With node:crypto and nothing of
 * core. Signatures of suite rsa are randomized, and stay as they stand; `… rsa` makes them anew. All else is the same in every run.
 */
import { negatives } from './vectors/bad-manifests.mjs'
import { read, write } from './vectors/features.mjs'
import { lines, positives } from './vectors/manifests.mjs'
import { revocationLists } from './vectors/revocation-lists.mjs'

const makesRsa = process.argv[2] === 'rsa'
const kept = (name) => read('manifest').positive.find((it) => it.name === name)

write('manifest', {
  description:
    'Chains of manifests and revocation lists (spec/account.md §4-§6, §9). Positive chains are valid from every pin within them; bodies, digests and signatures are hexadecimal, ' +
    'what is stored Base64. Identities sign in the chains of suite x25519; their private keys are here on purpose and protect nothing. Negative cases: the first `keep` ' +
    'manifests of the chain "x25519", then those of `next`, read with `pin` and, where it is there, `accountId`: must fail with `code`. Negative revocation ' +
    'lists: none of it is accepted where `digest` is pinned.',
  identities: lines(),
  positive: positives(makesRsa, kept),
  negative: negatives(),
  revocationLists: revocationLists(),
})
