/**
 * Writes spec/vectors/backup.json: `node scripts/make-backup-vectors.mjs`, by hand, after the format changed. With node:crypto alone. RSA-PSS
 * is randomized: what is of suite rsa stays as it stands; `… rsa` makes that anew. All else is the same in every run.
 */
import { backupVectors, hashVectors } from './vectors/backup.mjs'
import { NOW, read, SUITES, write } from './vectors/features.mjs'

const makesRsa = process.argv[2] === 'rsa'

/** Of suite rsa: as they stand in the file, or new ones. */
function vectorsOf(suite) {
  if (suite !== 'rsa' || makesRsa) return backupVectors(suite)
  const { accounts, positive, negative } = read('backup')
  const isRsa = (it) => it.suite === suite
  const { accepted, ...account } = accounts[suite]
  return { account, accepted, positive: positive.filter(isRsa), negative: negative.filter(isRsa) }
}

const made = Object.keys(SUITES).map((suite) => [suite, vectorsOf(suite)])
write('backup', {
  description:
    'zkeb backups, version 1 (spec/backup.md). Keys, digests and steps are hexadecimal, columns and objects Base64. Private keys are here on purpose and protect ' +
    'nothing. Each suite has an account: its keys by generation, the digests of its manifests (the last is the head), and its devices: in which generations ' +
    'they were active, and what the head says of them. Positive cases open at time `now`; content byte i is (31·i + ⌊i/256⌋) mod 256. With `object` the chunks are ' +
    'there. Negative cases MUST fail with `code`, opened for `userId` at time `now` where they say so.',
  now: NOW + 2_000,
  accounts: Object.fromEntries(
    made.map(([suite, { account, accepted }]) => [suite, { ...account, accepted }]),
  ),
  positive: made.flatMap(([, { positive }]) => positive),
  negative: made.flatMap(([, { negative }]) => negative),
  hashes: hashVectors(),
})
