/** HMAC-SHA-512, full tags, against Wycheproof, through every backend. */
import { BACKENDS, field, runVectors } from '../support/public-vectors'

runVectors('HMAC-SHA-512', {
  files: ['hmac_sha512_test.json'],
  valid: 22,
  invalid: 36,
  backends: BACKENDS,

  reasonToSkip: ({ tagSize }) =>
    tagSize === 512 ? undefined : 'truncated tags: only whole ones are used',

  async check(backend, it) {
    const tag = await backend.hmacSha512(field(it, 'key'), field(it, 'msg'))
    return Buffer.from(tag).toString('hex') === it['tag']
  },
})
