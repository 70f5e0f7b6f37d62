/** PBKDF2-HMAC-SHA-256, as encrypted key files use it, against Wycheproof. */
import { pbkdf2 } from '../../packages/core/src/formats/pbes2'
import { field, runVectors } from '../support/public-vectors'

runVectors('PBKDF2-HMAC-SHA-256', {
  files: ['pbkdf2_hmacsha256_test.json'],
  valid: 40,
  invalid: 0,
  backends: [['subtle', pbkdf2]],

  async check(derive, it) {
    const iterations = Number(it['iterationCount'])
    const derived = await derive(field(it, 'password'), { salt: field(it, 'salt'), iterations })
    // We derive 32 bytes, of which shorter outputs are the beginning, and they of longer ones.
    const [ours, theirs] = [Buffer.from(derived).toString('hex'), String(it['dk'])]
    return ours.startsWith(theirs) || theirs.startsWith(ours)
  },
})
