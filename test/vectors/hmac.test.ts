/** HMAC-SHA-256 and HMAC-SHA-512, full tags, against Wycheproof, through every platform. */
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

runVectors('HMAC-SHA-256', {
  files: ['hmac_sha256_test.json'],
  valid: 22,
  invalid: 36,
  backends: BACKENDS,

  reasonToSkip: ({ tagSize }) =>
    tagSize === 256 ? undefined : 'truncated tags: only whole ones are used',

  async check(backend, it) {
    const tag = await backend.hmacSha256(field(it, 'key'), field(it, 'msg'))
    return Buffer.from(tag).toString('hex') === it['tag']
  },
})

// HPKE uses HKDF through labels, with one block of output; here it is taken apart and put together again.
runVectors('HKDF-SHA-256', {
  files: ['hkdf_sha256_test.json'],
  valid: 56,
  invalid: 2,
  backends: BACKENDS,

  async check(backend, it) {
    const size = Number(it['size'])
    if (size > 255 * 32) return false
    const salt = field(it, 'salt')
    const prk = await backend.hmacSha256(
      salt.length > 0 ? salt : new Uint8Array(32),
      field(it, 'ikm'),
    )
    let okm = new Uint8Array(0)
    let block = new Uint8Array(0)
    for (let i = 1; okm.length < size; i++) {
      const input = Uint8Array.of(...block, ...field(it, 'info'), i)
      block = Uint8Array.from(await backend.hmacSha256(prk, input))
      okm = Uint8Array.of(...okm, ...block)
    }
    return Buffer.from(okm.subarray(0, size)).toString('hex') === it['okm']
  },
})
