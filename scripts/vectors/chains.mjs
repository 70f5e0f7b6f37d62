/** Chains of manifests, and revocation lists. */
import { negatives } from './bad-manifests.mjs'
import { makesRsa, read } from './features.mjs'
import { lines, positives } from './manifests.mjs'
import { revocationLists } from './revocation-lists.mjs'

const kept = (name) => read('manifest').positive.find((it) => it.name === name)

export const manifestVectors = () => ({
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
